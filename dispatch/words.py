"""The words of the console: states, outcomes and spans of time as people in a dispatch room say them."""

from datetime import datetime, timedelta

from accounts.models import Agency
from dispatch.dispositions import DISPOSITIONS
from dispatch.plans.ladder import Do
from dispatch.states import AssignmentStatus, HandoffStatus, IncidentStatus, ReferralStatus, UnitState
from triage.engine import facts

# Who goes, in one sentence that can be read across a desk.
OUTCOMES = {
    "community": "A community team may go",
    "co_response": "A community team goes together with police",
    "crisis_line": "The crisis line takes this",
    "police": "Police take this",
    "fire": "The fire department takes this",
    "ems": "An ambulance takes this",
    "information": "The information line takes this",
    "undetermined": "Not decided yet",
}

# The same in a row of the queue, where there is room for two words.
OUTCOMES_SHORT = {
    "community": "community team",
    "co_response": "team with police",
    "crisis_line": "crisis line",
    "police": "police",
    "fire": "fire",
    "ems": "ambulance",
    "information": "information line",
    "undetermined": "not decided",
}

# What a team under way does when the outcome turns to this.
TURNED = {
    "community": "You go without police.",
    "co_response": "Police go with you. Wait for them before you go near.",
}
TURNED_AWAY = "Stay back until you hear from dispatch."
TURNED_THERE = "Make yourselves safe and call dispatch by radio."

MODES = {
    "solo": "The team goes alone.",
    "staged": "The team waits out of sight until it is called in.",
    "phone": "By phone, without a visit.",
    "follow_up": "A follow-up visit.",
}

# Where a team waits nearby, by what it waits for (`dispatch.staging`), and what it says when it goes near all the same.
STAGING = {
    "untold": "Stage nearby: police go along, and have not said yet that they are coming.",
    "coming": "Stage nearby until police are there: they have said that they are coming.",
    "word": "Stage nearby until dispatch calls the team in.",
}
GOES_IN = {"untold": "On scene without police", "word": "On scene: called in"}

_INCIDENT = {
    IncidentStatus.TRIAGE: "questions open",
    IncidentStatus.PENDING: "waiting",
    IncidentStatus.ASSIGNED: "team assigned",
}
_ASSIGNMENT = {
    AssignmentStatus.OFFERED: "asked, no answer yet",
    AssignmentStatus.ACCEPTED: "accepted, not yet rolling",
    AssignmentStatus.STAGED: "staged nearby",
    AssignmentStatus.EXPIRED: "did not answer",
}
# What a team reports, as the button that reports it. Declining and clearing need more than a click.
ASSIGNMENT_BUTTONS = {
    AssignmentStatus.ACCEPTED: "Accepted",
    AssignmentStatus.EN_ROUTE: "En route",
    AssignmentStatus.STAGED: "Staged",
    AssignmentStatus.ON_SCENE: "On scene",
    AssignmentStatus.TRANSPORTING: "Transporting",
    AssignmentStatus.AT_DESTINATION: "At destination",
}
_STAMPS = {
    "received": "Call received",
    "answered": "Call answered",
    "triaged": "Decided",
    "offered": "asked",
    "staged": "staged nearby",
    "at_destination": "at the destination",
    "cleared": "clear",
    "proposed": "wanted",
    "sent": "told",
    "returned": "gave it back",
    "withdrawn": "needed no more",
}
# Names of facts that the vocabulary's own would not tell a reader.
_FACTS = {
    "location_class": "Kind of place",
    "mental_health_crisis": "Mental-health crisis",
    "needs_referral": "Needs a service",
    "in_traffic": "In the road",
    "subject_has_phone": "Can be phoned",
    "caller_wants_officer": "Caller asks for police",
    "caller_relation": "Who is calling",
    "channel": "Came in by",
}
# What is the matter with a team, behind its callsign.
TROUBLES = {
    "duress": "DURESS",
    "held": "duress, somebody has it",
    "silent": "silent, backup?",
    "wants_police": "wants police",
    "wants_team": "wants a second team",
    "radio": "silent, radio them now",
    "asked": "asked if all right",
}
_UNIT = {UnitState.OFFERED: "asked or getting ready"}


# What a step of the ladder does, for whoever reads that it is done.
_LADDER = {
    Do.OFFER: "Teams are asked",
    Do.TELL_SUPERVISOR: "The supervisor is told",
    Do.CALL_BACK: "Call the caller back",
}
_PROPOSED = {
    "co_response": "together with police",
    "police": "police",
    "ems": "an ambulance",
    "crisis_line": "the crisis line",
}


def ladder_step(do: str, to: str | None = None) -> str:
    if do == Do.PROPOSE:
        return f"Proposed: {_PROPOSED[to]}" if to else "A proposal"
    return _LADDER[Do(do)]


def ladder_answer(do: str, to: str | None, answer: str) -> str:
    if do == Do.PROPOSE:
        return f"{'Agreed' if answer == 'accepted' else 'Not agreed'}: {_PROPOSED[to or '']}"
    return "The caller was called back" if answer == "done" else "The caller was not called back"


