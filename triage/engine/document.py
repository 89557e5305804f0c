"""A policy as its document says it: read, checked and typed, not yet compiled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json import dumps
from re import fullmatch
from typing import Final

from triage.engine.clock import HOLIDAY, Calendar, take_holidays, take_hours, take_moment, take_zone
from triage.engine.conditions import Condition, take_condition, tests
from triage.engine.facts import FACTS, shown
from triage.engine.reading import (
    refuse,
    take_list,
    take_mapping,
    take_number,
    take_one_of,
    take_text,
    take_texts,
    within,
)
from triage.engine.sentences import Sentence as _

OUTCOMES: Final = ("community", "co_response", "crisis_line", "police", "fire", "ems", "information")
MODES: Final = ("solo", "staged", "phone", "follow_up")
SERVED: Final = ("community", "co_response")  # outcomes that need the community team: hours and area close them
PERMITTED: Final = ("community", "co_response", "crisis_line")
EXCLUDED: Final = tuple(outcome for outcome in OUTCOMES if outcome != "community")
FALLBACKS: Final = tuple(outcome for outcome in OUTCOMES if outcome not in SERVED)
ADDED: Final = ("police", "fire", "ems", "crisis_line")
PRIORITIES: Final = range(1, 6)
PSEUDO_RULES: Final = ("floor", "hours", "area", "otherwise")  # names that reasons use beside the rules' own

_RULE_KEYS: Final = ("why", "permit", "exclude", "also", "priority", "mode", "skills", "note", "unknown")
_FOR_PEOPLE: Final = ("authority", "why", "source", "gaps")  # kept in the document, and shown
_POLICY_KEYS: Final = (
    "name",
    "effective_until",
    "holidays",
    "hours",
    "areas",
    "closed",
    "priority",
    *_FOR_PEOPLE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of a policy: when it holds, whom it permits or excludes to, and what it adds.

    ``unknown`` is what an undecided condition means: ``yes`` as if it held, ``no`` as if not, or an outcome to which
    the rule then excludes.
    """

    id: str
    text: str
    why: str
    source: tuple[str, ...]
    when: Condition
    permit: str | None
    exclude: str | None
    unknown: str
    also: frozenset[str]
    priority: int | None
    mode: str | None
    skills: tuple[str, ...]
    note: str | None

    @property
    def is_about_service(self) -> bool:
        """Whether clock or place of service enter: such a rule has no say in eligibility."""
        return any(not FACTS[test.fact].askable for test in tests(self.when))


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One version of a city's policy. ``hours`` are moments of its calendar; no ``areas`` means everywhere."""

    slug: str
    name: str
    version: str
    effective_from: datetime
    effective_until: datetime | None
    calendar: Calendar
    hours: frozenset[int]
    areas: frozenset[str]
    otherwise: str
    closed: str
    priority: int
    rules: tuple[Rule, ...]
    digest: str


def take_policy(document: object) -> PolicyText:
    """Read a policy document; raises `PolicyError` at the first place that is wrong."""
    policy = take_mapping(
        document,
        "",
        required=("slug", "version", "effective_from", "time_zone", "otherwise", "rules"),
        optional=_POLICY_KEYS,
    )
    for key in _FOR_PEOPLE:
        if key in policy:
            take_texts(policy[key], key)
    zone = take_zone(policy["time_zone"], "time_zone")
    calendar = Calendar(zone, take_holidays(policy.get("holidays"), "holidays"))
    rules = tuple(_take_rules(policy["rules"]))
    if not calendar.holidays and (blind := _tests_holiday(rules)):
        refuse(blind, _("A rule asks for holidays: say whose they are by the key holidays, such as US-OR."))
    begins = take_moment(policy["effective_from"], "effective_from", zone)
    ends = None
    if policy.get("effective_until") is not None:
        ends = take_moment(policy["effective_until"], "effective_until", zone)
        if ends <= begins:
            refuse("effective_until", _("The policy ends before it begins."))
    slug = take_slug(policy["slug"], "slug", "-")
    otherwise = take_one_of(policy["otherwise"], "otherwise", FALLBACKS)
    return PolicyText(
        slug=slug,
        name=take_text(policy.get("name", slug), "name"),
        version=_take_version(policy["version"]),
        effective_from=begins,
        effective_until=ends,
        calendar=calendar,
        hours=take_hours(policy.get("hours", "always"), "hours", has_holidays=bool(calendar.holidays)),
        areas=_take_areas(policy.get("areas", "everywhere")),
        otherwise=otherwise,
        closed=take_one_of(policy.get("closed", otherwise), "closed", FALLBACKS),
        priority=_take_priority(policy.get("priority", 3), "priority"),
        rules=rules,
        digest=digest(policy),
    )


