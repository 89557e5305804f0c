"""The verbs of calls that are being taken: what is typed is kept from the first letter, by whoever types it.

One person has a draft at a time, and one of their windows writes it. Who writes late (a colleague has taken it over,
another window of theirs has gone on) loses no word: what differs is kept aside, and shown to whoever has the draft.

No timer stands behind a draft. `waiting` derives who was left, from when it was last touched and whether its owner is
logged in, at each look at the board; a timer would be set anew at every letter. `lapse`, a finder, clears what is old.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.queries import logged_in
from accounts.roles import Role
from calls import entries
from calls.models import Call, Draft
from journal.actors import CLOCK, Actor
from journal.recording import record
from journal.refusals import Invalid, Refused

LEFT = timedelta(minutes=3)  # not touched for that long: somebody must look
KEPT = timedelta(hours=24)  # not touched for that long: its words are erased
REMEMBERED = timedelta(hours=48)  # then its row goes, too
MARKS = frozenset({"key", "dismissed", "settled", "not_same"})  # inputs of the form that nobody types into
_LARGEST = 60_000  # characters; what a browser sends while its page closes is limited as well


def save(*, id: UUID, values: Mapping[str, str], count: int, base: int, page: str, by: Actor, at: datetime) -> Draft:
    """Keep what is typed. `count` is how often the page `page` has counted it changed, `base` the count that it knew
    of the server when it began.

    Whether it stands is seen from the draft that comes back (`stands`): where a colleague has it, or another window of
    the same person has typed more, it is kept aside there. Raises Invalid for more than anybody types.
    """
    values = {name: text.replace("\x00", "") for name, text in values.items()}
    if sum(map(len, values.values())) > _LARGEST:
        raise Invalid({"narrative": _("%(largest)s characters at most can be kept.") % {"largest": _LARGEST}})
    with transaction.atomic():
        draft = _locked(id) or _begin(id, values, count, page, by=by, at=at)
        if draft.ended_at and draft.ending != Draft.Ending.DROPPED:
            return draft
        mine = draft.owner_id == by.actor_id and not draft.ended_at
        if mine and draft.page == page and count <= draft.count:
            return draft  # overtaken on its way, or sent twice
        if not mine or count <= draft.count:
            _put_aside(draft, values, draft.values, who=by.actor_name, at=at)
            draft.save(update_fields=["aside"])
            return draft
        if draft.page != page and draft.count != base:
            _put_aside(draft, draft.values, values, who=draft.owner_name, at=draft.touched_at)
        draft.values, draft.count, draft.page, draft.touched_at = dict(values), count, page, at
        draft.save()
    return draft


def stands(draft: Draft, *, count: int, page: str, by: Actor) -> bool:
    """Whether what this page sent is what the draft holds, or something newer of its own."""
    return not draft.ended_at and draft.owner_id == by.actor_id and draft.page == page and draft.count >= count


def take_over(*, draft: Draft, by: Actor, at: datetime) -> Draft:
    """Go on with a call that a colleague began, or that was dropped. Raises Refused once it is filed or erased."""
    assert by.actor_id is not None
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=draft.pk)
        if draft.ending in (Draft.Ending.FILED, Draft.Ending.LAPSED):
            raise Refused(what_became_of(draft))
        if draft.owner_id == by.actor_id and not draft.ended_at:
            return draft
        told = entries.DraftTakenOver(former=draft.owner_id, ended=draft.ending)
        draft.owner_id, draft.owner_name, draft.touched_at = by.actor_id, by.actor_name, at
        draft.ended_at, draft.ending, draft.ended_by_name = None, "", ""
        draft.page = ""  # whatever the former page still sends is another's
        draft.save()
        record(told, subject=draft, by=by, at=at)
    return draft


def drop(*, draft: Draft, by: Actor, at: datetime) -> Draft:
    """It was no call. Whoever takes calls may take it up again for a day. Raises Refused when a colleague has it."""
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=draft.pk)
        if draft.ended_at or draft.owner_id != by.actor_id:
            raise Refused(what_became_of(draft))
        _end(draft, Draft.Ending.DROPPED, by=by, at=at)
    return draft


def claim(*, id: UUID, by: Actor) -> None:
    """Before a call is filed: nobody files what a colleague has, or has filed. Locks the draft, where there is one."""
    draft = _locked(id)
    if draft and draft.owner_id != by.actor_id:
        raise Refused(what_became_of(draft))


def file(*, id: UUID, call: Call, by: Actor, at: datetime) -> None:
    """The call is taken: no word of its draft stays. Also where none was kept yet, for one may still be on its way."""
    assert by.actor_id is not None
    owner = {"owner_id": by.actor_id, "owner_name": by.actor_name, "begun_at": at, "touched_at": at, "count": 0}
    draft, _ = Draft.objects.get_or_create(pk=id, defaults=owner)
    _end(draft, Draft.Ending.FILED, call=call, by=by, at=at)


def note_read(*, draft: Draft, by: Actor, at: datetime) -> None:
    """Put it in the audit that somebody opened a colleague's draft."""
    with transaction.atomic():
        record(entries.DraftRead(), subject=draft, by=by, at=at)


