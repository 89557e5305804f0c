"""A message to its recipient: which of their contacts is next, and what its provider said.

A page goes to one address: the next is tried, at once, when the provider of the former has not taken it. Who is told
again about the same (another occasion) is told by the next address first, for nobody may have looked at the former.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts.models import User
from due import sealing
from due.carriers import CARRIERS, GONE, HANDING_OVER, NOT_SET_UP, TAKEN, Notice, final, provider
from due.models import Attempt, Contact, Message
from due.registry import Busy, Moot, Undelivered

# A provider that hangs holds two threads of a worker and no more (`due.bootstep`): the others go on.
AT_ONCE = 2

_at_provider: dict[str, int] = defaultdict(int)
_counting = threading.Lock()


@dataclass(frozen=True)
class Address:
    """An address that may be tried: a contact's, or the mail address of a person's log-in, which comes last."""

    contact_id: UUID
    way: str
    fingerprint: str
    sealed: str = ""
    plain: str = ""

    def open(self) -> str:
        return self.plain or sealing.unseal(self.sealed)


def addresses(owner_id: UUID) -> list[Address]:
    """All of a recipient's, in their order."""
    kept = Contact.objects.filter(owner_id=owner_id).order_by("rank", "added_at")
    found = [Address(each.id, each.way, each.fingerprint, each.sealed) for each in kept]
    person = User.objects.filter(pk=owner_id).exclude(email="").first()
    if person:
        ours = sealing.fingerprint(person.email)
        if ours not in {each.fingerprint for each in found}:
            found.append(Address(person.id, Contact.Way.MAIL, ours, plain=person.email))
    return found


def reachable(owners: Iterable[UUID]) -> list[UUID]:
    """Those of them that have an address at all, in the order given."""
    wanted = list(owners)
    found = set(Contact.objects.filter(owner_id__in=wanted).values_list("owner_id", flat=True))
    found |= set(User.objects.filter(pk__in=wanted).exclude(email="").values_list("pk", flat=True))
    return [each for each in wanted if each in found]


def deliver(message: Message, notice: Notice, *, only: UUID | None = None) -> None:
    """Hand it to the next address of its recipient, one a call; `only` names the contact that a test is for.

    Raises as a Sender does: Undelivered while another address or a later try may still succeed, and when none may;
    Moot when somebody else's message has told the same at the same address already; Busy.
    """
    assert message.claimed_at
    every = [each for each in addresses(message.recipient_id) if only in (None, each.contact_id)]
    if not every:
        raise Undelivered("no-contact")
    turn = message.occasion % len(every)
    every = every[turn:] + every[:turn]
    tried: Counter[UUID] = Counter()
    over: set[UUID] = set()
    for contact_id, outcome in message.tries.values_list("contact_id", "outcome"):
        tried[contact_id] += 1
        if final(outcome):
            over.add(contact_id)
    open_ = [each for each in every if each.contact_id not in over]
    if not open_:
        raise Undelivered(message.error or "no-contact")
    address = min(open_, key=lambda each: tried[each.contact_id])
    outcome = _try(message, notice, address)
    if outcome == TAKEN:
        return
    left = [each for each in open_ if each is not address or not final(outcome)]
    fresh = any(not tried[each.contact_id] for each in left if each is not address)
    raise Undelivered(outcome, again=bool(left), at_once=fresh)


def _try(message: Message, notice: Notice, address: Address) -> str:
    """What its provider said. Raises Moot when the same was told at this address already: the duty phone may lie in a
    supervisor's own pocket."""
    assert message.claimed_at
    try:
        plain = address.open()
    except sealing.Unreadable:
        return _tried(message, address, NOT_SET_UP).outcome
    with turn(provider(address.way, plain)):
        attempt = _tried(message, address, HANDING_OVER)
        attempt.outcome = CARRIERS[address.way](plain, notice, message.deadline - message.claimed_at)
        attempt.save(update_fields=["outcome"])
    if attempt.outcome == GONE:
        Contact.objects.filter(pk=address.contact_id).delete()
    return attempt.outcome


def _tried(message: Message, address: Address, outcome: str) -> Attempt:
    assert message.claimed_at
    try:
        with transaction.atomic():
            return Attempt.objects.create(
                message=message,
                page=uuid5(message.subject_id, f"{message.kind} {message.occasion}"),
                contact_id=address.contact_id,
                way=address.way,
                fingerprint=address.fingerprint,
                at=message.claimed_at,
                outcome=outcome,
            )
    except IntegrityError:
        raise Moot("told-here-already") from None


@contextmanager
def turn(name: str) -> Iterator[None]:
    """One of the few that may wait for this provider at once. Raises Busy when they all do."""
    with _counting:
        if _at_provider[name] >= AT_ONCE:
            raise Busy
        _at_provider[name] += 1
    try:
        yield
    finally:
        with _counting:
            _at_provider[name] -= 1
