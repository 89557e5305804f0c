"""The verbs of incidents: open, join, relocate, decide.

Everything here runs with the incident's row locked first; whoever locks more locks the incident before its
assignments and hand-offs, so that no two verbs can wait for each other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from calls.models import Call
from dispatch import check_ins, decisions, entries, limits, turning
from dispatch.models import (
    Assignment,
    Hold,
    Incident,
    IncidentCall,
    IncidentDecision,
    Override,
    agencies,
)
from dispatch.settling import (
    ALONE,
    OURS,
    end_hold,
    end_offers,
    locked,
    override_in_force,
    propose,
    settled,
    watched_until,
)
from dispatch.states import (
    ENGAGED,
    INCIDENT,
    LIVE,
    IncidentStatus,
)
from due import timers
from journal.actors import CLOCK, Actor
from journal.models import Entry
from journal.recording import entry, write
from journal.refusals import Refused
from triage.engine.floor import disqualifiers


def of_call(call: Call) -> Incident | None:
    """The incident that a call belongs to, locked: the incident comes before its call in every verb's order of locks.
    None while it has none.

    Raises Refused when the call was moved while its incident was waited for: whoever locks another one now might wait
    for somebody who waits for us.
    """
    belongs = IncidentCall.objects.filter(call=call)
    incident_id = belongs.values_list("incident", flat=True).first()
    if incident_id is None:
        return None
    incident = locked(incident_id)
    if not belongs.filter(incident=incident).exists():
        raise Refused(_("This call was moved to another incident in this instant: do it once more."))
    return incident


def open_for(*, call: Call, by: Actor, at: datetime, told: Sequence[Entry] = (), new: bool = False) -> Incident:
    """The incident of a call: the one it has, else the open one of the same source and external id, else a new one.

    `new` says that the call was stored in this transaction and has none yet; `told`, the entries about that, are
    written with those about the incident, before them.
    """
    with transaction.atomic(savepoint=False):
        link = None if new else IncidentCall.objects.filter(call=call).first()
        if link:
            return locked(link.incident_id)
        same = _of_same_origin(call)
        if same:
            write(*told)
            return join(call=call, incident=same, by=by, at=at)
        incident, opened = begin(call, by=by, at=at)
        IncidentCall.objects.bulk_create([IncidentCall(call=call, incident=incident, home=incident, at=at)])
        write(*told, *opened)
    return incident


def begin(call: Call, *, by: Actor, at: datetime) -> tuple[Incident, list[Entry]]:
    """A new incident about this call, decided and stored, and the entries that tell of it. The caller, in whose
    transaction this runs, links the call."""
    incident = about(call, at=at)
    # What refers to the incident is written first (Postgres checks at commit), so that its own row is written once.
    decided = decide(incident, [call], by=by, at=at) + settled(incident, by=by, at=at, new=True)
    incident.save(force_insert=True)
    opened = entries.IncidentOpened(
        number=incident.number, call=call.id, status=IncidentStatus.TRIAGE, exercise=incident.exercise
    )
    return incident, [entry(opened, subject=incident, by=by, at=at), *decided]


def about(call: Call, *, at: datetime, **more: object) -> Incident:
    """An incident about this call, neither decided nor stored."""
    return Incident(
        program=call.program,
        exercise=call.exercise,
        status=IncidentStatus.TRIAGE,
        address=call.address,
        latitude=call.latitude,
        longitude=call.longitude,
        location_detail=call.location_detail,
        placed_at=call.placed_at,
        call_type=call.call_type,
        outcome="undetermined",
        received_at=call.received_at,
        answered_at=call.answered_at,
        changed_at=at,
        **more,
    )


def _of_same_origin(call: Call) -> Incident | None:
    if not call.external_id:
        return None
    # Two such calls in one instant wait for each other here; else each would open an incident, and two teams go.
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7403, hashtext(%s))", [f"{call.source}:{call.external_id}"])
    same = Incident.objects.filter(
        links__call__source=call.source,
        links__call__external_id=call.external_id,
        status__in=INCIDENT.open,
        exercise=call.exercise,
    )
    return same.exclude(links__call=call).order_by("received_at").first()


def join(*, call: Call, incident: Incident, by: Actor, at: datetime) -> Incident:
    """Count a call to an incident that is open, and decide about it again.

    Where the incident has no position, the call's will do. Raises Refused when the incident has ended, when the call
    belongs elsewhere, or when one is an exercise and the other is not.
    """
    with transaction.atomic():
        incident = locked(incident.id)
        if incident.merged_into:
            raise Refused(
                _("Incident %(number)s was merged: add the call to %(other)s.")
                % {"number": incident.number, "other": incident.merged_into.number}
            )
        if not incident.is_open:
            raise Refused(
                _("Incident %(number)s has ended; the call needs one of its own.") % {"number": incident.number}
            )
        if incident.exercise != call.exercise:
            raise Refused(_("An exercise and a real call cannot be one incident."))
        link, created = IncidentCall.objects.get_or_create(
            call=call, defaults={"incident": incident, "home": incident, "at": at}
        )
        if link.incident_id != incident.id:
            raise Refused(_("This call belongs to another incident already."))
        if created:
            write(entry(entries.IncidentJoined(call=call.id), subject=incident, by=by, at=at))
            if incident.latitude is None and call.latitude is not None:
                incident = relocate(incident=incident, call=call, by=by, at=at)
            incident = decide_again(incident=incident, by=by, at=at)
    return incident


PLACE = frozenset({"address", "latitude", "longitude", "location_detail"})
_PLACED = PLACE - {"location_detail"}


def relocate(*, incident: Incident, call: Call, by: Actor, at: datetime) -> Incident:
    """Teams go where the call that was corrected last says. What changes nothing writes nothing."""
    with transaction.atomic():
        incident = locked(incident.id)
        moved = {name: getattr(call, name) for name in sorted(PLACE) if getattr(call, name) != getattr(incident, name)}
        if moved:
            for name, value in moved.items():
                setattr(incident, name, value)
            if moved.keys() & _PLACED:
                incident.placed_at = call.placed_at
            # Another program's teams serve the new place; while one of ours is asked or engaged, it stays ours.
            if not decisions.is_asked(incident):
                incident.program = call.program
            incident.changed_at = at
            incident.save(update_fields=[*moved, "placed_at", "program", "changed_at"])
            write(entry(entries.IncidentRelocated(), subject=incident, by=by, at=at))
    return incident


def accept_place(*, incident: Incident, by: Actor, at: datetime) -> Incident:
    """A person says that the place will do as it is: it is followed up no more, until it is corrected.

    Raises Refused when the incident has ended, or its place is verified already.
    """
    with transaction.atomic():
        incident = locked(incident.id)
        if not incident.is_open:
            raise Refused(
                _("Incident %(number)s has ended; its place is of no matter now.") % {"number": incident.number}
            )
        if incident.placed_at:
            raise Refused(_("The place is verified already."))
        incident.placed_at = incident.changed_at = at
        incident.save(update_fields=["placed_at", "changed_at"])
        write(entry(entries.IncidentPlaceAccepted(), subject=incident, by=by, at=at))
    return incident


def decide_again(*, incident: Incident, by: Actor, at: datetime) -> Incident:
    """Decide from the facts of all its calls as they are now. What changes nothing writes nothing."""
    with transaction.atomic():
        incident = locked(incident.id)
        of_it = Call.objects.filter(incident_link__incident=incident).select_related("program").defer("program__area")
        calls = list(of_it.order_by("taken_at", "id"))
        was = incident.outcome, incident.priority
        override = override_in_force(incident)
        told = decide(incident, calls, override=override, by=by, at=at)
        if told:
            changed = turning.changed(incident) if incident.outcome != was[0] else {}
            turn(incident, told, was=was, changed=changed, by=by, at=at)
    return incident


def turn(
    incident: Incident,
    told: Sequence[Entry],
    *,
    was: tuple[str, int | None],
    changed: Mapping[str, list[Any]] | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Write down what was decided, and all that follows from it; `was` is the outcome and the priority until then.
    `changed`: the facts that did it, with their value before and after; none when a person did.

    The caller holds the incident's lock.
    """
    # What an earlier team reported answered an earlier need.
    incident.disposition = ""
    turned, ended = incident.outcome not in OURS, []
    if turned:
        words = f"The decision is now {incident.outcome.replace('_', ' ')}."
        ended = end_offers(incident, withdrawal=Assignment.Withdrawal.TURNED, words=words, by=by, at=at)
    if incident.outcome != was[0]:
        ended += turning.alert_teams(incident, was=was[0], changed=changed or {}, by=by, at=at)
    if incident.outcome != was[0] or more_urgent(incident.priority, was[1]):
        ended += end_hold(incident, ending=Hold.Ending.TURNED, by=by, at=at)
    write(*told, *ended, *settled(incident, by=by, at=at))
    incident.save()
    check_ins.bring_forward(incident, at=at)
    engaged = turned and incident.assignments.filter(status__in=ENGAGED).exists()
    if incident.state in LIVE and (engaged or (incident.outcome, incident.priority) != was):
        # A team under way to what is no longer for it: the dispatcher is told to radio it, very soon.
        soon = at + limits.TURNED if engaged else watched_until(incident, at=at)
        timers.reset(kind=limits.WATCH, subject_id=incident.id, due_at=soon, at=at)


