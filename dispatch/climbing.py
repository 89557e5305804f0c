"""The ladder: what is done while an incident waits for a team and the first that was asked did not go.

Its steps are the program's plan, frozen when the run begins (`dispatch.plans.ladder`). Each has its promised time; one
that cannot be carried out is recorded and passes on at once. After the last a person is asked for, again and again,
until one takes the incident. Nothing but offers to our own teams is ever done by itself; a team that has accepted is
left where it is.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from math import inf

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dispatch import assignments, decisions, entries, overriding, runs, superseding, telling
from dispatch.models import Assignment, Incident, Override, Round, Run, Rung
from dispatch.plans.ladder import Do, Step
from dispatch.queries import plan_of
from dispatch.recommendation import Candidate, look_ahead, recommend
from dispatch.settling import locked, locked_at_once
from dispatch.sighting import anybody_is_free
from dispatch.states import RUN, AssignmentStatus, RunStatus
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.models import Entry
from journal.recording import entry, record, write
from journal.refusals import Invalid, Refused, fitting
from journal.states import plain
from responders.models import Unit

SUPERVISOR_NOTICE = "ladder.supervisor"
ON_CALL_NOTICE = "ladder.on_call"

# How long a person who has taken an incident has it, before everybody is asked again: taken is not yet served.
TAKEN_FOR = timedelta(minutes=10)
LONGEST_PAUSE = 60  # minutes


# What clocks do


def offer_next(*, incident: Incident, at: datetime) -> None:
    """A team that was asked does not go: the next is asked in the same breath, or the next step begins. Nothing when
    the incident waits for no team, or when a person has stopped the ladder."""
    incident = locked(incident.id)
    if not runs.wants_team(incident):
        return
    run = runs.open_run(incident)
    if run is None:
        begin(incident, asked=decisions.is_asked(incident), at=at)
        return
    rung = runs.standing_on(run)
    asks = run.state is RunStatus.CLIMBING and rung is not None and rung.do == Do.OFFER
    if rung and asks and not _ask(incident, run, run.ladder[rung.index], recommend(incident, at=at), at=at):
        _leave(run, rung, Rung.Result.NOBODY, by=CLOCK, at=at)
        _climb(incident, run, at=at)


def begin(incident: Incident, *, asked: bool, told: Sequence[Entry] = (), at: datetime) -> Run:
    """Start climbing. The caller holds the incident's lock, and it has no open run. `asked`: whether a team has been.
    `told`, what the caller did, is written before it."""
    ladder = plan_of(incident.program).ladder
    # Saved once it is known where it comes to stand.
    run = Run(
        incident=incident,
        round=Round.objects.create(incident=incident),
        steps=[step.as_json() for step in ladder.steps],
        repeat_seconds=int(ladder.repeat.total_seconds()),
        status=RunStatus.CLIMBING,
        began_at=at,
        since=at,
        due_at=at,
    )
    begun = entry(entries.LadderBegun(run=run.id, steps=len(ladder.steps)), subject=incident, by=CLOCK, at=at)
    _climb(incident, run, asked=asked, told=[*told, begun], at=at)
    return run


def step(firing: Firing) -> bool:
    """Timer `ladder.step`: a step's time is over, or whatever the run waited for."""
    at = firing.at
    waiting = Incident.objects.get(runs=firing.subject_id)
    look_ahead(waiting, at=at)  # before anything is locked
    incident = locked(waiting.id)
    run = Run.objects.select_related("incident").get(pk=firing.subject_id)
    if timers.superseded(firing) or not runs.wants_team(incident):
        return False
    match run.state:
        case RunStatus.CLIMBING:
            if rung := runs.standing_on(run):
                _leave(run, rung, Rung.Result.LATE, by=CLOCK, at=at)
            _climb(incident, run, at=at)
        case RunStatus.CALLING | RunStatus.TAKEN:
            _call(incident, run, at=at)
        case RunStatus.PAUSED if run.cause == Run.Cause.PERSON:
            write(runs.go_on(run, due_at=at, by=CLOCK, at=at))
        case _:
            return False
    return True