def incident_state(status: str) -> str:
    return _INCIDENT.get(IncidentStatus(status), _plain(status))


def assignment_state(status: str) -> str:
    return _ASSIGNMENT.get(AssignmentStatus(status), _plain(status))


def handoff(to: str, status: str, told: str) -> str:
    """A hand-off that is not settled, in a row of the queue. `told` says since when."""
    match status:
        case ReferralStatus.RECEIVED:
            return f"answer {agency(to)}"
        case HandoffStatus.PROPOSED:
            return f"tell {agency(to)}"
        case HandoffStatus.SENT:
            return f"{agency(to)} told {told} ago, no answer"
        case HandoffStatus.REFUSED:
            return f"{agency(to)} refused"
        case _:
            return f"{agency(to)} gave it back"


def agency(code: str) -> str:
    return str(Agency.Kind(code).label) if code in Agency.Kind.values else _plain(code)


def unit_state(state: str) -> str:
    return _UNIT.get(UnitState(state), _plain(state))


def disposition(slug: str) -> str:
    return DISPOSITIONS[slug].label if slug in DISPOSITIONS else _plain(slug)


def stamp(name: str, whose: str = "") -> str:
    """What happened at a moment: “Call received”, “PSR1 on scene”, “Police told”."""
    said = _STAMPS.get(name, _plain(name))
    return f"{whose} {said}" if whose else said.capitalize()


def question(fact: str) -> str:
    return facts.FACTS[fact].question if fact in facts.FACTS else _plain(fact)


def fact_name(fact: str) -> str:
    return _FACTS.get(fact) or _plain(fact).capitalize()


def change(fact: str, before: object, after: object) -> tuple[str, str, str]:
    """A fact that is known otherwise: its name, what was said, what is said now."""
    was, now = ("not asked" if value is None else answer(fact, value) for value in (before, after))
    return fact_name(fact), was, now


def answer(fact: str, value: object) -> str:
    """The label of a value; what has none (an age, an area, a time) as it is."""
    known = facts.FACTS.get(fact)
    if known is not None and isinstance(value, str | int):
        return known.labels.get(value, str(value))
    return str(value)


def span(length: timedelta) -> str:
    """How long, as people say it: one number, two beyond an hour."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
    days = seconds // 86_400
    return f"{days} day{'s' if days > 1 else ''}"


def minutes(count: int) -> str:
    """In how long somebody looks again."""
    return f"in {count} min" if count < 120 else f"in {count // 60} h"


def wall_clock(at: datetime, now: datetime | None = None) -> str:
    """A moment that is already in its zone, with the zone named; with the day when that is not today's."""
    day = "" if now is None or at.date() == now.astimezone(at.tzinfo).date() else f"{at:%a} {at.day} {at:%b} "
    return f"{day}{at:%H:%M %Z}"


def exact(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M:%S %Z}"


def _plain(code: str) -> str:
    return code.replace("_", " ")


def not_sent(status: str, error: str) -> str:
    """Why a message reached nobody, or a test did not arrive; what came of it when nothing went wrong."""
    if error.startswith("refused-"):
        return f"the provider refused it ({error.removeprefix('refused-')})"
    if status == "missed":
        return "its time was over before it could be sent"
    return _NOT_SENT.get(error) or (f"an error of Rightcall ({error})" if error else _SENDING.get(status, status))


_SENDING = {"pending": "on its way", "sending": "on its way", "sent": "the provider has taken it", "moot": "not needed"}
_NOT_SENT = {
    "refused": "the provider refused it",
    "unreachable": "the provider could not be reached",
    "unanswered": "the provider did not answer: it may have arrived",
    "gone": "this device takes no notices from us any more",
    "not-set-up": "this way is not set up here",
    "no-contact": "no way to reach them is known",
    "claimed-and-never-ended": "a worker died while it sent it: it may have arrived",
    "removed": "it was removed meanwhile",
    "told-here-already": "the same was told there already",
}


def came_of_webhook(status: str, error: str) -> str:
    """What came of a message to another agency's system."""
    if error.startswith("status-"):
        why = f"they answered {error.removeprefix('status-')}"
    else:
        why = _BY_SYSTEM.get(error) or (f"no connection ({error})" if error else "")
    match status:
        case "sent":
            return "their system has taken it"
        case "moot":
            return "not needed any more"
        case "pending" | "sending":
            return f"being tried again: {why}" if why else "on its way"
        case _:
            return f"given up: {why or 'nobody tried it in time'}"


_BY_SYSTEM = {
    "no-answer-in-time": "they did not answer in time",
    "certificate": "their certificate is not valid",
    "address-not-allowed": "their address leads to where no message may go",
    "ConnectionRefusedError": "nobody listens at their address",
    "gaierror": "their address has a name that nobody knows",
    "claimed-and-never-ended": "a worker died while it sent it: it may have arrived",
}


def message_kind(kind: str) -> str:
    return _KINDS.get(kind) or _plain(kind.replace(".", " "))


_KINDS = {
    "assignment.offer": "an offer", "contact.test": "a test", "agency.test": "a test", "handoff.webhook": "a hand-off",
    "referral.webhook": "an answer",
}  # fmt: skip
