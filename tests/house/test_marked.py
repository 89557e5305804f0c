"""What the code says to people is marked for translation: refusals, choices, and what a page says that it has done.

Read from the code itself, so that a sentence cannot be forgotten that no test provokes. Help texts of models and of
serializers are no such sentences: whoever programs against us reads them, in English.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from dispatch import words
from dispatch.commands.table import GROUPS
from dispatch.models import ASSIGNMENT_STAMPS, HANDOFF_STAMPS, INCIDENT_STAMPS
from dispatch.states import (
    AssignmentStatus,
    HandoffStatus,
    IncidentStatus,
    ReferralStatus,
    RunStatus,
    UnitState,
)
from journal.states import plain

APPS = (
    "journal", "accounts", "due", "triage", "calls", "responders", "dispatch", "field", "planning", "insights",
    "config",
)  # fmt: skip
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Whose first argument is a sentence, or holds sentences by the name of a field.
SAY = {"Refused", "Invalid", "Overtaken", "ValidationError", "Unconfirmed", "Answer", "Done"}
SAID_BY_NAME = {"done", "needed", "label", "stands", "wrong", "alert"}
ERRORS = {"errors", "wrong"}

# Sentences that are not for whoever reads a page.
NOT_MARKED = {
    "accounts/bearer.py",  # to programs
    "calls/place_files.py",  # to whoever imports a file, at a terminal
    "dispatch/plans/check_ins.py",
    "triage/engine/packs.py",  # to the same
}


def sources() -> list[Path]:
    paths = (path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py"))
    return sorted(
        path for path in paths if not {"migrations", "api", "management"} & {*path.parts} and path.name != "api.py"
    )


def unmarked(node: ast.AST | None) -> Iterator[str]:
    """The words that an expression comes to and that nothing has marked."""
    match node:
        case ast.Constant(value=str(text)) if any(letter.isalpha() for letter in text):
            yield text
        case ast.JoinedStr(values=parts):
            if any(isinstance(part, ast.Constant) and any(map(str.isalpha, str(part.value))) for part in parts):
                yield ast.unparse(node)
            for part in parts:
                yield from unmarked(part.value if isinstance(part, ast.FormattedValue) else None)
        case ast.BinOp(left=left, op=ast.Mod()):
            yield from unmarked(left)
        case ast.BinOp(left=left, right=right):
            yield from unmarked(left)
            yield from unmarked(right)
        case ast.IfExp(body=one, orelse=other):
            yield from unmarked(one)
            yield from unmarked(other)
        case ast.BoolOp(values=several) | ast.Dict(values=several) | ast.Tuple(elts=several) | ast.List(elts=several):
            for each in several:
                yield from unmarked(each)
        case ast.DictComp(value=value) | ast.ListComp(elt=value) | ast.GeneratorExp(elt=value) | ast.Lambda(body=value):
            yield from unmarked(value)
        case ast.Call(func=ast.Attribute(attr="fromkeys"), args=[_keys, value]):
            yield from unmarked(value)
        case ast.Call(func=ast.Attribute(value=said, attr="format" | "strip" | "capitalize" | "lower")):
            yield from unmarked(said)


def name_of(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return name_of(func)
    return ""


def forgotten(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        said: list[ast.AST] = []
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="messages")), args=[_request, text]):
                said = [text]
            case ast.Call(func=ast.Name(id="refuse"), args=[_place, text]):
                said = [text]
            case ast.Call(func=func, args=args, keywords=keywords):
                said = [each.value for each in keywords if each.arg in SAID_BY_NAME]
                said += args[:1] if name_of(func) in SAY else []
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value) if name in ERRORS:
                said = [value]
            case ast.ClassDef(bases=bases, body=body) if any("TextChoices" in ast.unparse(base) for base in bases):
                choices = [each.value for each in body if isinstance(each, ast.Assign)]
                said = [each.elts[-1] for each in choices if isinstance(each, ast.Tuple)]
        for each in said:
            for text in unmarked(each):
                yield node.lineno, text


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_what_people_read_is_marked(path):
    if str(path.relative_to(settings.BASE_DIR)) in NOT_MARKED:
        return
    assert not [*forgotten(ast.parse(path.read_text()))]


@pytest.mark.parametrize(
    "code",
    """
    raise Refused("Too late.")
    refuse(place, f"{name} has it.")
    raise Refused(f"{name} has it.")
    raise Invalid({"to": "Too late." if late else _("Too soon.")})
    raise Invalid(dict.fromkeys(names, "Too late."))
    errors["to"] = "Too late."
    fitting(told, needed={"words": "Why?"})
    act(done=lambda made: f"{made} is asked.")
    messages.success(request, "Kept.")
    """.strip().splitlines(),
)
def test_the_test_would_find_it(code):
    assert [*forgotten(ast.parse(code.strip()))]


def test_every_code_that_people_read_has_its_spanish():
    """`plain` looks codes up by name: what is not marked where they are declared would stay English unseen."""
    states = (IncidentStatus, AssignmentStatus, HandoffStatus, ReferralStatus, RunStatus, UnitState)
    codes = {state.value for kind in states for state in kind}
    codes |= {*INCIDENT_STAMPS, *ASSIGNMENT_STAMPS, *HANDOFF_STAMPS}
    slots = [slot for group in GROUPS for row in group.rows for slot in row.slots]
    with translation.override("es"):
        assert {code for code in codes if plain(code) == code.replace("_", " ")} == set()
        assert {slot.name for slot in slots if slot.called == slot.name} == set()
    with translation.override("en"):
        assert {code for code in codes if plain(code) != code.replace("_", " ")} == set()


def test_every_sentence_that_is_said_anew_is_one_that_some_verb_keeps():
    """Whoever rewords what is kept would else have it read in English unseen."""
    made = set()
    for path in (settings.BASE_DIR / "dispatch").rglob("*.py"):
        if path.name == "words.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Constant(value=str(text)):
                    made.add(text)
                case ast.JoinedStr(values=parts):
                    made.add("".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts))
    assert {re.sub(r"%\(\w+\)s", "…", form) for form in words.KEPT} <= made