def more_urgent(priority: int | None, than: int | None) -> bool:
    """Whether a priority that is known goes before the other."""
    return priority is not None and (than is None or priority < than)


def end_override(override: Override, *, words: str, by: Actor, at: datetime, floor: Sequence[str] = ()) -> Entry:
    """It holds no longer; the entry that tells of it. The caller holds the incident's lock."""
    override.lifted_at, override.lifted_words = at, words
    override.lifted_by_id, override.lifted_by_name = by.actor_id, by.actor_name
    override.save(update_fields=["lifted_at", "lifted_words", "lifted_by_id", "lifted_by_name"])
    lifted = entries.IncidentOverrideLifted(override=override.id, floor=tuple(floor))
    return entry(lifted, subject=override.incident, by=by, at=at)


def decide(
    incident: Incident,
    calls: Sequence[Call],
    *,
    override: Override | None = None,
    over: bool = False,
    by: Actor,
    at: datetime,
) -> list[Entry]:
    """Decide over all calls' facts; keep every program's decision, repeat the chosen one on the incident, propose the
    hand-offs it asks for (none when it is `over`). The incident becomes the chosen program's. For verbs that hold its
    lock and settle it; the entries that tell of it.

    What a person decided holds over it, unless it would send a team alone into what the floor keeps it from.
    """
    if not incident.is_open:
        return []
    # The calls' own decisions where they have just been made of the same facts: open_for, with a call taken just now.
    made, conflicts = decisions.reckon(incident, calls, at=at)
    if not made or (not incident._state.adding and decisions.stand(incident, made)):
        return []
    chosen, *others = made
    for each in made:
        each.at, each.by_id, each.by_name = at, by.actor_id, by.actor_name
        each.conflicts = conflicts
    chosen.save(force_insert=True)
    for each in others:
        each.beside = chosen
    if others:
        IncidentDecision.objects.bulk_create(others)
    lifted = []
    danger = disqualifiers(chosen.facts)
    if override and override.outcome == ALONE and danger:
        words = "The answers now say what no team goes to alone."
        lifted = [end_override(override, words=words, floor=sorted(danger), by=CLOCK, at=at)]
        override = None
    incident.program = chosen.program
    incident.call_type = str(chosen.facts.get("call_type", "other"))
    incident.outcome = override.outcome if override else chosen.outcome
    incident.eligible = chosen.decision["eligible"]
    incident.priority = chosen.decision["priority"]
    incident.required_skills = chosen.decision["required_skills"]
    also = chosen.decision["also"]
    told = entries.IncidentDecided(
        decision=chosen.id,
        outcome=chosen.outcome,
        also=tuple(also),
        eligible=incident.eligible,
        priority=incident.priority,
    )
    asked = set() if over else agencies(incident.outcome) | set(also)
    return [
        entry(told, subject=incident, by=by, at=at),
        *lifted,
        *propose(incident, sorted(asked), by=by, at=at),
    ]
