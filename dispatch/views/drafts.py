"""Calls that are being taken, as the intake page shows them: one's own side by side, a colleague's to be taken over."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import May, actor, who
from calls import drafts as kept
from calls.models import Draft
from dispatch import words
from journal.refusals import Invalid, Refused
from triage.forms.typed import answer, element_id, typed
from triage.models import Program

_KEYS = 9  # have a digit


@dataclass(frozen=True)
class Aside:
    """What somebody else typed into one field, and what does not stand there. `mark`: once it is settled."""

    mark: str
    by: str
    at: datetime
    control_id: str
    label: str
    text: str
    shown: str

    @property
    def is_words(self) -> bool:
        return self.shown == self.text


@require_GET
@who(May.TAKE_CALLS)
def drafts(request: HttpRequest) -> HttpResponse:
    """The pane beside the form: which calls are being taken now, and what became of the one in it (`?draft=ID`)."""
    draft = find_draft(request.GET.get("draft", ""))
    return render(request, "dispatch/_drafts_answer.html", drafts_pane(request, draft))


def drafts_pane(request: HttpRequest, draft: Draft | None) -> dict[str, Any]:
    """The context of the pane. Of a colleague's call it holds what the board would: the words are in the form."""
    at, mine = timezone.now(), actor(request).actor_id
    every = list(kept.open_ones())
    waiting = set(kept.waiting(at=at).values_list("pk", flat=True))
    own = [each for each in every if each.owner_id == mine]
    locked = kept.what_became_of(draft) if draft and (draft.owner_id != mine or draft.ended_at) else ""
    first = Program.objects.only("time_zone").order_by("rank", "slug").first()
    return {
        "now": at,
        "zone": first.time_zone if first else None,
        "draft": draft,
        "own": [(each, number if number <= _KEYS else None) for number, each in enumerate(own, 1)],
        "others": (others := [each for each in every if each.owner_id != mine]),
        "others_waiting": sum(each.id in waiting for each in others),
        "dropped": list(Draft.objects.filter(ending=Draft.Ending.DROPPED).order_by("-ended_at")[:5]),
        "waiting": waiting,
        "locked": locked,
        "aside": aside_of(draft) if draft and not locked else [],
    }


@require_POST
@who(May.TAKE_CALLS)
def draft_save(request: HttpRequest, id: UUID) -> HttpResponse:
    """Keep what is typed. 409 tells a page that it writes no more: a colleague does, or another of its windows."""
    values = typed(request.POST)
    told = [values.pop(name, "") for name in ("count", "base")]
    page = values.pop("page", "")[:40]
    if not page or not all(each.isascii() and each.isdigit() and len(each) < 16 for each in told):
        return JsonResponse(
            {"sentence": _("A count, a base and a page say which of two writings is newer.")}, status=400
        )
    count, base = map(int, told)
    by, at = actor(request), timezone.now()
    try:
        draft = kept.save(id=id, values=values, count=count, base=base, page=page, by=by, at=at)
    except Invalid as invalid:
        return JsonResponse({"sentence": " ".join(invalid.errors.values())}, status=413)
    if kept.stands(draft, count=count, page=page, by=by):
        return JsonResponse({"count": draft.count})
    here = draft.owner_id == by.actor_id and not draft.ended_at
    sentence = _("You have gone on with this call in another window.") if here else kept.what_became_of(draft)
    return JsonResponse({"sentence": sentence}, status=409)


@require_POST
@who(May.TAKE_CALLS)
def draft_take_over(request: HttpRequest, id: UUID) -> HttpResponse:
    """Go on with a call that somebody else began."""
    draft = get_object_or_404(Draft, pk=id)
    with suppress(Refused):  # its page says what became of it
        kept.take_over(draft=draft, by=actor(request), at=timezone.now())
    return redirect(f"{reverse('dispatch:call-new')}?draft={id}")


@require_POST
@who(May.TAKE_CALLS)
def draft_drop(request: HttpRequest, id: UUID) -> HttpResponse:
    """It was no call."""
    draft = get_object_or_404(Draft, pk=id)
    try:
        kept.drop(draft=draft, by=actor(request), at=timezone.now())
    except Refused:
        return redirect(f"{reverse('dispatch:call-new')}?draft={id}")
    messages.success(request, _("Dropped. For a day it can be taken up again, under “Calls of others”."))
    return redirect("dispatch:call-new")


def id_of(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def find_draft(key: str) -> Draft | None:
    id = id_of(key)
    return Draft.objects.filter(pk=id).first() if id else None


def aside_of(draft: Draft) -> Sequence[Aside]:
    """What is kept aside and not settled yet."""
    settled = set(draft.values.get("settled", "").split("|"))
    found = []
    for place, each in enumerate(draft.aside):
        for name, text in each["values"].items():
            mark = f"{place}.{name}"
            if mark in settled:
                continue
            fact = {"location.class": "location_class", "caller.relation": "caller_relation"}.get(name, name)
            fact = fact.removeprefix("facts.")
            told = words.answer(fact, answer(fact, text))
            at, label = datetime.fromisoformat(each["at"]), words.fact_name(fact).replace(".", ", ")
            found.append(Aside(mark, each["by"], at, element_id("call", name), label, text, told))
    return found
