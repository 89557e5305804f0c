"""A supervisor takes over what a position has open, in one act: calls half taken, and the incidents it answers for.

Nothing that was typed is lost: a draft keeps what the former still sends, set aside (`calls.drafts`). Drafts are locked
before incidents, as they are when a call is filed.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from calls import drafts
from calls.models import Draft
from dispatch import desk_messages, entries
from dispatch.models import Duress, Hold, Incident, Run
from dispatch.positions import in_hand
from dispatch.settling import locked
from journal.recording import record
from journal.refusals import Refused


@dataclass
class Relieved:
    """What changed hands. `incidents`: each once, in the order of their numbers."""

    calls: list[Draft] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    duresses: int = 0  # without an incident yet


def relieve(*, person: User, by: User, at: datetime) -> Relieved:
    """All that this person has open is `by`'s from now on, and they are told. What a search for a team or a hold waits
    for stays as it was: the caller's time does not begin anew because hands change.

    Raises Refused for oneself, and where nothing is open any more.
    """
    if person.pk == by.pk:
        raise Refused(_("That is your own position."))
    taken = Relieved()
    with transaction.atomic():
        theirs = Draft.objects.select_for_update().filter(owner_id=person.pk, ended_at=None)
        for draft in theirs.order_by("id"):
            taken.calls.append(drafts.take_over(draft=draft, by=by, at=at))
        work = in_hand().get(person.pk, [])
        for incident_id in sorted({each.incident_id for each in work if each.incident_id}):
            incident = locked(incident_id)
            if _take(incident, person, by=by, at=at):
                incident.changed_at = at
                incident.save(update_fields=["changed_at"])
                taken.incidents.append(incident)
        for each in work:
            if each.incident_id is None:
                taken.duresses += _take_duress(Duress.objects.filter(pk=each.row_id), person, by=by, at=at)
        if not (taken.calls or taken.incidents or taken.duresses):
            raise Refused(_("%(name)s has nothing in hand any more.") % {"name": person.name})
        taken.incidents.sort(key=lambda each: each.number)
        numbers = [each.number for each in taken.incidents]
        ids = tuple(each.id for each in taken.incidents)
        record(entries.PositionTakenOver(calls=len(taken.calls), incidents=ids), subject=person, by=by, at=at)
        desk_messages.tell_taken_over(to=person, calls=len(taken.calls), incidents=numbers, by=by, at=at)
    return taken


def _take(incident: Incident, person: User, *, by: User, at: datetime) -> int:
    """Whatever of this incident is still theirs, now that it is locked. How much that was."""
    former, count = person.pk, 0
    for run in Run.objects.filter(incident=incident, ended_at=None, by_id=former):
        run.by_id, run.by_name = by.pk, by.name
        run.save(update_fields=["by_id", "by_name"])
        record(entries.LadderHandedOver(run=run.id, former=former), subject=incident, by=by, at=at)
        count += 1
    for hold in Hold.objects.filter(incident=incident, ended_at=None, by_id=former):
        hold.by_id, hold.by_name = by.pk, by.name
        hold.save(update_fields=["by_id", "by_name"])
        record(entries.IncidentHoldHandedOver(hold=hold.id, former=former), subject=incident, by=by, at=at)
        count += 1
    return count + _take_duress(Duress.objects.filter(incident=incident), person, by=by, at=at)


def _take_duress(duresses: QuerySet[Duress], person: User, *, by: User, at: datetime) -> int:
    """Since when somebody has it stays what it was: it was never nobody's."""
    theirs = duresses.filter(cleared_at=None, acknowledged_by_id=person.pk)
    count = 0
    for duress in theirs.select_for_update(of=("self",)):
        duress.acknowledged_by_id, duress.acknowledged_by_name = by.pk, by.name
        duress.save(update_fields=["acknowledged_by_id", "acknowledged_by_name"])
        record(entries.DuressHandedOver(unit=duress.unit_id, former=person.pk), subject=duress, by=by, at=at)
        count += 1
    return count
