"""Downtime: paper forms are reserved and printed before it, entered after it, and each number is accounted for."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, who
from dispatch import check_digit, drawer, paper, printing
from dispatch.models import Downtime, PaperBlock, PaperForm
from dispatch.states import PaperStatus
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed
from triage.models import Program

_SHOWN = 60  # of the forms that are missing, each with a link; the others are named in the ranges


@require_safe
@who(May.TAKE_CALLS)
def downtime(request: HttpRequest) -> HttpResponse:
    """Where a paper is entered; for supervisors, where paper is kept in order."""
    return downtime_page(request)


@require_safe
@who(May.KEEP_PAPER)
def paper_forms(request: HttpRequest, id: UUID) -> HttpResponse:
    """The document for the printer: the forms of a block that are unused."""
    blocks = PaperBlock.objects.select_related("program__policy", "policy_version__policy").defer("program__area")
    return HttpResponse(printing.render(get_object_or_404(blocks, pk=id), at=timezone.now()))


@require_POST
@who(May.KEEP_PAPER)
def paper_reserve(request: HttpRequest) -> HttpResponse:
    """A block of numbers, ready to be printed."""

    def reserve() -> str:
        count = request.POST.get("count", "").strip()
        if not (count.isascii() and count.isdigit() and len(count) < 6):
            raise Invalid({"count": _("How many forms? A number.")})
        slug = request.POST.get("program", "")
        program = Program.objects.select_related("policy").defer("area").filter(slug=slug).first()
        if program is None:
            raise Invalid({"program": _("Choose one of the list.")})
        block = paper.reserve(program=program, count=int(count), by=actor(request), at=timezone.now())
        numbers = list(block.forms.order_by("number").values_list("number", flat=True))
        told = {"first": numbers[0], "last": numbers[-1]}
        return _("Reserved: %(first)s to %(last)s. Print them now, and put them into the drawer.") % told

    return _act(request, reserve, form="reserve")


@require_POST
@who(May.KEEP_PAPER)
def paper_account(request: HttpRequest) -> HttpResponse:
    """Numbers that are unused in the drawer, or that nobody will enter."""

    def account() -> str:
        by, at = actor(request), timezone.now()
        numbers = drawer.numbers(request.POST.get("numbers", ""))
        if request.POST.get("what") == "count":
            count = paper.count(numbers=numbers, by=by, at=at)
            return ngettext("%(count)s form is in the drawer.", "%(count)s forms are in the drawer.", count) % {
                "count": count
            }
        reason, words = request.POST.get("reason", ""), request.POST.get("words", "")
        count = paper.void(numbers=numbers, reason=reason, words=words, by=by, at=at)
        return ngettext("%(count)s form is void.", "%(count)s forms are void.", count) % {"count": count}

    return _act(request, account, form="account")


@require_POST
@who(May.KEEP_PAPER)
def paper_restore(request: HttpRequest, number: int) -> HttpResponse:
    """What was void has turned up."""

    def restore() -> str:
        paper.restore(number=number, by=actor(request), at=timezone.now())
        return _("Paper %(number)s is void no more: enter it, or account for it.") % {"number": number}

    return _act(request, restore)


@require_POST
@who(May.KEEP_PAPER)
def downtime_declare(request: HttpRequest) -> HttpResponse:
    """It lasts, or it is over already."""

    def declare() -> str:
        zone = _zone()
        errors: dict[str, str] = {}
        began, ended = (_moment(request, name, zone, errors) for name in ("began", "ended"))
        if began is None and "began" not in errors:
            errors["began"] = _("When did it begin?")
        if errors:
            raise Invalid(errors)
        assert began
        words = request.POST.get("words", "")
        paper.declare(began_at=began, ended_at=ended, words=words, by=actor(request), at=timezone.now())
        return _("The downtime is declared.")

    return _act(request, declare, form="declare")


@require_POST
@who(May.KEEP_PAPER)
def downtime_end(request: HttpRequest, id: UUID) -> HttpResponse:
    """Rightcall can be used again."""
    lasting = get_object_or_404(Downtime, pk=id)

    def end() -> str:
        errors: dict[str, str] = {}
        ended = _moment(request, "ended", _zone(), errors)
        if ended is None and not errors:
            errors["ended"] = _("When did it end?")
        if errors:
            raise Invalid(errors)
        assert ended
        paper.end(downtime=lasting, ended_at=ended, by=actor(request), at=timezone.now())
        return _("The downtime is over: enter the papers, then account for the rest.")

    return _act(request, end, form="end")


def _act(request: HttpRequest, verb: Callable[[], str], *, form: str = "") -> HttpResponse:
    try:
        messages.success(request, verb())
    except Refused as refused:
        return downtime_page(request, alert=str(refused), typed=Typed(form, typed(request.POST)), status=409)
    except Invalid as invalid:
        return downtime_page(request, typed=Typed(form, typed(request.POST), invalid.errors), status=422)
    return redirect("dispatch:downtime")


def downtime_page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `alert` and `typed` say why what was asked was not done."""
    at = timezone.now()
    drawers = drawer.drawers(at=at)
    missing = list(drawer.unaccounted().values_list("number", flat=True))
    lasting = Downtime.objects.filter(ended_at=None).first()
    void = PaperForm.objects.filter(status=PaperStatus.VOID).order_by("-settled_at", "number")
    zone = drawers[0].program.time_zone if drawers else None
    local = at.astimezone(ZoneInfo(zone)) if zone else at
    context = {
        "now": at,
        "zone": zone,
        "lasting": lasting,
        "missing": [(number, check_digit.printed(number)) for number in missing[:_SHOWN]],
        "missing_count": len(missing),
        "missing_ranges": _said(missing),
        "drawers": drawers,
        "low": drawer.LOW,
        "outages": drawer.outages(),
        "void": list(void[:20]),
        "programs": [(each.program.slug, each.program.name) for each in drawers],
        "first_program": drawers[0].program.slug if len(drawers) == 1 else "",
        "reasons": PaperForm.Reason.choices,
        "now_local": f"{local:%Y-%m-%dT%H:%M}",
        "alert": "",
        "typed": Typed(),
        **more,
    }
    return render(request, "dispatch/downtime.html", context, status=status)


def _said(numbers: list[int]) -> str:
    """As they are typed: 1041-1046, 1050."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in drawer.ranges(numbers))


def _zone() -> ZoneInfo:
    first = Program.objects.only("time_zone").order_by("rank", "slug").first()
    return ZoneInfo(first.time_zone if first else "UTC")


def _moment(request: HttpRequest, name: str, zone: ZoneInfo, errors: dict[str, str]) -> datetime | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        errors[name] = _("A day and a time, such as 2027-03-31 18:05.")
        return None
    return told if told.tzinfo else told.replace(tzinfo=zone)
