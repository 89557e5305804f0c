"""The console as it moves: its screens for the hub, and the address where a console listens.

A screen renders the very partials of the page, once for all who watch it in one language. What belongs to one reader is
added by their own page (static/live.js): the CSRF token of a form, the mark on the row in focus. What a caller said
never goes through here: a page that may show it asks for it anew, in its reader's name, and that is noted.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts.access import May, granted, who_watches
from accounts.models import User
from accounts.roles import Role
from dispatch import presence, queries
from dispatch.models import Incident
from dispatch.templatetags.notes import marks
from dispatch.templatetags.rows import incident_row
from dispatch.troubles import standing
from dispatch.views import positions
from dispatch.views.drafts import id_of
from dispatch.views.incident import focus
from dispatch.views.map import features, version_of
from dispatch.views.panes import panes
from journal.live import Channel, watch
from journal.models import Entry
from journal.screens import SCREENS, Screen
from triage.forms.typed import Typed

BOARD, INCIDENT, DURESS, HERE = "board", "incident", "duress", "here"
NEWS, POSITIONS, POSITION = "news", "positions", "position"


def register() -> None:
    SCREENS[BOARD] = Screen(render=_board, concerns=_anything)
    SCREENS[DURESS] = Screen(render=_duress, concerns=_concerns_duress)
    SCREENS[HERE] = Screen(render=_here, concerns=_nothing, restless=True)
    SCREENS[INCIDENT] = Screen(render=_incident, concerns=_concerns_incident)
    SCREENS[NEWS] = Screen(render=_news, concerns=_nothing, restless=True)
    SCREENS[POSITIONS] = Screen(render=_positions, concerns=_nothing, restless=True)
    SCREENS[POSITION] = Screen(render=_position, concerns=_nothing, restless=True)


@who_watches(May.WATCH)
async def live_console(request: HttpRequest) -> HttpResponseBase:
    """The board, and with `?incident=1042` that incident, too."""
    user = await request.auser()
    assert isinstance(user, User)
    channels, number = [Channel(BOARD), *_everywhere(user)], request.GET.get("incident", "")
    if number:
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return HttpResponse(status=400)
        if not await Incident.objects.filter(number=int(number)).aexists():
            return HttpResponse(status=404)
        channels += [Channel(INCIDENT, f"{user.role} {int(number)}"), Channel(HERE)]
    return await events(channels)


@who_watches(May.WATCH)
async def live_duress(request: HttpRequest) -> HttpResponseBase:
    """Duress and messages alone, for every other page of those who may be at a console."""
    user = await request.auser()
    assert isinstance(user, User)
    return await events(_everywhere(user))


@who_watches(May.OVERSEE)
async def live_positions(request: HttpRequest) -> HttpResponseBase:
    """All positions, or with `?of=ID` what that one has before it."""
    user, of = await request.auser(), request.GET.get("of", "")
    assert isinstance(user, User)
    if not of:
        return await events([Channel(POSITIONS), *_everywhere(user)])
    if id_of(of) is None or not await User.objects.filter(pk=of).aexists():
        return HttpResponse(status=404)
    return await events([Channel(POSITION, str(id_of(of))), *_everywhere(user)])


def _everywhere(user: User) -> list[Channel]:
    return [Channel(DURESS, user.role), Channel(NEWS)]


async def events(channels: Sequence[Channel]) -> HttpResponseBase:
    """A stream of these channels in the language of whoever asks, as an answer that nothing on the way may keep or
    gather; 503 without Postgres."""
    language = get_language() or ""
    try:
        stream = await watch(replace(channel, language=language) for channel in channels)
    except DatabaseError:
        return HttpResponse(status=503)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(stream, content_type="text/event-stream", headers=headers)


def _rendered(template: str, context: dict[str, Any]) -> str:
    return render_to_string(f"dispatch/{template}", {**context, "typed": Typed()})


def _anything(key: str, entries: Sequence[Entry]) -> bool:
    return bool(entries)


def _board(key: str, at: datetime) -> dict[str, str]:
    """The rows of the queue go by themselves: with many open incidents each change would else send all of them again
    to every console."""
    context = {**panes(at=at), "ended": queries.ended_lately(at=at), "rows_apart": True}
    return {
        "as-of": _rendered("_as_of.html", context),
        "queue": _rendered("_queue.html", context),
        **{f"queue/{row.number}": incident_row(row) for row in context["queue"].all},
        "units": _rendered("_units.html", context),
        "attention": _rendered("_attention.html", context),
        "pressing": _rendered("_pressing.html", context),
        "map-version": _rendered(
            "_map_version.html", {"map_version": version_of(features(context["units"].all, at=at))}
        ),
    }


def _duress(key: str, at: datetime) -> dict[str, str]:
    """For one role, over everything that its people watch."""
    context = {"duresses": list(standing()), "now": at, "may": granted(Role(key))}
    return {"duress": _rendered("_duress.html", context)}


def _concerns_duress(key: str, entries: Sequence[Entry]) -> bool:
    """Duress, and what becomes of the hand-off that goes with it."""
    return any(entry.subject_type in ("duress", "handoff") for entry in entries)


def _incident(key: str, at: datetime) -> dict[str, str]:
    """For one role: what its people may do differs, and with it the forms."""
    role, number = key.split()
    context = {**focus(Incident.objects.get(number=number), at=at), "now": at, "shared": True}
    return {"focus": _rendered("_focus.html", {**context, "may": granted(Role(role))})}


def _here(key: str, at: datetime) -> dict[str, str]:
    """Of all incidents at once, which is one query however many are open: a page takes the line of its own."""
    found = presence.everywhere(at=at)
    return {
        f"here-{number}": _rendered("_here.html", {"number": number, "present": here}) for number, here in found.items()
    }


def _news(key: str, at: datetime) -> dict[str, str]:
    """Of all people at once: each page has its own mark, and asks for what stands behind it in its reader's name."""
    return {
        f"news-{whom}": _rendered("_news.html", {"whom": whom, "mark": mark}) for whom, mark in marks(at=at).items()
    }


def _positions(key: str, at: datetime) -> dict[str, str]:
    return {"positions": _rendered("_positions.html", positions.pane(at=at))}


def _position(key: str, at: datetime) -> dict[str, str]:
    context = positions.pane_of(User.objects.get(pk=key), at=at)
    mark = {"mark": positions.mark_of(context["position"])}
    return {
        "position": _rendered("_position.html", context),
        "watched-mark": _rendered("_watched_mark.html", mark),
    }


def _nothing(key: str, entries: Sequence[Entry]) -> bool:
    return False


def _concerns_incident(key: str, entries: Sequence[Entry]) -> bool:
    """Its own entries, whatever changes who could go, and what a team should know before it does."""
    if any(entry.subject_type in ("assignment", "unit", "shift", "credential", "plan", "caution") for entry in entries):
        return True
    subjects = {entry.subject_id for entry in entries}
    of_it = Q(id__in=subjects) | Q(links__call_id__in=subjects) | Q(handoffs__id__in=subjects)
    of_it |= Q(duresses__id__in=subjects)
    of_it |= Q(links__call__referral__id__in=subjects)
    return Incident.objects.filter(of_it, number=key.split()[1]).exists()
