"""The verb of links to other agencies, and the secrets that sign what is sent over them."""

import base64
import re
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts.models import Agency
from dispatch import entries
from dispatch.models import AgencyLink, HandoffTo
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid
from triage.models import Program

_PHONE = re.compile(r"\+?[\d][\d ().x/-]{2,38}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
        errors["kind"] = f"Must be one of: {', '.join(HandoffTo.values)}."
    if not phone and not url:
        errors["phone"] = "A number for the dispatcher, or an address for their system: at least one."
    if phone and not _PHONE.fullmatch(phone):
        errors["phone"] = "A telephone number, such as 503-823-3333."
    if url and (wrong := fault_of(url)):
        errors["url"] = wrong
    same = AgencyLink.objects.filter(~Q(agency=agency), agency__kind=agency.kind, program=program)
    if other := same.select_related("agency").first():
        where = program.name if program else "every program"
        errors["agency"] = f"{where} hands such incidents to {other.agency} already."
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        found, _ = AgencyLink.objects.select_for_update().get_or_create(
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


def secret_of(link: AgencyLink) -> str:
    """What signs the messages over this link, as both sides write it.

    Derived from the installation's SECRET_KEY, so that no table and no backup holds it; with another key every link
    has another secret. Secrets stored under encryption were rejected: their key would lie where SECRET_KEY does.
    """
    derived = salted_hmac("dispatch.linking", f"{link.id}:{link.secret_turn}", algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(derived).decode()}"


def fault_of(url: str) -> str:
    """Why no message goes to this address; empty when it may. Plain http goes to this very machine alone, and only
    where WEBHOOKS_TO_LOOPBACK says so: for development and tests."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "Not an address."
    if not host or parts.username or parts.fragment or len(url) > 500 or not url.isascii() or port == 0:
        return "An address such as https://cad.example.org/rightcall, without a log-in in it."
    if parts.scheme == "http" and host in LOOPBACK and settings.WEBHOOKS_TO_LOOPBACK:
        return ""
    return "" if parts.scheme == "https" else "Must begin with https://, for people's names go there."