def _climb(
    incident: Incident, run: Run, *, asked: bool | None = None, told: Sequence[Entry] = (), at: datetime
) -> None:
    """On to the next step that can be carried out; past the last one, ask for a person.

    Teams are ranked once, and what is passed is written together: hundreds may begin to climb in one second.
    """
    ladder, told, passed = run.ladder, [*told], list[Rung]()
    outranks, ranked = cache(lambda levels: _outranked(incident, levels).exists()), None
    for index in range(0 if run._state.adding else run.rungs.count(), len(ladder)):
        step = ladder[index]
        rung = Rung(run=run, index=index, do=step.do, to=step.to, at=at)
        stepped = entries.LadderStepped(run=run.id, index=index, do=step.do, to=step.to or None)
        told.append(entry(stepped, subject=incident, by=CLOCK, at=at))
        passed.append(rung)
        if step.do is Do.OFFER:
            if ranked is None:
                asked = decisions.is_asked(incident) if asked is None else asked
                ranked = recommend(incident, at=at) if anybody_is_free(incident, at=at) else []
            found = asked or any(_near(step, ranked)) or outranks(step.supersede_levels)
        else:
            told += _surfaced(incident, run, at=at)
            found = _carry_out(incident, rung, step, at=at)
        if found:
            _write(passed, told)  # before the offers, which tell of themselves
            if ranked is None or step.do is not Do.OFFER or _ask(incident, run, step, ranked, at=at):
                runs.change(run, RunStatus.CLIMBING, due_at=at + step.promise, at=at)
                return
            told, passed = [], []
        told.append(_left(run, rung, Rung.Result.NOBODY, by=CLOCK, at=at))
        if found:
            rung.save()
    _write(passed, told)
    _call(incident, run, at=at)


def _write(rungs: Sequence[Rung], told: Sequence[Entry]) -> None:
    Rung.objects.bulk_create(rungs)
    write(*told)


def _carry_out(incident: Incident, rung: Rung, step: Step, *, at: datetime) -> bool:
    """Do what a step does that asks no team. Whether there is anybody to turn to."""
    match step.do:
        case Do.TELL_SUPERVISOR:
            told = telling.supervisors(
                incident=incident, kind=SUPERVISOR_NOTICE, subject_id=rung.id, deadline=at + step.promise, at=at
            )
            # In an exercise nobody outside is told; whoever is at a console sees it all the same.
            return bool(told) or incident.exercise
        case Do.CALL_BACK:
            return incident.links.exclude(call__caller_phone="").exists()
        case Do.PROPOSE:
            return step.to != incident.outcome
        case Do.OFFER:
            raise AssertionError("teams are asked by _ask")


def _near(step: Step, ranked: Sequence[Candidate]) -> Iterator[Unit]:
    """The teams within a step's reach, the best first."""
    reach = step.minutes or inf
    return (each.unit for each in ranked if each.fits and (each.minutes or 0) <= reach)


def _ask(incident: Incident, run: Run, step: Step, ranked: Sequence[Candidate], *, at: datetime) -> bool:
    """Have as many offers open as the step wants; whether any is."""
    near = list(_near(step, ranked))
    asked = incident.assignments.filter(status=AssignmentStatus.OFFERED).count()
    while near and asked < step.at_once:
        count = step.at_once - asked
        units, near = near[:count], near[count:]
        try:
            with transaction.atomic():
                told = assignments.offer_to_several(
                    incident=incident, units=units, together=run.round, by=CLOCK, at=at
                )  # fmt: skip
            asked += len(told.offers)
        except Refused:
            continue  # taken by somebody else in this instant
    asked = asked or _supersede(incident, run, step, at=at)
    incident.refresh_from_db()  # an offer has settled it
    return asked > 0


def _outranked(incident: Incident, levels: int | None) -> QuerySet[Assignment]:
    """Unanswered offers of what is so much less urgent that a step may put this first. A priority that nobody knows
    yet neither outranks another nor is outranked."""
    if levels is None or incident.priority is None or incident.priority + levels > 5:
        return Assignment.objects.none()
    return Assignment.objects.filter(
        status=AssignmentStatus.OFFERED,
        unit__program=incident.program_id,
        incident__priority__gte=incident.priority + levels,
    ).select_related("unit", "incident")


def _supersede(incident: Incident, run: Run, step: Step, *, at: datetime) -> int:
    """Nobody near is free: ask one that has not answered about something clearly less urgent, which goes on at once as
    if the team had declined. How many were asked.

    The other incident is locked out of order, so it is not waited for: whoever is at it this instant keeps its team,
    and the next step looks again.
    """
    offers = {each.unit_id: each for each in _outranked(incident, step.supersede_levels)}
    for unit in _near(step, recommend(incident, freed=offers.keys(), at=at)) if offers else ():
        left = locked_at_once(offers[unit.id].incident_id) if unit.id in offers else None
        # As it is now, under the lock.
        offer = _outranked(incident, step.supersede_levels).filter(incident=left, unit=unit).first() if left else None
        if left is None or offer is None:
            continue
        try:
            with transaction.atomic():
                superseding.supersede(left, offer, incident, together=run.round, by=CLOCK, at=at)
        except Refused:
            continue  # such as: it has gone out of service in this instant
        instead = entries.LadderSuperseded(run=run.id, unit=unit.id, instead_of=left.id)
        record(instead, subject=incident, by=CLOCK, at=at)
        offer_next(incident=left, at=at)
        superseding.surface(left, at=at)
        return 1
    return 0


