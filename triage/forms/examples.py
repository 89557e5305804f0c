"""A case and what is expected of it as a form: the same facts as when a draft is tried."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from triage import plain
from triage.engine import OUTCOMES, UNDETERMINED
from triage.engine.document import ADDED, MODES, PRIORITIES
from triage.engine.facts import ASKABLE, FACTS, Fact
from triage.forms.rules import lines
from triage.forms.typed import answer, written

CONTEXT: Final[list[Fact]] = [FACTS[name] for name in ("area", "weekday", "local_time", "holiday")]
FACTS_ASKED: Final[list[Fact]] = sorted(ASKABLE, key=lambda fact: (fact.name != "call_type", not fact.safety))
_LISTS: Final = ("required_skills", "reasons", "next_questions")


def choices() -> dict[str, list[tuple[str, str]]]:
    """What a form offers to choose from, as codes with their words."""
    still_open = ("none", _("Still open"))
    return {
        "outcomes": [(each, plain.goes(each).capitalize()) for each in (*OUTCOMES, UNDETERMINED)],
        "eligible": [("true", _("Yes")), ("false", _("No")), still_open],
        "priorities": [*((str(each), str(each)) for each in PRIORITIES), still_open],
        "modes": [*((each, plain.mode(each)) for each in MODES), ("none", _("None is named"))],
    }


def facts_of(values: Mapping[str, str]) -> dict[str, Any]:
    """The facts that were filled in; what is wrong in them is the engine's to say."""
    told = {name.removeprefix("facts."): text.strip() for name, text in values.items() if name.startswith("facts.")}
    return {name: answer(name, text) for name, text in told.items() if text}


def shown_facts(facts: Mapping[str, Any]) -> dict[str, str]:
    return {f"facts.{name}": written(value) for name, value in facts.items()}


def shown(example: Mapping[str, Any]) -> dict[str, str]:
    expect = example["expect"]
    return {
        "name": example["name"],
        "at": example["at"],
        "source": lines(example.get("source")),
        **shown_facts(example["facts"]),
        **{name: _option(expect, name) for name in ("outcome", "eligible", "priority", "mode")},
        **{name: _list(expect, name) for name in (*_LISTS, "also")},
    }


def read(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The example as the engine reads it, and what only a form can have wrong."""
    told = {name: text.replace("\r\n", "\n").strip() for name, text in values.items()}
    errors = {}
    expect: dict[str, Any] = {}
    for name in ("outcome", "eligible", "priority", "mode"):
        if text := told.get(name, ""):
            expect[name] = {"none": None, "true": True, "false": False}.get(text, text)
    if str(expect.get("priority", "")).isdecimal():
        expect["priority"] = int(expect["priority"])
    for name in (*_LISTS, "also"):
        if text := told.get(name, ""):
            expect[name] = [] if text == "none" else [each.strip() for each in text.split(",") if each.strip()]
    for name in ("also", "required_skills"):  # as decisions say them
        if name in expect:
            expect[name] = sorted({*expect[name]})
    for name, known in (("next_questions", [*FACTS]), ("also", [*ADDED])):
        if wrong := [each for each in expect.get(name, []) if each not in known]:
            told = {"wrong": wrong[0], "known": ", ".join(known)}
            errors[name] = _("There is no %(wrong)s. There are: %(known)s.") % told
    if not told.get("name"):
        errors["name"] = _("Name the case, such as “Shouting in the park”.")
    if not expect:
        errors["outcome"] = _("Say what is right for this case: at least who goes.")
    example = {"name": told.get("name", ""), "at": told.get("at", ""), "facts": facts_of(values), "expect": expect}
    if source := [line.strip() for line in told.get("source", "").splitlines() if line.strip()]:
        example["source"] = source
    return example, errors


def field_of(place: str) -> str:
    """The field that a place in an example belongs to."""
    names = [each.partition("[")[0] for each in place.split(" / ")]
    return {"examples": names[1] if len(names) > 1 else "name", "expect": names[-1]}.get(names[0], names[0])


def _option(expect: Mapping[str, Any], name: str) -> str:
    if name not in expect:
        return ""
    return "none" if expect[name] is None else written(expect[name])


def _list(expect: Mapping[str, Any], name: str) -> str:
    return "" if name not in expect else ", ".join(expect[name]) or "none"