def _tests_holiday(rules: Sequence[Rule]) -> str | None:
    """The place of the first rule that tests for holidays."""
    for index, rule in enumerate(rules):
        if any(test.fact == HOLIDAY for test in tests(rule.when)):
            return f"rules[{index}] {rule.id} / when"
    return None


def digest(document: Mapping[str, object]) -> str:
    """SHA-256 of a document, the same however its keys are ordered."""
    try:
        canonical = dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        refuse("", _("The document holds something that JSON cannot say: %(error)s.", error=error))
    return sha256(canonical.encode()).hexdigest()


def take_slug(value: object, place: str, joint: str) -> str:
    text = take_text(value, place)
    if not fullmatch(rf"[a-z][a-z0-9]*({joint}[a-z0-9]+)*", text):
        refuse(
            place, _('"%(value)s" must be lower-case letters and digits, joined by %(joint)s.', value=text, joint=joint)
        )
    return text


def _take_version(value: object) -> str:
    """It is part of addresses, so it is made of what stands in one."""
    if isinstance(value, str):
        name = take_text(value, "version")
        if not fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,19}", name):
            form = _("%(value)s must be at most 20 letters, digits and . _ + -, such as 2026-01.").form
            refuse("version", _(form, value=shown(name)))
        return name
    return str(take_number(value, "version", least=1, most=2**31 - 1))


def _take_priority(value: object, place: str) -> int:
    return take_number(value, place, least=PRIORITIES[0], most=PRIORITIES[-1])


def _take_areas(value: object) -> frozenset[str]:
    return frozenset() if value == "everywhere" else frozenset(take_texts(value, "areas"))


def _take_rules(value: object) -> Iterator[Rule]:
    seen = set[str]()
    for index, each in enumerate(take_list(value, "rules")):
        name = each.get("id") if isinstance(each, Mapping) else None
        place = f"rules[{index}] {name}" if isinstance(name, str) else f"rules[{index}]"
        rule = _take_rule(each, place)
        if rule.id in seen:
            refuse(within(place, "id"), _("There is a rule called %(rule)s already.", rule=rule.id))
        seen.add(rule.id)
        yield rule


def _take_rule(value: object, place: str) -> Rule:
    rule = take_mapping(value, place, required=("id", "text", "source", "when"), optional=_RULE_KEYS)
    name = take_slug(rule["id"], within(place, "id"), "_")
    if name in PSEUDO_RULES:
        refuse(within(place, "id"), _("%(name)s is a name that decisions use for something else.", name=name))
    if "permit" in rule and "exclude" in rule:
        refuse(place, _("A rule permits or excludes, not both."))
    permit = exclude = None
    if "permit" in rule:
        permit = take_one_of(rule["permit"], within(place, "permit"), PERMITTED)
    if "exclude" in rule:
        exclude = take_one_of(rule["exclude"], within(place, "exclude"), EXCLUDED)
    also = frozenset(
        take_one_of(each, within(place, "also"), ADDED)
        for each in (take_texts(rule["also"], within(place, "also")) if "also" in rule else ())
    )
    if "police" in also and exclude is None:
        # It would send police with a team that "may go without police", behind the back of eligibility.
        refuse(within(place, "also"), _("Only a rule that excludes can add police; with a team it is co_response."))
    if not any(key in rule for key in ("permit", "exclude", "also", "priority", "mode", "skills", "note")):
        refuse(place, _("This rule does nothing: it neither permits nor excludes nor adds anything."))
    return Rule(
        id=name,
        text=take_text(rule["text"], within(place, "text")),
        why=take_text(rule["why"], within(place, "why")) if "why" in rule else "",
        source=take_texts(rule["source"], within(place, "source")),
        when=take_condition(rule["when"], within(place, "when")),
        permit=permit,
        exclude=exclude,
        # What is not known is never guessed to be harmless: it stops, adds and hurries, and permits nothing.
        unknown=take_one_of(
            rule.get("unknown", "no" if permit else "yes"), within(place, "unknown"), ("yes", "no", *EXCLUDED)
        ),
        also=also,
        priority=_take_priority(rule["priority"], within(place, "priority")) if "priority" in rule else None,
        mode=take_one_of(rule["mode"], within(place, "mode"), MODES) if "mode" in rule else None,
        skills=take_texts(rule["skills"], within(place, "skills")) if "skills" in rule else (),
        note=take_text(rule["note"], within(place, "note")) if "note" in rule else None,
    )
