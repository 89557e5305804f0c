"""A policy in plain words: when it runs, when a rule holds, what a rule does."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from triage import wording
from triage.engine.clock import DAY, WEEK
from triage.engine.conditions import All, Any, Condition, Not, Test
from triage.engine.document import Rule
from triage.engine.facts import FACTS, OLDEST, UNKNOWN, WEEKDAYS, FactValue
from triage.engine.floor import FLOOR

_GOES: Final = {
    "community": gettext_lazy("a community team"),
    "co_response": gettext_lazy("a community team together with police"),
    "crisis_line": gettext_lazy("the crisis line"),
    "police": pgettext_lazy("whom", "police"),
    "fire": gettext_lazy("the fire department"),
    "ems": gettext_lazy("an ambulance"),
    "information": gettext_lazy("the information line"),
    "undetermined": gettext_lazy("nobody yet: questions are open"),
}
# What has two answers is said as a statement: when it holds, and when it does not.
_STATEMENTS: Final = {
    "mental_health_crisis": (
        gettext_lazy("The person seems to be in a mental-health crisis"),
        gettext_lazy("The person does not seem to be in a mental-health crisis"),
    ),
    "yelling": (gettext_lazy("The person is yelling"), gettext_lazy("The person is not yelling")),
    "person_down": (
        gettext_lazy("The person is lying down and not responding as expected"),
        gettext_lazy("The person is not lying down, or responds as expected"),
    ),
    "needs_referral": (
        gettext_lazy("The person needs a service, such as shelter, food or treatment"),
        gettext_lazy("The person needs no service, such as shelter, food or treatment"),
    ),
    "in_traffic": (
        gettext_lazy("The person is in the road or blocking traffic"),
        gettext_lazy("The person is not in the road and not blocking traffic"),
    ),
    "subject_has_phone": (
        gettext_lazy("The person can be reached by phone"),
        gettext_lazy("The person cannot be reached by phone"),
    ),
    "caller_wants_officer": (
        gettext_lazy("The caller asks for a police officer"),
        gettext_lazy("The caller does not ask for a police officer"),
    ),
    "crime_reported": (gettext_lazy("The caller reports a crime"), gettext_lazy("The caller reports no crime")),
    "holiday": (gettext_lazy("It is a public holiday there"), gettext_lazy("It is not a public holiday there")),
    "in_hours": (gettext_lazy("The program is running"), gettext_lazy("The program is not running")),
}
_SUBJECTS: Final = {
    "call_type": gettext_lazy("The call is about"),
    "location_class": gettext_lazy("The person is at"),
    "intoxication": gettext_lazy("Alcohol or drugs"),
    "weapon": gettext_lazy("Weapon"),
    "violence": gettext_lazy("Violence"),
    "suicide_risk": gettext_lazy("Suicide"),
    "medical_need": gettext_lazy("Hurt or ill"),
    "caller_relation": gettext_lazy("The caller is"),
    "channel": gettext_lazy("The call came by"),
    "age": gettext_lazy("The person’s age in years"),
    "area": gettext_lazy("The person is in the area"),
    "local_time": gettext_lazy("The time there is"),
    "weekday": gettext_lazy("The day there is"),
}
_MODES: Final = {
    "solo": gettext_lazy("The team goes alone."),
    "staged": gettext_lazy("The team waits out of sight until it is called in."),
    "phone": gettext_lazy("By phone, without a visit."),
    "follow_up": gettext_lazy("As a follow-up visit."),
}


@dataclass(frozen=True)
class Words:
    """A condition as a sentence, with the parts that stand under it."""

    text: str
    parts: tuple["Words", ...] = ()


@dataclass(frozen=True)
class RuleWords:
    """A rule as people read it. `kind` is `exclude`, `permit` or `add`, the order in which rules are heard."""

    id: str
    kind: str
    text: str
    why: str
    source: tuple[str, ...]
    does: tuple[str, ...]
    unknown: str
    when: Words


def goes(outcome: str) -> str:
    return str(_GOES.get(outcome, outcome))


def floor() -> list[str]:
    """The pieces of the floor, as sentences."""
    return [wording.told(piece.text) for piece in FLOOR]


def kind(rule: Rule) -> str:
    return "exclude" if rule.exclude else "permit" if rule.permit else "add"


def mode(code: str) -> str:
    return str(_MODES[code])


def rule(rule: Rule) -> RuleWords:
    return RuleWords(
        rule.id, kind(rule), rule.text, rule.why, rule.source, tuple(_does(rule)), _unknown(rule), condition(rule.when)
    )


HEARD: Final = {
    "exclude": gettext_lazy("Heard first: calls that go to somebody else"),
    "permit": gettext_lazy("Heard next: calls that a team may take"),
    "add": gettext_lazy("Heard besides: what only adds something"),
}


def as_heard(rules: Iterable[RuleWords]) -> list[tuple[str, list[RuleWords]]]:
    """The rules under headings, in the order in which a decision hears them."""
    told = list(rules)
    groups = [(str(heading), [each for each in told if each.kind == kind]) for kind, heading in HEARD.items()]
    return [(heading, group) for heading, group in groups if group]


def _does(rule: Rule) -> Iterator[str]:
    if rule.permit:
        yield _("Then it may go to %(whom)s.") % {"whom": goes(rule.permit)}
    if rule.exclude == "co_response":
        yield _("Then it goes to %(whom)s.") % {"whom": goes(rule.exclude)}
    elif rule.exclude:
        yield _("Then it goes to %(whom)s, not to a community team.") % {"whom": goes(rule.exclude)}
    if rule.also:
        agencies = _(" and ").join(goes(agency) for agency in sorted(rule.also))
        yield _("%(agencies)s as well, at once.") % {"agencies": agencies.capitalize()}
    if rule.priority:
        yield _("Priority %(priority)s.") % {"priority": rule.priority}
    if rule.mode:
        yield mode(rule.mode)
    if rule.skills:
        yield _("Needed on the team: %(skills)s.") % {"skills": ", ".join(rule.skills)}
    if rule.note:
        yield _("Note for the team: %(note)s") % {"note": rule.note}


def _unknown(rule: Rule) -> str:
    match rule.unknown:
        case "yes":
            return _("When nobody can tell, the rule is taken to hold.")
        case "no":
            return _("When nobody can tell, the rule is taken not to hold.")
    return _("When nobody can tell, it goes to %(whom)s.") % {"whom": goes(rule.unknown)}


def condition(when: Condition) -> Words:
    match when:
        case Test(fact, holds):
            return Words(_test(fact, holds))
        case Not(Test(fact, holds)):
            return Words(_("not: %(test)s") % {"test": _test(fact, holds)})
        case Not(part):
            return Words(_("This does not hold:"), (condition(part),))
        case All(parts):
            return Words(_("All of these hold:"), tuple(map(condition, parts)))
        case Any(parts):
            return Words(_("At least one of these holds:"), tuple(map(condition, parts)))


def _test(fact: str, holds: frozenset[FactValue]) -> str:
    known = FACTS[fact]
    if known.kind == "boolean" and len(holds) == 1:
        return statement(fact, next(iter(holds)))
    match known.kind:
        case "boolean":
            return _("It is known: %(question)s") % {"question": wording.question(fact)}
        case "time":
            answers = _or(_spans(frozenset(minute for minute in holds if isinstance(minute, int)), DAY))
        case "integer":
            answers = _range(sorted(int(value) for value in holds))
        case "name":
            answers = _or(sorted(str(value) for value in holds))
        case _:
            answers = _or(_quoted(label) for value, label in wording.labels(fact).items() if value in holds)
    return _said(fact, answers)


def statement(fact: str, value: FactValue) -> str:
    """One answer, as a statement about the call."""
    if value == UNKNOWN:
        return _("%(question)s Nobody can tell") % {"question": wording.question(fact)}
    if fact in _STATEMENTS:
        return str(_STATEMENTS[fact][value is not True])
    label = wording.label(fact, value)
    return _said(fact, _quoted(label) if value in FACTS[fact].labels else label)


def _said(fact: str, answers: str) -> str:
    return _("%(subject)s: %(answers)s") % {"subject": _SUBJECTS[fact], "answers": answers}


def _quoted(label: str) -> str:
    return _("“%(label)s”") % {"label": label}


def _or(answers: Iterable[str]) -> str:
    return _(" or ").join(answers)


def expected(expect: Mapping[str, object]) -> list[str]:
    """What an example expects of a decision, as sentences."""
    return [_expected(key, value) for key, value in expect.items()]


def _expected(key: str, value: object) -> str:
    several = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    match key:
        case "outcome":
            return _("Goes to %(whom)s.") % {"whom": goes(several[0])}
        case "also":
            agencies = ", ".join(map(goes, several)) or _("nobody")
            return _("Comes as well, at once: %(agencies)s.") % {"agencies": agencies}
        case "eligible" if value is None:
            return _("Whether a team may go without police is open.")
        case "eligible" if value:
            return _("By person and scene alone, a team may go without police.")
        case "eligible":
            return _("By person and scene alone, a team may not go without police.")
        case "priority":
            return _("Priority %(priority)s.") % {"priority": value} if value else _("The priority is open.")
        case "mode":
            return str(_MODES.get(several[0], _("No way of going is named.")))
        case "required_skills":
            return _("Needed on the team: %(skills)s.") % {"skills": ", ".join(several) or _("nothing special")}
        case "next_questions":
            questions = " ".join(wording.question(each) for each in several if each in FACTS)
            return _("Asked next, among others: %(questions)s") % {"questions": questions}
    return _("Among the reasons: %(rules)s.") % {"rules": ", ".join(several)}


def _range(values: list[int]) -> str:
    low, high = values[0], values[-1]
    if len(values) > 1 and values == list(range(low, high + 1)):
        if high == OLDEST:
            return _("%(low)s or more") % {"low": low}
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _or(map(str, values))


def hours(moments: frozenset[int]) -> list[str]:
    """The moments of its calendar in which a service runs, as lines: days with the same hours stand together."""
    minutes = frozenset(moment for moment in moments if moment < WEEK)
    holidays = frozenset(moment - WEEK for moment in moments if moment >= WEEK)
    lines = _week(minutes)
    if holidays != minutes:
        today = frozenset(minute for minute in holidays if minute < DAY)
        lines.append(_("Public holidays: %(hours)s") % {"hours": _open(today)})
    return lines


def _week(minutes: frozenset[int]) -> list[str]:
    if len(minutes) == WEEK:
        return [_("Always open")]
    days = [frozenset(minute % DAY for minute in minutes if minute // DAY == day) for day in range(7)]
    lines, first = [], 0
    for day in range(1, 8):
        if day == 7 or days[day] != days[first]:
            lines.append(_("%(days)s: %(hours)s") % {"days": _days(first, day - 1), "hours": _open(days[first])})
            first = day
    return lines


def _days(first: int, last: int) -> str:
    if last - first == 6:
        return _("Every day")
    names = [weekday(WEEKDAYS[day]) for day in (first, last)]
    return names[0] if first == last else _("%(first)s to %(last)s") % {"first": names[0], "last": names[1]}


def weekday(day: str) -> str:
    return wording.label("weekday", day)


def _open(minutes: frozenset[int]) -> str:
    return ", ".join(_spans(minutes, DAY)) or pgettext("hours", "closed")


def _spans(minutes: frozenset[int], end: int) -> Iterator[str]:
    start = None
    for minute in range(end + 1):
        if minute in minutes and start is None:
            start = minute
        elif minute not in minutes and start is not None:
            yield f"{_clock(start)}–{_clock(minute)}"
            start = None


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