def _surfaced(incident: Incident, run: Run, *, at: datetime) -> list[Entry]:
    """No team is left to ask: a person must act. The entry that tells of it, the first time."""
    if incident.overdue_at is None or incident.changed_at != at:
        incident.overdue_at = incident.overdue_at or at
        _touch(incident, at=at)
    if run.unserved_at:
        return []
    run.unserved_at = at
    return [entry(entries.IncidentUnserved(), subject=incident, by=CLOCK, at=at)]


def _call(incident: Incident, run: Run, *, at: datetime) -> None:
    """Ask for a person on all consoles and the on-call phone, and again after a while: the end is never nobody."""
    told = _surfaced(incident, run, at=at)
    run.called += 1
    again = at + timedelta(seconds=run.repeat_seconds)
    runs.change(run, RunStatus.CALLING, due_at=again, at=at)
    telling.on_call(
        incident=incident, kind=ON_CALL_NOTICE, subject_id=run.id, occasion=run.called, deadline=again, at=at
    )
    write(*told, entry(entries.LadderCalled(run=run.id, times=run.called), subject=incident, by=CLOCK, at=at))


def _left(run: Run, rung: Rung, result: Rung.Result, *, by: Actor, at: datetime) -> Entry:
    """The run goes on from the rung, which the caller writes; the entry that tells of it."""
    rung.ended_at, rung.result = at, result
    left = entries.LadderStepEnded(run=run.id, index=rung.index, do=rung.do, result=result)
    return entry(left, subject=run.incident, by=by, at=at)


def _leave(run: Run, rung: Rung, result: Rung.Result, *, by: Actor, at: datetime) -> None:
    write(_left(run, rung, result, by=by, at=at))
    rung.save(update_fields=["ended_at", "result"])


# What people do


def take(*, incident: Incident, by: Actor, at: datetime) -> Run:
    """This person sees to it. The ladder rests; nobody served after a while, everybody is asked again."""
    with transaction.atomic():
        incident, run = _open(incident)
        if run.state is RunStatus.TAKEN and run.by_id == by.actor_id:
            return run
        _guard(run, RunStatus.TAKEN)
        due_at = at + TAKEN_FOR
        runs.change(run, RunStatus.TAKEN, due_at=due_at, by_id=by.actor_id, by_name=by.actor_name, at=at)
        record(entries.LadderTaken(run=run.id), subject=incident, by=by, at=at)
        _touch(incident, at=at)
    return run


def pause(*, incident: Incident, minutes: int, words: str, by: Actor, at: datetime) -> Run:
    """Nothing by itself for so many minutes; then it goes on where it was. Raises Invalid for other minutes than 1 to
    60 and without words."""
    errors = (
        {}
        if 1 <= minutes <= LONGEST_PAUSE
        else {"minutes": _("From 1 to %(longest_pause)s.") % {"longest_pause": LONGEST_PAUSE}}
    )
    try:
        [words] = fitting({"words": (words, 500)}, needed={"words": _("Say why, in a few words.")})
    except Invalid as wrong:
        errors |= wrong.errors
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        incident, run = _open(incident)
        _guard(run, RunStatus.PAUSED)
        due_at = at + timedelta(minutes=minutes)
        who = {"by_id": by.actor_id, "by_name": by.actor_name, "words": words}
        runs.change(run, RunStatus.PAUSED, due_at=due_at, cause=Run.Cause.PERSON, at=at, **who)
        record(entries.LadderPaused(run=run.id, cause=Run.Cause.PERSON), subject=incident, by=by, at=at)
        _touch(incident, at=at)
    return run


def resume(*, incident: Incident, by: Actor, at: datetime) -> Run:
    """On from a pause, from who had taken it, or although it was stood down: the next thing happens at once."""
    with transaction.atomic():
        incident, run = _open(incident)
        if run.state in (RunStatus.CLIMBING, RunStatus.CALLING):
            raise Refused(_("The ladder of incident %(number)s is going on already.") % {"number": incident.number})
        write(runs.go_on(run, due_at=at, by=by, at=at))
        _touch(incident, at=at)
    return run


