"""The words of the console: states, outcomes and spans of time as people in a dispatch room say them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from accounts.models import Agency
from dispatch.dispositions import DISPOSITIONS
from dispatch.plans.ladder import Do
from dispatch.states import AssignmentStatus, HandoffStatus, IncidentStatus, ReferralStatus, UnitState
from journal.states import plain
from triage import wording
from triage.engine.facts import FACTS

# Who goes, in one sentence that can be read across a desk.
OUTCOMES = {
    "community": gettext_lazy("A community team may go"),
    "co_response": gettext_lazy("A community team goes together with police"),
    "crisis_line": gettext_lazy("The crisis line takes this"),
    "police": gettext_lazy("Police take this"),
    "fire": gettext_lazy("The fire department takes this"),
    "ems": gettext_lazy("An ambulance takes this"),
    "information": gettext_lazy("The information line takes this"),
    "undetermined": gettext_lazy("Not decided yet"),
}

# The same in a row of the queue, where there is room for two words.
OUTCOMES_SHORT = {
    "community": gettext_lazy("community team"),
    "co_response": gettext_lazy("team with police"),
    "crisis_line": gettext_lazy("crisis line"),
    "police": gettext_lazy("police"),
    "fire": gettext_lazy("fire"),
    "ems": gettext_lazy("ambulance"),
    "information": gettext_lazy("information line"),
    "undetermined": gettext_lazy("not decided"),
}

# What a team under way does when the outcome turns to this.
TURNED = {
    "community": gettext_lazy("You go without police."),
    "co_response": gettext_lazy("Police go with you. Wait for them before you go near."),
}
TURNED_AWAY = gettext_lazy("Stay back until you hear from dispatch.")
TURNED_THERE = gettext_lazy("Make yourselves safe and call dispatch by radio.")

MODES = {
    "solo": gettext_lazy("The team goes alone."),
    "staged": gettext_lazy("The team waits out of sight until it is called in."),
    "phone": gettext_lazy("By phone, without a visit."),
    "follow_up": gettext_lazy("A follow-up visit."),
}

# Where a team waits nearby, by what it waits for (`dispatch.staging`), and what it says when it goes near all the same.
STAGING = {
    "untold": gettext_lazy("Stage nearby: police go along, and have not said yet that they are coming."),
    "coming": gettext_lazy("Stage nearby until police are there: they have said that they are coming."),
    "word": gettext_lazy("Stage nearby until dispatch calls the team in."),
}
GOES_IN = {"untold": gettext_lazy("On scene without police"), "word": gettext_lazy("On scene: called in")}

_INCIDENT = {
    IncidentStatus.TRIAGE: gettext_lazy("questions open"),
    IncidentStatus.PENDING: gettext_lazy("waiting"),
    IncidentStatus.ASSIGNED: gettext_lazy("team assigned"),
}
_ASSIGNMENT = {
    AssignmentStatus.OFFERED: gettext_lazy("asked, no answer yet"),
    AssignmentStatus.ACCEPTED: gettext_lazy("accepted, not yet rolling"),
    AssignmentStatus.STAGED: gettext_lazy("staged nearby"),
    AssignmentStatus.EXPIRED: gettext_lazy("did not answer"),
}
# What a team reports, as the button that reports it. Declining and clearing need more than a click.
ASSIGNMENT_BUTTONS = {
    AssignmentStatus.ACCEPTED: gettext_lazy("Accepted"),
    AssignmentStatus.EN_ROUTE: gettext_lazy("En route"),
    AssignmentStatus.STAGED: gettext_lazy("Staged"),
    AssignmentStatus.ON_SCENE: gettext_lazy("On scene"),
    AssignmentStatus.TRANSPORTING: gettext_lazy("Transporting"),
    AssignmentStatus.AT_DESTINATION: gettext_lazy("At destination"),
}
_STAMPS = {
    "received": gettext_lazy("Call received"),
    "answered": gettext_lazy("Call answered"),
    "triaged": gettext_lazy("Decided"),
    "offered": gettext_lazy("asked"),
    "staged": gettext_lazy("staged nearby"),
    "at_destination": gettext_lazy("at the destination"),
    "cleared": gettext_lazy("clear"),
    "proposed": gettext_lazy("wanted"),
    "sent": gettext_lazy("told"),
    "returned": gettext_lazy("gave it back"),
    "withdrawn": gettext_lazy("needed no more"),
}
# Names of facts: of those whose own would not tell a reader, and of the others as they are.
_FACTS = {
    "call_type": gettext_lazy("Call type"),
    "yelling": gettext_lazy("Yelling"),
    "person_down": gettext_lazy("Person down"),
    "crime_reported": gettext_lazy("Crime reported"),
    "intoxication": gettext_lazy("Intoxication"),
    "weapon": gettext_lazy("Weapon"),
    "violence": gettext_lazy("Violence"),
    "suicide_risk": gettext_lazy("Suicide risk"),
    "medical_need": gettext_lazy("Medical need"),
    "age": gettext_lazy("Age"),
    "area": gettext_lazy("Area"),
    "local_time": gettext_lazy("Local time"),
    "weekday": gettext_lazy("Weekday"),
    "location_class": gettext_lazy("Kind of place"),
    "mental_health_crisis": gettext_lazy("Mental-health crisis"),
    "needs_referral": gettext_lazy("Needs a service"),
    "in_traffic": gettext_lazy("In the road"),
    "subject_has_phone": gettext_lazy("Can be phoned"),
    "caller_wants_officer": gettext_lazy("Caller asks for police"),
    "caller_relation": gettext_lazy("Who is calling"),
    "channel": gettext_lazy("Came in by"),
}
# What is the matter with a team, behind its callsign.
TROUBLES = {
    "duress": gettext_lazy("DURESS"),
    "held": gettext_lazy("duress, somebody has it"),
    "silent": gettext_lazy("silent, backup?"),
    "wants_police": gettext_lazy("wants police"),
    "wants_team": gettext_lazy("wants a second team"),
    "radio": gettext_lazy("silent, radio them now"),
    "asked": gettext_lazy("asked if all right"),
}
_UNIT = {UnitState.OFFERED: gettext_lazy("asked or getting ready")}


# What a step of the ladder does, for whoever reads that it is done.
_LADDER = {
    Do.OFFER: gettext_lazy("Teams are asked"),
    Do.TELL_SUPERVISOR: gettext_lazy("The supervisor is told"),
    Do.CALL_BACK: gettext_lazy("Call the caller back"),
}
_PROPOSED = {
    "co_response": gettext_lazy("together with police"),
    "police": gettext_lazy("police"),
    "ems": gettext_lazy("an ambulance"),
    "crisis_line": gettext_lazy("the crisis line"),
}


def ladder_step(do: str, to: str | None = None) -> str:
    if do == Do.PROPOSE:
        return _("Proposed: %(what)s") % {"what": _PROPOSED[to]} if to else _("A proposal")
    return str(_LADDER[Do(do)])


def ladder_answer(do: str, to: str | None, answer: str) -> str:
    if do == Do.PROPOSE:
        sentence = _("Agreed: %(what)s") if answer == "accepted" else _("Not agreed: %(what)s")
        return sentence % {"what": _PROPOSED[to or ""]}
    return _("The caller was called back") if answer == "done" else _("The caller was not called back")


def outcome(code: str) -> str:
    return str(OUTCOMES.get(code, code))


def outcome_short(code: str) -> str:
    return str(OUTCOMES_SHORT.get(code, code))


def incident_state(status: str) -> str:
    return str(_INCIDENT.get(IncidentStatus(status)) or plain(status))


def assignment_state(status: str) -> str:
    return str(_ASSIGNMENT.get(AssignmentStatus(status)) or plain(status))


def handoff(to: str, status: str, told: str) -> str:
    """A hand-off that is not settled, in a row of the queue. `told` says since when."""
    match status:
        case ReferralStatus.RECEIVED:
            sentence = _("answer %(agency)s")
        case HandoffStatus.PROPOSED:
            sentence = _("tell %(agency)s")
        case HandoffStatus.SENT:
            sentence = _("%(agency)s told %(since)s ago, no answer")
        case HandoffStatus.REFUSED:
            sentence = _("%(agency)s refused")
        case _other:
            sentence = _("%(agency)s gave it back")
    return sentence % {"agency": agency(to), "since": told}


def agency(code: str) -> str:
    return str(Agency.Kind(code).label) if code in Agency.Kind.values else plain(code)


def unit_state(state: str) -> str:
    return str(_UNIT.get(UnitState(state)) or plain(state))


def disposition(slug: str) -> str:
    return str(DISPOSITIONS[slug].label) if slug in DISPOSITIONS else plain(slug)


def stamp(name: str, whose: str = "") -> str:
    """What happened at a moment: “Call received”, “PSR1 on scene”, “Police told”."""
    said = str(_STAMPS.get(name) or plain(name))
    return f"{whose} {said}" if whose else said.capitalize()


def on_hold(number: int, until: datetime, *, scheduled: bool) -> str:
    """`until`: in the zone of the incident."""
    sentence = (
        _("Incident %(number)s is scheduled for %(moment)s.")
        if scheduled
        else _("Incident %(number)s is on hold until %(moment)s.")
    )
    return sentence % {"number": number, "moment": day_and_clock(until)}


def question(fact: str) -> str:
    return wording.question(fact) if fact in FACTS else plain(fact)


def fact_name(fact: str) -> str:
    return str(_FACTS.get(fact) or plain(fact).capitalize())


def change(fact: str, before: object, after: object) -> tuple[str, str, str]:
    """A fact that is known otherwise: its name, what was said, what is said now."""
    was, now = (_("not asked") if value is None else answer(fact, value) for value in (before, after))
    return fact_name(fact), was, now


def answer(fact: str, value: object) -> str:
    """The label of a value; what has none (an age, an area, a time) as it is."""
    return wording.label(fact, value) if isinstance(value, str | int) else str(value)


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
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def minutes(count: int) -> str:
    """In how long somebody looks again."""
    return _("in %(span)s") % {"span": f"{count} min" if count < 120 else f"{count // 60} h"}


def wall_clock(at: datetime, now: datetime | None = None) -> str:
    """A moment that is already in its zone, with the zone named; with the day when that is not today's."""
    today = now is None or at.date() == now.astimezone(at.tzinfo).date()
    return f"{at:%H:%M %Z}" if today else f"{_day(at)} {at:%H:%M %Z}"


