"""Reads of paper forms: what is in the drawer, and what is not accounted for.

What is missing after an outage is derived: a form that nobody has entered, made void or had in hand unused since the
outage ended. So an outage that is declared late, or a form that turns up again, needs no bookkeeping of its own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from dispatch.models import Downtime, PaperBlock, PaperForm
from dispatch.states import PaperStatus
from journal.refusals import Invalid
from triage.models import Program
from triage.queries import binding

LOW = 20  # forms left in a program's drawer: time to print more
_MOST = 2000  # numbers in one list that a person types


def unaccounted() -> QuerySet[PaperForm]:
    """What was in the drawer when a downtime ended, and that nobody has told of since."""
    since = Downtime.objects.filter(ended_at__gt=OuterRef("seen_at"))
    return PaperForm.objects.filter(Exists(since), status=PaperStatus.DRAWER).order_by("number")


def unaccounted_downtimes() -> QuerySet[Downtime]:
    """Downtimes that somebody must still see to: they last, or forms are missing."""
    missing = PaperForm.objects.filter(status=PaperStatus.DRAWER, seen_at__lt=OuterRef("ended_at"))
    return Downtime.objects.filter(Q(ended_at=None) | Exists(missing))


@dataclass(frozen=True)
class Standing:
    """What a person must see to because of downtimes: one that lasts, and how many forms are missing."""

    lasting: Downtime | None
    missing: int

    def __bool__(self) -> bool:
        return bool(self.lasting or self.missing)


def standing() -> Standing:
    return Standing(Downtime.objects.filter(ended_at=None).first(), unaccounted().count())


@dataclass(frozen=True)
class Block:
    """A block, what became of its forms, and whether its questions are still those of the policy."""

    block: PaperBlock
    first: int
    last: int
    left: int
    entered: int
    void: int
    outdated: bool


@dataclass(frozen=True)
class Drawer:
    """The paper of one program. `left`: unused forms with the questions of now."""

    program: Program
    blocks: Sequence[Block]
    left: int

    @property
    def low(self) -> bool:
        return self.left < LOW

    @property
    def outdated(self) -> int:
        """Unused forms with questions of an earlier version."""
        return sum(each.left for each in self.blocks if each.outdated)


def drawers(*, at: datetime) -> list[Drawer]:
    """Each program's, in the agency's order; in a fixed number of queries. Blocks that are used up are left out."""
    programs = list(Program.objects.select_related("policy").defer("area").order_by("rank", "slug"))
    in_force = {}
    starts = binding().filter(effective_from__lte=at).filter(Q(effective_until=None) | Q(effective_until__gt=at))
    for policy_id, version_id in starts.values_list("policy_id", "id"):
        in_force[policy_id] = version_id
    counted = (
        PaperBlock.objects.select_related("policy_version__policy")
        .defer("policy_version__document", "policy_version__examples")
        .annotate(
            first=Min("forms__number"),
            last=Max("forms__number"),
            left=Count("forms", filter=Q(forms__status=PaperStatus.DRAWER)),
            entered=Count("forms", filter=Q(forms__status=PaperStatus.ENTERED)),
            void=Count("forms", filter=Q(forms__status=PaperStatus.VOID)),
        )
        .filter(left__gt=0)
        .order_by("-at", "id")
    )
    blocks: dict[object, list[Block]] = {}
    for each in counted:
        outdated = in_force.get(each.policy_version.policy_id) != each.policy_version_id
        told = each.first, each.last, each.left, each.entered, each.void
        blocks.setdefault(each.program_id, []).append(Block(each, *told, outdated))
    return [
        Drawer(
            program,
            blocks.get(program.id, []),
            sum(each.left for each in blocks.get(program.id, []) if not each.outdated),
        )
        for program in programs
    ]


@dataclass(frozen=True)
class Outage:
    """A downtime and what its paper came to."""

    downtime: Downtime
    entered: int
    void: int
    missing: int


def outages() -> list[Outage]:
    """The latest, in three queries. What was entered belongs to the downtime in which its call was received."""
    latest = list(Downtime.objects.order_by("-began_at")[:12])
    if not latest:
        return []
    entered = PaperForm.objects.filter(status=PaperStatus.ENTERED, incident__received_at__gte=latest[-1].began_at)
    received = list(entered.values_list("incident__received_at", flat=True))
    others = PaperForm.objects.exclude(status=PaperStatus.ENTERED).filter(seen_at__lte=latest[0].at)
    rest = list(others.values_list("status", "seen_at", "settled_at"))
    found = []
    for each in latest:
        end = each.ended_at
        lay = [row for row in rest if end and row[1] < end]
        found.append(
            Outage(
                each,
                entered=sum(each.began_at <= moment and (end is None or moment <= end) for moment in received),
                void=sum(bool(settled_at and settled_at >= each.began_at) for _, _, settled_at in lay),
                missing=sum(status == PaperStatus.DRAWER for status, *_ in lay),
            )
        )
    return found


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as people say them: 1041 to 1046, 1050."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def numbers(text: str) -> list[tuple[int, int]]:
    """What a person typed, such as “1041-1046, 1050”, as ranges. Raises Invalid for anything else."""
    wrong = Invalid({"numbers": _("Numbers as on the forms, such as 1041-1046, 1050. Leave the check digits out.")})
    found = []
    for part in re.split(r"[\s,;]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        told = part.split("-")
        if len(told) > 2 or not all(each.isascii() and each.isdigit() and len(each) < 18 for each in told):
            raise wrong
        first, last = int(told[0]), int(told[-1])
        if not first <= last < first + _MOST:
            raise wrong
        found.append((first, last))
    return found


def among(found: Iterable[tuple[int, int]]) -> Q:
    condition = Q(pk=None)
    for first, last in found:
        condition |= Q(number__range=(first, last))
    return condition