def open_ones() -> QuerySet[Draft]:
    """Those that are being taken, the oldest first."""
    return Draft.objects.filter(ended_at=None).order_by("begun_at", "id")


def waiting(*, at: datetime) -> QuerySet[Draft]:
    """Calls half taken that nobody goes on with: not touched for a while, or their owner has logged out."""
    at_work = logged_in(*Role, at=at).values("pk")
    return open_ones().filter(Q(touched_at__lte=at - LEFT) | ~Q(owner_id__in=at_work))


def lapse(at: datetime) -> int:
    """Finder: erases the words of what was left for a day, and forgets the rest of it a day later. What was filed
    stays, without a word: so that the audit of who read it finds its incident."""
    left = Draft.objects.filter(Q(ended_at=None) | Q(ending=Draft.Ending.DROPPED), touched_at__lte=at - KEPT)
    found = 0
    for id in list(left.values_list("pk", flat=True)[:100]):
        with transaction.atomic():
            draft = Draft.objects.select_for_update(skip_locked=True).filter(pk__in=left.values("pk"), pk=id).first()
            if draft:
                _end(draft, Draft.Ending.LAPSED, by=CLOCK, at=at)
                found += 1
    Draft.objects.filter(ended_at__lte=at - REMEMBERED, call=None).delete()
    return found


def what_became_of(draft: Draft) -> str:
    """Why somebody else cannot go on with it, in a sentence."""
    match draft.ending:
        case Draft.Ending.FILED:
            return _("%(name)s has taken this call. Open it to add to it.") % {"name": draft.ended_by_name}
        case Draft.Ending.DROPPED:
            return _("%(name)s has dropped this call. Take it up again to go on with it.") % {
                "name": draft.ended_by_name
            }
        case Draft.Ending.LAPSED:
            return _("This call was left for a day, and what was typed is erased.")
    return _("%(name)s has this call now.") % {"name": draft.owner_name}


def _locked(id: UUID) -> Draft | None:
    return Draft.objects.select_for_update().filter(pk=id).first()


def _begin(id: UUID, values: Mapping[str, str], count: int, page: str, *, by: Actor, at: datetime) -> Draft:
    assert by.actor_id is not None
    draft = Draft(id=id, owner_id=by.actor_id, owner_name=by.actor_name, begun_at=at, touched_at=at)
    draft.values, draft.count, draft.page = dict(values), count, page
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:  # two letters arrived at once, and the other began it
        return Draft.objects.select_for_update().get(pk=id)
    record(entries.DraftBegun(), subject=draft, by=by, at=at)
    return draft


def _put_aside(draft: Draft, lost: Mapping[str, str], kept: Mapping[str, str], *, who: str, at: datetime) -> None:
    """What was typed there and does not stand: but for what the kept text holds, too, and a form's own marks."""
    differ = {
        name: text
        for name, text in lost.items()
        if name not in MARKS and text.strip() and text.strip() not in kept.get(name, "")
    }
    told = {"by": who, "at": at.isoformat(), "values": differ}
    if differ and all(each["values"] != differ for each in draft.aside):
        draft.aside = [*draft.aside, told]


def _end(draft: Draft, ending: Draft.Ending, *, call: Call | None = None, by: Actor, at: datetime) -> None:
    draft.ending, draft.ended_at, draft.ended_by_name, draft.call = ending, at, by.actor_name, call
    if ending != Draft.Ending.DROPPED:
        draft.values, draft.aside = {}, []
    draft.save()
    record(entries.DraftEnded(ending=ending, call=call.id if call else None), subject=draft, by=by, at=at)
