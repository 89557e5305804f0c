"""What a policy document means, told a second time: slowly, one full set of answers at a time.

It shares nothing with the engine, not even the table of facts, so that a mistake there cannot hide here.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

GRADES: dict[str, list[str]] = {
    "intoxication": ["none", "affected", "severe"],
    "weapon": ["none", "history", "access", "seen", "used"],
    "violence": ["none", "verbal", "threatening", "assaulting"],
    "suicide_risk": ["none", "ideation", "threat", "attempt"],
    "medical_need": ["none", "minor", "emergency"],
}
BOOLEANS = [
    "mental_health_crisis",
    "yelling",
    "person_down",
    "needs_referral",
    "in_traffic",
    "subject_has_phone",
    "caller_wants_officer",
    "crime_reported",
]
CHOICES: dict[str, list[str]] = {
    "call_type": [
        "mental_health",
        "welfare_check",
        "person_down",
        "intoxication",
        "disturbance",
        "unwanted_person",
        "trespass",
        "verbal_dispute",
        "domestic_dispute",
        "suicide_threat",
        "service_referral",
        "panhandling",
        "indecent_exposure",
        "syringe_disposal",
        "encampment",
        "overdose",
        "non_emergency_medical",
        "medical",
        "assault",
        "theft",
        "minor_property_crime",
        "traffic",
        "fire",
        "transport_request",
        "follow_up",
        "other",
    ],
    "location_class": [
        "outdoors",
        "open_business",
        "government_lobby",
        "public_indoors",
        "shelter",
        "care_facility",
        "school",
        "residential_common_area",
        "private_residence",
        "tent_or_vehicle_home",
        "transit",
        "locked_building",
    ],
    "caller_relation": ["self", "family", "bystander", "business", "officer", "other_agency"],
    "channel": [
        "911",
        "non_emergency",
        "311",
        "211",
        "988",
        "program_line",
        "referral",
        "on_view",
        "responder_request",
        "api",
    ],
}
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
CONTEXT = ("area", "weekday", "local_time", "holiday", "in_hours")
ASKABLE = [*CHOICES, *BOOLEANS, *GRADES, "age"]
FLOOR = ["weapon", "violence", "suicide_risk", "medical_need", "person_down"]

Answers = Mapping[str, Any]


def values(fact: str) -> list[Any]:
    """Every known answer to an askable fact."""
    if fact in BOOLEANS:
        return [True, False]
    return list(range(131)) if fact == "age" else list(GRADES.get(fact) or CHOICES[fact])


def tests_in(condition: Any) -> Iterator[tuple[str, Any]]:
    for key, value in condition.items():
        if key in ("all", "any"):
            for part in value:
                yield from tests_in(part)
        elif key == "not":
            yield from tests_in(value)
        else:
            yield key, value


def facts_in(document: Answers) -> set[str]:
    """The askable facts that a document or the floor mentions."""
    named = {fact for rule in document["rules"] for fact, _ in tests_in(rule["when"])}
    return (named | set(FLOOR)) - set(CONTEXT)


def few_values(document: Answers, fact: str) -> list[Any]:
    """Enough answers to tell apart whatever the document does, "unknown" among them."""
    if fact in BOOLEANS or fact in GRADES:
        return [*values(fact), "unknown"]
    named: list[Any] = []
    for rule in document["rules"]:
        for name, test in tests_in(rule["when"]):
            if name != fact:
                continue
            if isinstance(test, Mapping):
                named += [age + step for age in test.values() for step in (-1, 0, 1) if 0 <= age + step <= 130]
            else:
                named += test if isinstance(test, list) else [test]
    unnamed = [value for value in values(fact) if value not in named][:1]
    return [*dict.fromkeys(named), *unnamed, "unknown"]


def completions(document: Answers, known: Answers, open_facts: Sequence[str]) -> Iterator[dict[str, Any]]:
    for answers in product(*(few_values(document, fact) for fact in open_facts)):
        yield {**known, **dict(zip(open_facts, answers, strict=True))}


def decide(document: Answers, answers: Answers) -> dict[str, Any]:
    """Outcome, also, eligible and priority for answers to everything, context (weekday, local_time) included."""
    rules = document["rules"]
    truths = [holds(rule["when"], answers, document) for rule in rules]
    states = [state(rule, truth) for rule, truth in zip(rules, truths, strict=True)]
    acting = [(rule, done) for rule, done in zip(rules, states, strict=True) if done is not None]
    stops = [(rule, done) for rule, done in acting if done not in ("permit", "add")]
    goes = [rule for rule, done in acting if done == "permit"]
    person_goes = [rule for rule in goes if not is_service(rule)]

    danger = answers.get("weapon") in ("seen", "used") or answers.get("violence") == "assaulting"
    emergency = answers.get("suicide_risk") == "attempt" or answers.get("medical_need") == "emergency"
    heard = [rule for rule, done in acting if done != "permit" or not (stops or danger or emergency)]
    also = {agency for rule in heard for agency in listed(rule.get("also", []))}
    urgencies = [rule["priority"] for rule in heard if "priority" in rule]
    also |= {"police"} if danger else set()
    also |= {"ems"} if emergency else set()
    if answers.get("person_down") is True and answers.get("medical_need") == "unknown":
        also |= {"ems"}

    first = stops[0][1] if stops else None
    if danger or emergency:
        eligible = False
        outcome = first if first in ("police", "fire") else "police" if danger else "ems"
        also |= {"police"} if first == "co_response" else {first} & {"police", "fire", "ems"}
        urgencies.append(1)
    else:
        eligible = not [rule for rule, _ in stops if not is_service(rule)] and bool(
            person_goes and person_goes[0]["permit"] == "community"
        )
        outcome = first or (goes[0]["permit"] if goes else document["otherwise"])
        if outcome in ("community", "co_response") and not in_service(document, answers):
            also |= {"police"} if outcome == "co_response" else set()
            outcome = document.get("closed", document["otherwise"])
    also -= {"police"} if outcome == "co_response" else {outcome}
    return {
        "outcome": outcome,
        "also": sorted(also),
        "eligible": eligible,
        "priority": min(urgencies, default=document.get("priority", 3)),
    }


def state(rule: Answers, truth: bool | None) -> str | None:
    """What a rule does: an outcome to which it excludes, "permit", "add", or None for nothing."""
    does = rule.get("exclude") or ("permit" if "permit" in rule else "add")
    if truth is None:
        meaning = rule.get("unknown", "no" if "permit" in rule else "yes")
        return {"yes": does, "no": None}.get(meaning, meaning)
    return does if truth else None


def is_service(rule: Answers) -> bool:
    return any(fact in CONTEXT for fact, _ in tests_in(rule["when"]))


def holds(condition: Any, answers: Answers, document: Answers) -> bool | None:
    parts: list[bool | None] = []
    for key, value in condition.items():
        if key == "all":
            parts.append(every([holds(part, answers, document) for part in value]))
        elif key == "any":
            inverse = every([negate(holds(part, answers, document)) for part in value])
            parts.append(negate(inverse))
        elif key == "not":
            parts.append(negate(holds(value, answers, document)))
        else:
            parts.append(meets(key, value, answers, document))
    return every(parts)


def every(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def negate(part: bool | None) -> bool | None:
    return None if part is None else not part


def meets(fact: str, test: Any, answers: Answers, document: Answers) -> bool | None:
    if fact == "local_time":
        return any(in_window(window, minutes(answers["local_time"])) for window in listed(test))
    if fact == "area" and "area" not in answers:
        served = document.get("areas", "everywhere")
        possible = {True, False} if served == "everywhere" else {area in listed(test) for area in listed(served)}
        if served == "everywhere" and set(listed(test)) == {"outside"}:
            possible = {False}
        return None if len(possible) == 2 else possible.pop()
    if fact == "in_hours":
        return is_running(document, answers) is test
    if fact == "holiday":
        return answers.get("holiday", False) is test
    value = answers[fact]
    if value == "unknown":
        return None
    if isinstance(test, Mapping):
        order = GRADES.get(fact) or list(range(131))
        at = order.index(value)
        return order.index(test.get("at_least", order[0])) <= at <= order.index(test.get("at_most", order[-1]))
    return value in listed(test)


def in_service(document: Answers, answers: Answers) -> bool:
    areas = document.get("areas", "everywhere")
    if areas != "everywhere" and "area" in answers and answers["area"] not in listed(areas):
        return False
    return is_running(document, answers)


def is_running(document: Answers, answers: Answers) -> bool:
    hours = document.get("hours", "always")
    if hours == "always":
        return True
    if answers.get("holiday") and isinstance(hours, Mapping) and "holiday" in hours:
        windows = [] if hours["holiday"] == "closed" else listed(hours["holiday"])
        return any(in_window(window, minutes(answers["local_time"])) for window in windows)
    today = DAYS.index(answers["weekday"])
    now = minutes(answers["local_time"])
    for ago in (0, 1):
        windows = hours.get(DAYS[today - ago], []) if isinstance(hours, Mapping) else hours
        for window in listed(windows):
            start, end = (minutes(clock) for clock in window.split("-"))
            end += 1440 if end <= start else 0
            if start <= now + ago * 1440 < end:
                return True
    return False


def in_window(window: str, now: int) -> bool:
    start, end = (minutes(clock) for clock in window.split("-"))
    return start <= now < end if start < end else now >= start or now < end


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
