"""Positions, for supervisors: who is at which desk, what they have before them and in hand; watched, and taken over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, who
from accounts.models import User
from accounts.roles import AT_A_DESK
from calls import drafts
from calls.cautions import note_read as note_cautions
from calls.intake import note_read
from calls.models import Draft
from dispatch import desk_messages, relieving, watching, words
from dispatch.models import Seat, Watch
from dispatch.positions import Position, position_of
from dispatch.positions import positions as all_positions
from dispatch.views.incident import focus
from dispatch.views.messages import person
from dispatch.views.panes import zone
from dispatch.views.presence import sit
from journal.refusals import Refused
from triage.forms.typed import Typed, answer
from triage.programs import held

# A watcher reads. What would act is on the incident's own page.
_HANDS_TIED = {"READ_CALLS": True, "WATCH": True}
_LATELY = 20  # messages


@require_safe
@who(May.OVERSEE)
def positions(request: HttpRequest) -> HttpResponse:
    return _positions(request)


@require_safe
@who(May.OVERSEE)
def position(request: HttpRequest, id: UUID) -> HttpResponse:
    """One of them; while it is watched, with what its person has before them."""
    return _position(request, _of(id))


@require_POST
@who(May.OVERSEE)
def position_watch(request: HttpRequest, id: UUID) -> HttpResponse:
    of = _of(id)
    try:
        watching.watch(of=of, by=person(request), at=timezone.now())
    except Refused as refused:
        return _position(request, of, alert=str(refused), status=409)
    return redirect("dispatch:position", id)


@require_POST
@who(May.OVERSEE, by_itself=True)
def position_watching(request: HttpRequest, id: UUID) -> HttpResponse:
    """The page that watches is still looked at. It lapses by itself, so a page that is closed need not say so."""
    if not request.POST.get("left"):
        try:
            watching.watch(of=_of(id), by=person(request), at=timezone.now())
        except Refused:
            return HttpResponse(status=409)
    return sit(request)


@require_POST
@who(May.OVERSEE)
def position_unwatch(request: HttpRequest, id: UUID) -> HttpResponse:
    of = _of(id)
    watching.stop(of=of, by=person(request), at=timezone.now())
    notices.success(request, _("You watch %(name)s no more.") % {"name": of.name})
    return redirect("dispatch:positions")


@require_POST
@who(May.OVERSEE)
def position_take_over(request: HttpRequest, id: UUID) -> HttpResponse:
    """All that this position has open."""
    of = _of(id)
    try:
        taken = relieving.relieve(person=of, by=person(request), at=timezone.now())
    except Refused as refused:
        return _positions(request, alert=str(refused), status=409)
    notices.success(request, _taken(of, taken))
    if taken.calls:  # somebody is waiting on that line
        return redirect(f"{reverse('dispatch:call-new')}?draft={taken.calls[0].pk}")
    return redirect("dispatch:positions")


def pane(*, at: datetime) -> dict[str, Any]:
    """The context of all positions, as the page has it and as it moves."""
    return {"positions": all_positions(at=at), "now": at, "zone": zone(), "programs": _programs()}


def pane_of(of: User, *, at: datetime) -> dict[str, Any]:
    """The same of one."""
    return {"position": position_of(of, at=at), "now": at, "zone": zone(), "programs": _programs()}


def mark_of(position: Position) -> str:
    """Changes with what this person has before them, and with what is in it."""
    seat = position.seat
    if seat is None:
        return position.state
    told: list[object] = [seat.page, seat.incident_id, seat.draft_id, position.typing]
    if seat.incident:
        told.append(seat.incident.changed_at.isoformat())
    if seat.draft_id:
        told += Draft.objects.filter(pk=seat.draft_id).values_list("count", "owner_id", "ending")
    return " ".join(map(str, told))


@dataclass(frozen=True)
class Line:
    """What stands in one field of a call that is being taken."""

    label: str
    text: str


def _positions(request: HttpRequest, *, alert: str = "", status: int = 200) -> HttpResponse:
    context = {**pane(at=timezone.now()), "me": person(request).pk, "alert": alert}
    return render(request, "dispatch/positions.html", context, status=status)


def _position(request: HttpRequest, of: User, *, alert: str = "", status: int = 200) -> HttpResponse:
    reader, at = person(request), timezone.now()
    shown = pane_of(of, at=at)
    watch = next((each for each in shown["position"].watched_by if each.by_id == reader.pk), None)
    between = desk_messages.readable(reader).filter(by__in=[reader, of]).exclude(kind="help", by=reader)
    context = {
        **shown,
        "me": reader.pk,
        "watch": watch,
        "mark": mark_of(shown["position"]),
        "written": [each for each in between if of.pk in (each.by_id, each.to_id)][:_LATELY],
        "alert": alert,
        **(_before_them(shown["position"], watch, reader, at=at) if watch else {}),
    }
    return render(request, "dispatch/position.html", context, status=status)


def _before_them(position: Position, watch: Watch, reader: User, *, at: datetime) -> dict[str, Any]:
    """What they have before them, for the one who watches. What of it is personal is in the audit, once a watch."""
    seat = position.seat
    if seat is None:
        return {}
    if seat.page == Seat.Page.INCIDENT and seat.incident:
        shown = focus(seat.incident, at=at)
        first = watching.shown_first(
            watch, [*(each.pk for each in shown["calls"]), *(each.pk for each in shown["cautions"])]
        )
        for call in shown["calls"]:
            if call.pk in first:
                note_read(call=call, by=reader, at=at)
        note_cautions(cautions=[each for each in shown["cautions"] if each.pk in first], by=reader, at=at)
        return {**shown, "seat": seat, "tied": _HANDS_TIED, "typed": Typed(), "zone": shown["zone"]}
    draft = Draft.objects.filter(pk=seat.draft_id, ended_at=None).first() if seat.draft_id else None
    if draft and watching.shown_first(watch, [draft.pk]):
        drafts.note_read(draft=draft, by=reader, at=at)
    return {"seat": seat, "draft": draft, "lines": _lines(draft) if draft else []}


def _lines(draft: Draft) -> list[Line]:
    """What is typed so far, in words."""
    found = []
    for name, text in draft.values.items():
        if name in drafts.MARKS or name == "incident" or not text.strip():
            continue
        fact = _FACTS.get(name, name).removeprefix("facts.")
        label = words.fact_name(fact).replace(".", ", ")
        found.append(Line(label, str(words.answer(fact, answer(fact, text)))))
    return found


_FACTS = {"location.class": "location_class", "caller.relation": "caller_relation"}


def _taken(of: User, taken: relieving.Relieved) -> str:
    calls = ngettext("%(count)d call", "%(count)d calls", len(taken.calls)) % {"count": len(taken.calls)}
    numbers = ", ".join(str(each.number) for each in taken.incidents)
    incidents = ngettext("incident %(numbers)s", "incidents %(numbers)s", len(taken.incidents)) % {"numbers": numbers}
    parts = [*([calls] if taken.calls else []), *([incidents] if taken.incidents else [])]
    said = _("Yours now, from %(name)s: %(what)s.") if parts else _("The duress is yours now.")
    return said % {"name": of.name, "what": "; ".join(parts)}


def _programs() -> dict[str, str]:
    return {each.slug: each.name for each in held().programs}


def _of(id: UUID) -> User:
    return get_object_or_404(User, pk=id, role__in=AT_A_DESK)
