"""The verbs of calls: take one, add to it, decide about it, note who read it."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from json import dumps
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from calls import entries
from calls.heard import Heard
from calls.models import Assessment, Call
from journal.actors import Actor
from journal.models import Entry
from journal.recording import Subject, entry, record, write
from journal.refusals import Invalid, Overtaken
from journal.states import plain
from triage import programs, queries, ruling, wording
from triage.engine import FactErrors, facts
from triage.programs import Covering
from triage.ruling import Ruling

_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)

# What a later report may change; answers are added through `facts`.
AMENDABLE = frozenset(
    {
        "address",
        "latitude",
        "longitude",
        "location_detail",
        "language",
        "caller_name",
        "caller_phone",
        "caller_address",
        "caller_latitude",
        "caller_longitude",
        "subject_name",
        "subject_description",
        "subject_last_seen",
        "subject_direction",
    }
)
_POSITION = frozenset({"latitude", "longitude"})
_PLACED = _POSITION | {"address"}


# Where it is, is one thing: half of it as one person heard it and half as another is no place.
_PLACES = (_PLACED, frozenset({"caller_address", "caller_latitude", "caller_longitude"}))


def _checked(answers: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(facts.check(answers))
    except FactErrors as wrong:
        raise Invalid({f"facts.{name}": wording.told(sentence) for name, sentence in wrong.errors.items()}) from None


def take_call(*, heard: Heard, by: Actor, at: datetime) -> tuple[Call, list[Entry]]:
    """Store a call and decide about it. Its incident is opened by dispatch, in the same transaction.

    With the call come the entries that tell of it: dispatch writes them together with those about the incident.

    Raises Invalid for unknown facts or values, and for a call received in the future or before 1970.
    """
    errors = {}
    for name, moment in (("received_at", heard.received_at), ("answered_at", heard.answered_at)):
        if moment is not None and moment > at + _CLOCK_SKEW:
            errors[name] = _("Lies in the future. Send the moment at which it happened.")
        elif moment is not None and moment < _EARLIEST:
            errors[name] = _("Lies before %(year)s. Send the moment at which it happened.") % {"year": _EARLIEST.year}
    if errors:
        raise Invalid(errors)
    candidates = _candidates(heard)
    if heard.program is not None and not candidates:
        raise Invalid({"program": _("There is no program %(program)s.") % {"program": heard.program}})
    call = _as_heard(heard, candidates, at=at)
    call.taken_by_id, call.taken_by_name = by.actor_id, by.actor_name
    rulings = _rule(call, candidates)
    with transaction.atomic(savepoint=False):
        call.save(force_insert=True)
        taken = entries.CallTaken(
            call_type=call.call_type,
            channel=call.facts.get("channel"),
            exercise=call.exercise,
            program=call.program.slug if call.program else None,
        )
        return call, [entry(taken, subject=call, by=by, at=at), *_assess(call, rulings, by=by, at=at)]


def unstored(*, heard: Heard, at: datetime) -> Call:
    """A call that is still being taken, as it would be stored now.

    Raises Invalid for unknown facts or values.
    """
    return _as_heard(heard, _candidates(heard), at=at)


def _as_heard(heard: Heard, candidates: Sequence[Covering], *, at: datetime) -> Call:
    answers = _checked(heard.facts)
    return Call(
        source=heard.source,
        external_id=heard.external_id,
        received_at=heard.received_at,
        answered_at=heard.answered_at,
        taken_at=at,
        changed_at=at,
        original_received_at=heard.original_received_at,
        program_named=heard.program is not None,
        exercise=heard.exercise or any(each.program.exercise for each in candidates),
        simulated=heard.simulated,
        facts=answers,
        answered=dict.fromkeys(answers, at.isoformat()),
        narrative=heard.narrative,
        local_type=heard.local_type,
        type_map=heard.type_map,
        placed_at=at if heard.latitude is not None else None,
        **{name: getattr(heard, name) for name in sorted(AMENDABLE)},
    )


def amend(
    *,
    call: Call,
    answers: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    add: str = "",
    reason: str = "",
    seen: Mapping[str, Any] | None = None,
    versions: Collection[str] = (),
    by: Actor,
    at: datetime,
) -> Call:
    """Add answers, changed fields (names in AMENDABLE) and words to a call, and decide about it again.

    An answer replaces the earlier one to the same question; both stay in the assessments. `"unknown"` replaces nothing
    that is known. An answer that says less than the earlier one (a lower grade, a no to what was true) withdraws it: it
    needs a `reason`, which is added to the narrative. What changes nothing writes nothing.

    `seen` is what stood there for the person who changes it, by the names of fields and facts (None: not asked); where
    a colleague has written something else since, it is not overwritten. With `versions` the call must still be one of
    them as a whole. Words are always added, and overwrite nothing.

    Raises Overtaken for what a colleague has changed; Invalid for unknown facts, values or fields, and for a withdrawal
    without a reason.
    """
    answers = _checked(answers)
    changes = dict(changes or {})
    if unknown := sorted(set(changes) - AMENDABLE):
        raise Invalid(dict.fromkeys(unknown, _("Cannot be changed.")))
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        if versions and version(call) not in versions:
            raise Overtaken(
                _("This call has changed since you read it. Read it again, then send what is still to change.")
            )
        new = {
            name: value
            for name, value in answers.items()
            if call.facts.get(name) != value and (value != facts.UNKNOWN or name not in call.facts)
        }
        changed = {name: value for name, value in changes.items() if getattr(call, name) != value}
        _guard_overtaken(call, mine={*new, *changed}, seen=seen or {})
        if less := facts.weaker(call.facts, new):
            if not reason.strip():
                sentence = _("Says less than the earlier answer (%(earlier)s). To withdraw that, give a reason.")
                raise Invalid({f"facts.{name}": sentence % {"earlier": call.facts[name]} for name in less})
            # Kept with the call, so in one language whoever reads the page.
            add = f"{add}\nWithdrawn ({', '.join(less)}): {reason.strip()}".lstrip()
        if not (new or changed or add):
            return call
        call.facts = {**call.facts, **new}
        call.answered = {**call.answered, **dict.fromkeys(new, at.isoformat())}
        for name, value in changed.items():
            setattr(call, name, value)
        if changed.keys() & _PLACED:
            # An address that changes alone has left its position behind, where no team may be sent unasked.
            call.placed_at = at if call.latitude is not None and changes.keys() & _POSITION else None
        rulings = _rule(call, _candidates(call))
        if add:
            call.narrative = f"{call.narrative}\n{add}".lstrip()
        call.changed_at = at
        call.save()
        fields = tuple(sorted([*changed, *(["narrative"] if add else [])]))
        amended = entries.CallAmended(fields=fields, facts=tuple(sorted(new)))
        write(entry(amended, subject=call, by=by, at=at), *_assess(call, rulings, by=by, at=at))
    return call


def version(call: Call) -> str:
    """A mark of all that `amend` may change: the same only while nothing of it has changed."""
    told = {**{name: getattr(call, name) for name in AMENDABLE}, "narrative": call.narrative, "facts": call.facts}
    return hashlib.sha256(dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _guard_overtaken(call: Call, *, mine: set[str], seen: Mapping[str, Any]) -> None:
    now = {name: getattr(call, name) if name in AMENDABLE else call.facts.get(name) for name in seen}
    moved = {name for name in now if now[name] != seen[name]}
    lost = mine & moved
    for place in _PLACES:
        if mine & place and moved & place:
            lost |= place & now.keys()
    if lost:
        named = ", ".join(plain(name) for name in sorted(lost))
        raise Overtaken(
            _(
                "A colleague has changed this meanwhile (%(named)s). Nothing of yours is lost, and nothing is "
                "stored yet: look at both and choose."
            )
            % {"named": named},
            {name: now[name] for name in lost},
        )


def answer_rest_unknown(*, call: Call, by: Actor, at: datetime) -> Call:
    """The caller is gone: every question that still matters is answered `"unknown"`, and the total law decides."""
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        unasked = [name for name, fact in facts.FACTS.items() if fact.askable and name not in call.facts]
        asked = latest_assessment(call)
        open_questions = {question["fact"] for question in asked.decision["next_questions"]} if asked else set()
        return amend(
            call=call,
            answers=dict.fromkeys((name for name in unasked if name in open_questions), facts.UNKNOWN),
            by=by,
            at=at,
        )


def assessed(call: Call) -> list[Assessment]:
    """The decisions about this call that are in force, the chosen one first; empty when no policy was."""
    return list(queries.last_moment(call.assessments.all()))


def latest_assessment(call: Call) -> Assessment | None:
    """The chosen of them."""
    return next(iter(assessed(call)), None)


def known(call: Call) -> dict[str, Any]:
    """The facts that decide: the answers, and the area that the place lies in."""
    return {**call.facts, **({"area": call.area} if call.area else {})}


def _candidates(told: Heard | Call) -> list[Covering]:
    """The programs that decide about a call, in the agency's order: all over its place, or the one that was named."""
    named = told.program.slug if isinstance(told, Call) and told.program and told.program_named else None
    return programs.covering(
        latitude=told.latitude,
        longitude=told.longitude,
        exercise=told.exercise,
        slug=told.program if isinstance(told, Heard) else named,
    )


