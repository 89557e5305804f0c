"""The verbs of links to other agencies, and the secrets that sign what is sent over them."""

import base64
import re
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import Agency
from dispatch import entries
from dispatch.models import AgencyLink, HandoffTo
from due import messages
from due.models import Message
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, Refused, fitting
from triage.models import Program

_PHONE = re.compile(r"\+?[\d][\d ().x/-]{2,38}")
# A message without meaning to their system (`dispatch.webhooks`).
TEST = "agency.test"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def known_as(*, name: str, kind: str) -> Agency:
    """The agency of that name, made when there is none. Raises Invalid without a name, for a kind that takes no
    hand-offs, and when it is known as another kind."""
    [name] = fitting({"name": (name, 120)}, needed={"name": _("Which agency? Its name, such as Police Bureau.")})
    if kind not in HandoffTo.values:
        raise Invalid({"kind": _("Must be one of: %(known)s.") % {"known": ", ".join(HandoffTo.values)}})
    agency, _made = Agency.objects.get_or_create(name=name, defaults={"kind": kind})
    if agency.kind != kind:
        raise Invalid(
            {"kind": _("%(agency)s is known as %(kind)s.") % {"agency": agency, "kind": agency.get_kind_display()}}
        )
    return agency


def link(
    *,
    agency: Agency,
    program: Program | None = None,
    phone: str = "",
    url: str = "",
    new_secret: bool = False,
    by: Actor,
    at: datetime,
) -> AgencyLink:
    """From now on this agency is reached so, for this program or for all that have no link of their own. It replaces
    what was said before.

    Raises Invalid for an agency that takes no hand-offs, for a second one of its kind in the same program, without
    phone and address, and for an address that is not https.
    """
    errors = {}
    phone, url = phone.strip(), url.strip()
    if agency.kind not in HandoffTo.values:
        errors["kind"] = _("Must be one of: %(known)s.") % {"known": ", ".join(HandoffTo.values)}
    if not phone and not url:
        errors["phone"] = _("A number for the dispatcher, or an address for their system: at least one.")
    if phone and not _PHONE.fullmatch(phone):
        errors["phone"] = _("A telephone number, such as 503-823-3333.")
    if url and (wrong := fault_of(url)):
        errors["url"] = wrong
    same = AgencyLink.objects.filter(~Q(agency=agency), agency__kind=agency.kind, program=program)
    if other := same.select_related("agency").first():
        sentence = (
            _("%(program)s hands such incidents to %(agency)s already.")
            if program
            else _("every program hands such incidents to %(agency)s already.")
        )
        errors["agency"] = sentence % {"program": program and program.name, "agency": other.agency}
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        found, _made = AgencyLink.objects.select_for_update().get_or_create(
            agency=agency, program=program, defaults={"phone": phone, "url": url, "changed_at": at}
        )
        found.phone, found.url, found.changed_at = phone, url, at
        found.secret_turn += new_secret
        found.save()
        linked = entries.AgencyLinked(
            agency=agency.id, program=program.slug if program else None, phone=bool(phone), webhook=bool(url)
        )
        record(linked, subject=found, by=by, at=at)
    return found


def unlink(*, link: AgencyLink, by: Actor, at: datetime) -> None:
    """It is not reached so any more: by the link for every program where there is one, else a dispatcher looks up the
    number. What is on its way to its system is dropped. Raises Refused when somebody has done so already."""
    with transaction.atomic():
        found = AgencyLink.objects.select_for_update(of=("self",)).select_related("program").filter(pk=link.pk).first()
        if found is None:
            raise Refused(_("This link is gone already."))
        gone = entries.AgencyUnlinked(agency=found.agency_id, program=found.program.slug if found.program else None)
        record(gone, subject=found, by=by, at=at)
        found.delete()


def test(*, link: AgencyLink, by: Actor, at: datetime) -> Message:
    """Send a message without meaning over this link; what came of it is known when the message has ended. Refused
    without an address, and while one is on its way."""
    with transaction.atomic():
        link = AgencyLink.objects.select_for_update().get(pk=link.pk)
        if not link.url:
            raise Refused(_("They have no address for messages."))
        sent = messages.put_test(kind=TEST, recipient=link.agency_id, subject_id=link.pk, at=at)
        record(entries.AgencyTested(agency=link.agency_id), subject=link, by=by, at=at)
    return sent


def show_secret(*, link: AgencyLink, by: Actor, at: datetime) -> str:
    """`secret_of` it, to a person: the audit says to whom. Refused without an address, for then it signs nothing."""
    if not link.url:
        raise Refused(_("They have no address for messages, so there is nothing to sign."))
    with transaction.atomic():
        record(entries.AgencySecretShown(agency=link.agency_id), subject=link, by=by, at=at)
    return secret_of(link)


def secret_of(link: AgencyLink) -> str:
    """What signs the messages over this link, as both sides write it. Derived from the installation's SECRET_KEY
    (docs/decisions/0010), so that no table and no backup holds it."""
    derived = salted_hmac("dispatch.linking", f"{link.id}:{link.secret_turn}", algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(derived).decode()}"


def fault_of(url: str) -> str:
    """Why no message goes to this address; empty when it may. Plain http goes to this very machine alone, and only
    where WEBHOOKS_TO_LOOPBACK says so: for development and tests."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return _("Not an address.")
    if not host or parts.username or parts.fragment or len(url) > 500 or not url.isascii() or port == 0:
        return _("An address such as https://cad.example.org/rightcall, without a log-in in it.")
    if parts.scheme == "http" and host in LOOPBACK and settings.WEBHOOKS_TO_LOOPBACK:
        return ""
    return "" if parts.scheme == "https" else _("Must begin with https://, for people's names go there.")
