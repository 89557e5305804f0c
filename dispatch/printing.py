"""Paper as it is printed: a form for each number, a board, a card that says how, and the policy in plain words.

One document for the printer: `manage.py downtime_forms` writes the same to a file, with its styles in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from dispatch import check_digit, words
from dispatch.dispositions import RESOLVING
from dispatch.models import HandoffTo, PaperBlock
from dispatch.queries import links
from dispatch.states import PaperStatus
from responders.models import Unit
from triage import plain
from triage.deciding import compiled
from triage.engine.conditions import tests
from triage.engine.facts import ASKABLE, FACTS, UNKNOWN, Fact
from triage.engine.floor import FLOOR

TEAM_ROWS, AGENCY_ROWS = 3, 2  # of the unit log and of the hand-offs; re-entry has as many
_ROWS, _FEWEST = 25, 10  # of the board: on one page with its units, where they are not too many
# What has a place of its own on the form.
_ASIDE: Final = frozenset({"call_type", "location_class", "caller_relation", "channel", "age"})


@dataclass(frozen=True)
class Box:
    """An answer to tick. `stops`: by it no community team goes alone, whatever else is said."""

    label: str
    stops: bool = False


@dataclass(frozen=True)
class Asked:
    """A question with its boxes, "cannot tell" the last."""

    text: str
    boxes: Sequence[Box]

    @property
    def is_short(self) -> bool:
        """Yes, no, cannot tell: they stand beside the question."""
        return len(self.boxes) == 3


def render(block: PaperBlock, *, at: datetime, alone: bool = False) -> str:
    """The document of a block: its forms that are still unused. `alone`: without anything that needs the site."""
    # Paper is in one language, the house's: many hands write on it.
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string("dispatch/paper_forms.html", _context(block, at=at) | {"alone": alone})


def whole(block: PaperBlock, *, at: datetime) -> str:
    """The same as one file that needs nothing beside it."""
    styles = (settings.BASE_DIR / "static" / "paper.css").read_text()
    return render(block, at=at, alone=True).replace("</head>", f"<style>{styles}</style></head>", 1)


def _context(block: PaperBlock, *, at: datetime) -> dict[str, Any]:
    version = block.policy_version
    policy = compiled(version)
    used = {test.fact for rule in policy.rules for test in tests(rule.when)}
    used |= {test.fact for piece in FLOOR for test in tests(piece.when)}
    weights: Mapping[str, float] = version.policy.weights
    asked = [fact for fact in ASKABLE if fact.name in used and fact.name not in _ASIDE]
    asked.sort(key=lambda fact: (not fact.safety, -weights.get(fact.name, 0)))
    forms = block.forms.filter(status=PaperStatus.DRAWER).order_by("number")
    numbers = list(forms.values_list("number", flat=True))
    units = Unit.objects.filter(program=block.program_id).order_by("callsign")
    callsigns, reached = list(units.values_list("callsign", flat=True)), links(block.program_id)
    return {
        "block": block,
        "program": block.program,
        "policy": version.policy,
        "version": version,
        "printed_at": block.at.astimezone(ZoneInfo(block.program.time_zone)),
        "at": at,
        "numbers": [(number, check_digit.of(number)) for number in numbers],
        "questions": [_asked(fact) for fact in asked],
        "call_types": _asked(FACTS["call_type"]),
        "places": _asked(FACTS["location_class"]),
        "relations": _asked(FACTS["caller_relation"]),
        "floor": [piece.text for piece in FLOOR],
        "outcomes": [label for code, label in words.OUTCOMES_SHORT.items() if code != "undetermined"],
        "agencies": [str(label) for label in HandoffTo.labels],
        "results": [each.label for each in RESOLVING.values()],
        "team_rows": range(TEAM_ROWS),
        "agency_rows": range(AGENCY_ROWS),
        "board_rows": range(max(_FEWEST, _ROWS - len(callsigns))),
        "callsigns": callsigns,
        "reached": [(str(each.label), reached.get(each.value)) for each in HandoffTo],
        "rules": plain.as_heard(map(plain.rule, policy.rules)),
        "otherwise": plain.goes(policy.text.otherwise),
        "hours": plain.hours(policy.text.hours),
    }


def _asked(fact: Fact) -> Asked:
    stopping = {
        value
        for test in chain.from_iterable(tests(piece.when) for piece in FLOOR if piece.stops)
        if test.fact == fact.name
        for value in test.holds
    }
    known = [Box(fact.labels[value], value in stopping) for value in fact.values]
    return Asked(fact.question, [*known, Box(fact.labels[UNKNOWN])])