def _rule(call: Call, candidates: Sequence[Covering]) -> list[Ruling]:
    """What these programs decide about the call as it is now. The picked one becomes the call's, the first while no
    policy is in force."""
    rulings = ruling.rule(candidates, call.facts, at=call.received_at)
    if candidates:
        picked = rulings[0].program if rulings else candidates[0].program
        [area] = [each.area for each in candidates if each.program is picked]
        call.program, call.area = picked, area or ""
    return rulings


def _assess(call: Call, rulings: Sequence[Ruling], *, by: Actor, at: datetime) -> list[Entry]:
    """Keep what was decided about the call; the entry that tells of the chosen. Nothing when no policy is in force."""
    made = [
        Assessment(
            call=call,
            at=at,
            by_id=by.actor_id,
            by_name=by.actor_name,
            facts=each.facts,
            program=each.program,
            policy_version=each.version,
            outcome=each.decision.outcome,
            eligible=each.decision.eligible,
            priority=each.decision.priority,
            decision=each.decision.to_json(),
        )
        for each in rulings
    ]
    call.assessed = made  # type: ignore[attr-defined]  # saves the incident, opened next, a query
    if not made:
        return []
    chosen, *others = made
    chosen.save(force_insert=True)
    for each in others:
        each.beside = chosen
    if others:
        Assessment.objects.bulk_create(others)
    told = entries.CallAssessed(
        assessment=chosen.id,
        outcome=chosen.outcome,
        eligible=chosen.eligible,
        priority=chosen.priority,
        policy=rulings[0].decision.slug,
        version=rulings[0].decision.version,
    )
    return [entry(told, subject=call, by=by, at=at)]


def note_read(*, call: Call, by: Actor, at: datetime) -> None:
    """Put it in the audit that this person or client opened the call's personal data."""
    with transaction.atomic():
        record(entries.CallRead(), subject=call, by=by, at=at)


def note_history(*, subject: Subject, of: tuple[str, ...], by: Actor, at: datetime) -> None:
    """Put it in the audit that this person looked up what was before at a place or from a number (`of`), with this
    incident or draft before them."""
    with transaction.atomic():
        record(entries.HistoryRead(of=of), subject=subject, by=by, at=at)