def day_and_clock(at: datetime) -> str:
    """A moment within the week, already in its zone: Thu 18:41 PST."""
    return f"{WEEKDAYS_ABBR[at.weekday()]} {at:%H:%M %Z}"


def exact(at: datetime) -> str:
    return f"{_day(at)} {at:%Y, %H:%M:%S %Z}"


def _day(at: datetime) -> str:
    return f"{WEEKDAYS_ABBR[at.weekday()]} {at.day} {str(MONTHS_3[at.month]).title()}"


# What verbs keep in words with a change, in English whoever makes it.
KEPT = (
    gettext_noop("The incident is over."),
    gettext_noop("%(teams)s has taken it."),
    gettext_noop("%(teams)s have taken it."),
    gettext_noop("On hold until %(moment)s."),
    gettext_noop("You are asked for incident %(number)s instead, which is more urgent."),
    gettext_noop("Taken for incident %(number)s, which is more urgent: %(words)s"),
    gettext_noop("Asked for incident %(number)s instead."),
    gettext_noop("Overridden anew."),
    gettext_noop("Undone: typed by mistake."),
    gettext_noop("The decision is now %(outcome)s."),
    gettext_noop("The answers now say what no team goes to alone."),
    gettext_noop("No team of ours could come in the promised time."),
    # Of a hold that was typed with its reason alone.
    gettext_noop("The caller asks to wait"),
    gettext_noop("The person is not there now"),
    gettext_noop("Not safe to go yet"),
    gettext_noop("Waits for another agency"),
    gettext_noop("No team for now, and the caller knows"),
    gettext_noop("Scheduled for later"),
)
_FILLED = re.compile(r"%\\\((\w+)\\\)s")
_FORMS = [(form, re.compile(_FILLED.sub(r"(?P<\1>.+)", re.escape(form)), re.DOTALL)) for form in KEPT]
# What in them is ours as well.
_PARTS: Mapping[str, Callable[[str], str]] = {
    "outcome": plain,
    "teams": lambda names: names.replace(" and ", _(" and ")),
}


