"""The verbs of contacts: how a person or a position is reached outside a page."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from due import carriers, delivery, entries, messages, sealing
from due.models import Contact, Message
from due.registry import Moot
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, Refused

TEST = "contact.test"
MOST = 8


def add(*, owner_id: UUID, way: str, address: str, label: str = "", by: Actor, at: datetime) -> Contact:
    """A further way to reach somebody, tried after those that they have. `label` names the device of a push.

    Raises Invalid for an address that is none, Refused for one that is there already or one too many.
    """
    if "\x00" in address or len(address) > 2000:
        raise Invalid({"address": _("2,000 characters at most, and none that cannot be stored.")})
    try:
        kept, shown = carriers.read(way, address)
    except ValueError as wrong:
        raise Invalid({"address" if way in Contact.Way.values else "way": str(wrong)}) from None
    theirs = Contact.objects.filter(owner_id=owner_id)
    if theirs.count() >= MOST:
        raise Refused(_("%(most)s ways to be reached are enough: remove one first.") % {"most": MOST})
    last = theirs.aggregate(last=Max("rank"))["last"]
    try:
        with transaction.atomic():
            contact = Contact.objects.create(
                owner_id=owner_id,
                way=way,
                sealed=sealing.seal(kept),
                shown=label[:120] or shown,
                fingerprint=sealing.fingerprint(kept),
                rank=0 if last is None else last + 1,
                added_at=at,
            )
            record(entries.ContactAdded(owner=owner_id, way=way), subject=contact, by=by, at=at)
    except IntegrityError:
        raise Refused(_("That one is there already.")) from None
    return contact


def remove(*, contact: Contact, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        record(entries.ContactRemoved(owner=contact.owner_id, way=contact.way), subject=contact, by=by, at=at)
        contact.delete()


def prefer(*, contact: Contact, by: Actor, at: datetime) -> Contact:
    """Try it before all the others."""
    with transaction.atomic():
        theirs = Contact.objects.select_for_update().filter(owner_id=contact.owner_id)
        others = theirs.exclude(pk=contact.pk).order_by("rank", "added_at")
        for rank, each in enumerate([contact, *others]):
            each.rank = rank
            each.save(update_fields=["rank"])
        record(entries.ContactPreferred(owner=contact.owner_id, way=contact.way), subject=contact, by=by, at=at)
    return contact


def test(*, contact: Contact, by: Actor, at: datetime) -> Message:
    """Send a test to this contact alone. What its provider said is known when the message has ended."""
    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=contact.pk)
        sent = messages.put_test(kind=TEST, recipient=contact.owner_id, subject_id=contact.pk, at=at)
        record(entries.ContactTested(owner=contact.owner_id, way=contact.way), subject=contact, by=by, at=at)
    return sent


def send_test(message: Message) -> None:
    """Sender of `contact.test`: by this contact alone, and to whoever asked for it, on duty or not."""
    if not Contact.objects.filter(pk=message.subject_id).exists():
        raise Moot("removed")
    notice = carriers.Notice(
        subject=_("Rightcall: a test"),
        text=_("This is a test, asked for on your page. Nothing to do."),
        url=f"{settings.ORIGIN}/me/",
    )
    delivery.deliver(message, notice, only=message.subject_id)