def skip(*, incident: Incident, by: Actor, at: datetime) -> Run:
    """The next step now. Offers that are open stay open until they are answered or their time is over."""
    with transaction.atomic():
        incident, run = _open(incident)
        rung = runs.standing_on(run)
        if rung is None or run.state is not RunStatus.CLIMBING:
            raise Refused(
                _("The ladder of incident %(number)s is at no step that could be skipped.")
                % {"number": incident.number}
            )
        _leave(run, rung, Rung.Result.SKIPPED, by=by, at=at)
        _climb(incident, run, at=at)
        _touch(incident, at=at)
    return run


def stand_down(*, incident: Incident, words: str, by: Actor, at: datetime) -> Run:
    """This person sees to it without the ladder. The incident's own watch stays. Raises Invalid without words."""
    [words] = fitting({"words": (words, 500)}, needed={"words": _("Say why, in a few words.")})
    with transaction.atomic():
        incident, run = _open(incident)
        _guard(run, RunStatus.STOOD_DOWN)
        if rung := runs.standing_on(run):
            runs.leave(rung, Rung.Result.SKIPPED, at=at)
        who = {"by_id": by.actor_id, "by_name": by.actor_name, "words": words}
        runs.change(run, RunStatus.STOOD_DOWN, due_at=None, at=at, **who)
        record(entries.LadderStoodDown(run=run.id), subject=incident, by=by, at=at)
        _touch(incident, at=at)
    return run


def answer(*, rung: Rung, yes: bool, words: str = "", by: Actor, at: datetime) -> Rung:
    """A person has done what the step asks for, or decides what it proposes.

    To a proposal yes is an override of the outcome for want of a team, which is no decision against one; no lets the
    ladder go on at once, as a call-back that was made does. Refused when it asks for nothing, or somebody has answered.
    """
    with transaction.atomic():
        incident = locked(Run.objects.values_list("incident_id", flat=True).get(pk=rung.run_id))
        run, rung = Run.objects.select_related("incident").get(pk=rung.run_id), Rung.objects.get(pk=rung.pk)
        if rung.do not in (Do.PROPOSE, Do.CALL_BACK):
            raise Refused(_("This step asks nothing of a person."))
        if rung.answered_at:
            raise Refused(_("%(name)s has answered this already.") % {"name": rung.answered_by_name})
        if not run.is_open:
            raise Refused(_("Incident %(number)s needs no ladder any more.") % {"number": incident.number})
        proposed = rung.do == Do.PROPOSE
        result = Rung.Result.ACCEPTED if yes and proposed else Rung.Result.DONE if yes else Rung.Result.REFUSED
        rung.answered_at, rung.answer = at, result
        rung.answered_by_id, rung.answered_by_name = by.actor_id, by.actor_name
        rung.save()
        answered = entries.LadderAnswered(run=run.id, do=rung.do, to=rung.to or None, answer=result)
        record(answered, subject=incident, by=by, at=at)
        standing = rung.ended_at is None
        if standing:
            _leave(run, rung, result, by=by, at=at)
        if yes and proposed:
            overriding.override(
                incident=incident, outcome=rung.to, reason=Override.Reason.NO_TEAM,
                words=words or "No team of ours could come in the promised time.", by=by, at=at,
            )  # fmt: skip
            incident, run = locked(incident.id), Run.objects.select_related("incident").get(pk=run.pk)
        if standing and run.state is RunStatus.CLIMBING and runs.wants_team(incident):
            _climb(incident, run, at=at)
        _touch(incident, at=at)
    return rung


def _open(incident: Incident) -> tuple[Incident, Run]:
    """Both, under the incident's lock."""
    incident = locked(incident.id)
    run = runs.open_run(incident)
    if run is None:
        raise Refused(_("Incident %(number)s is on no ladder.") % {"number": incident.number})
    if run.cause in (Run.Cause.TURNED, Run.Cause.HELD):
        raise Refused(
            _("The ladder of incident %(number)s rests: %(cause)s.")
            % {"number": incident.number, "cause": run.get_cause_display()}
        )
    run.incident = incident
    return incident, run


def _guard(run: Run, status: RunStatus) -> None:
    if run.state is status:
        raise Refused(
            _("%(name)s has done so already: the ladder is %(status)s.")
            % {"name": run.by_name, "status": plain(status)}
        )
    RUN.guard(run.state, status)


def _touch(incident: Incident, *, at: datetime) -> None:
    incident.changed_at = at
    incident.save(update_fields=["overdue_at", "changed_at"])