def kept(text: str) -> str:
    """Words that were kept with a change: a verb's own in the reader's language, a person's as they are."""
    for form, made in _FORMS:
        if found := made.fullmatch(text):
            return _(form) % {name: _PARTS.get(name, str)(part) for name, part in found.groupdict().items()}
    return text


def not_sent(status: str, error: str) -> str:
    """Why a message reached nobody, or a test did not arrive; what came of it when nothing went wrong."""
    if error.startswith("refused-"):
        return _("the provider refused it (%(code)s)") % {"code": error.removeprefix("refused-")}
    if status == "missed":
        return _("its time was over before it could be sent")
    if error:
        return str(_NOT_SENT.get(error) or _("an error of Rightcall (%(code)s)") % {"code": error})
    return str(_SENDING.get(status, status))


_SENDING = {
    "pending": gettext_lazy("on its way"),
    "sending": gettext_lazy("on its way"),
    "sent": gettext_lazy("the provider has taken it"),
    "moot": gettext_lazy("not needed"),
}
_NOT_SENT = {
    "refused": gettext_lazy("the provider refused it"),
    "unreachable": gettext_lazy("the provider could not be reached"),
    "unanswered": gettext_lazy("the provider did not answer: it may have arrived"),
    "gone": gettext_lazy("this device takes no notices from us any more"),
    "not-set-up": gettext_lazy("this way is not set up here"),
    "no-contact": gettext_lazy("no way to reach them is known"),
    "claimed-and-never-ended": gettext_lazy("a worker died while it sent it: it may have arrived"),
    "removed": gettext_lazy("it was removed meanwhile"),
    "told-here-already": gettext_lazy("the same was told there already"),
}


def came_of_webhook(status: str, error: str) -> str:
    """What came of a message to another agency's system."""
    if error.startswith("status-"):
        why = _("they answered %(code)s") % {"code": error.removeprefix("status-")}
    else:
        why = str(_BY_SYSTEM.get(error) or (_("no connection (%(code)s)") % {"code": error} if error else ""))
    match status:
        case "sent":
            return _("their system has taken it")
        case "moot":
            return _("not needed any more")
        case "pending" | "sending":
            return _("being tried again: %(why)s") % {"why": why} if why else _("on its way")
        case _ended:
            return _("given up: %(why)s") % {"why": why or _("nobody tried it in time")}


_BY_SYSTEM = {
    "no-answer-in-time": gettext_lazy("they did not answer in time"),
    "certificate": gettext_lazy("their certificate is not valid"),
    "address-not-allowed": gettext_lazy("their address leads to where no message may go"),
    "ConnectionRefusedError": gettext_lazy("nobody listens at their address"),
    "gaierror": gettext_lazy("their address has a name that nobody knows"),
    "claimed-and-never-ended": gettext_lazy("a worker died while it sent it: it may have arrived"),
}


def message_kind(kind: str) -> str:
    return str(_KINDS.get(kind) or plain(kind.replace(".", " ")))


_KINDS = {
    "assignment.offer": gettext_lazy("an offer"),
    "contact.test": gettext_lazy("a test"),
    "agency.test": gettext_lazy("a test"),
    "handoff.webhook": gettext_lazy("a hand-off"),
    "referral.webhook": gettext_lazy("an answer"),
}
