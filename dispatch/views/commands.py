"""The command line at the console: carried out, completed while it is typed, and explained.

Lines are posted, also to be completed: what is looked for and noted is personal, and addresses are written into logs.
The server completes because it alone knows the language: a second parser in the browser would be a second language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, allows, who
from accounts.models import User
from accounts.roles import AT_A_DESK
from dispatch import words
from dispatch.commands.carrying import Asked, incident_of
from dispatch.commands.finding import Found, find
from dispatch.commands.grammar import Language, complete, parse, plain, read
from dispatch.commands.table import ROWS, Row, groups_for, rows_for
from dispatch.commands.undoing import ActedSince, once
from dispatch.models import Incident
from dispatch.states import LIVE
from dispatch.views.console import console_page
from dispatch.views.incident import incident_page
from dispatch.views.timeline import told
from journal.refusals import Invalid, Refused
from responders.models import Unit
from triage.forms.typed import Typed

OFFERED = 8  # completions shown at once: what can be read at a glance


@dataclass(frozen=True)
class Answer:
    """What a line came to. `to` is the part of the page that it leads to, `url` another page."""

    said: str
    to: str = ""
    url: str = ""
    found: list[Found] | None = None
    help: bool = False


@require_POST
@who(May.WATCH)
def command(request: HttpRequest) -> HttpResponse:
    """Carry out a line; say what was done, or why not. What is refused stays in the line."""
    line, focus = request.POST.get("line", ""), _focus(request)
    try:
        answer = _carry_out(request, line, focus)
    except ActedSince as since:
        return _refused(request, line, focus, _what(since))
    except Refused as refused:
        return _refused(request, line, focus, str(refused))
    except Invalid as invalid:
        return _refused(request, line, focus, " ".join(each for _, each in Typed("", {}, invalid.errors).summary), 422)
    if "HX-Request" in request.headers:
        response = render(request, "dispatch/_command_answer.html", {"answer": answer, "now": timezone.now()})
        if answer.url:
            response["HX-Redirect"] = answer.url
        return response
    if answer.found is not None:
        return console_page(request, found=answer.found, said=answer.said)
    if not answer.url and not answer.help:
        messages.success(request, answer.said)
    here = reverse("dispatch:incident", args=[focus]) if focus else reverse("home")
    return redirect(reverse("dispatch:commands") if answer.help else answer.url or f"{here}#{answer.to}".rstrip("#"))


@require_POST
@who(May.WATCH)
def command_complete(request: HttpRequest) -> HttpResponse:
    """What the line may become, and what it means so far. Two queries at most, besides who asks."""
    line = request.POST.get("line", "")[:200]
    spoken = Language(rows_for(request.user), _callsigns(), _focus(request), _people(line))
    numbers: Mapping[int, str] = {}
    if " " in plain(line) or plain(line)[:1] in "#0123456789":
        live = Incident.objects.filter(status__in=LIVE).order_by("priority", "number")
        numbers = {number: words.answer("call_type", kind) for number, kind in live.values_list("number", "call_type")}
    head = line.rpartition(" ")[0]
    context = {
        "reading": read(line, spoken),
        "completions": complete(line, spoken, numbers)[:OFFERED] if plain(line) else [],
        # From here on a person's own words: the page need not ask again, and does not send them half-typed.
        "settled": f"{head} " if head and read(head, spoken).in_words else "",
    }
    return render(request, "dispatch/_command_complete.html", context)


@require_safe
@who(May.WATCH)
def commands(request: HttpRequest) -> HttpResponse:
    """All commands of this person, and the keys."""
    return render(request, "dispatch/commands.html", {"groups": list(groups_for(request.user))})


def _carry_out(request: HttpRequest, line: str, focus: int | None) -> Answer:
    reading = parse(line, Language(list(ROWS.values()), _callsigns(), focus, _people(line)))
    row = reading.phrase
    assert isinstance(row, Row)
    if not allows(request.user, row.may):
        raise Refused(_("%(command)s %(does)s: your role may not do that.") % {"command": row.word, "does": row.does})
    asked = Asked(reading.values, actor(request), timezone.now(), focus)
    if lead := _LEAD.get(row.name):
        return lead(asked)
    key = request.POST.get("key", "") or uuid4().hex  # a page without scripts has none
    return Answer(once(row.name, asked, key=key).said)


def _go(asked: Asked) -> Answer:
    incident = incident_of(asked)
    return Answer(
        _("Incident %(number)s.") % {"number": incident.number},
        url=reverse("dispatch:incident", args=[incident.number]),
    )


def _override(asked: Asked) -> Answer:
    incident = incident_of(asked)
    said = _("An override of incident %(number)s takes a reason and your words: here is its form.") % {
        "number": incident.number
    }
    if incident.number == asked.focus:
        return Answer(said, to="decision")
    return Answer(said, url=f"{reverse('dispatch:incident', args=[incident.number])}#decision")


def _find(asked: Asked) -> Answer:
    found = find(text=asked.text("words"), by=asked.by, at=asked.at)
    if not found:
        raise Refused(_("Nothing found in the calls of the last 30 days."))
    return Answer(_("%(count)s found, the newest first.") % {"count": len(found)}, found=found)


_LEAD: Mapping[str, Callable[[Asked], Answer]] = {
    "go": _go,
    "override": _override,
    "find": _find,
    "new": lambda _made: Answer(_("New call."), url=reverse("dispatch:call-new")),
    "board": lambda _made: Answer(_("What needs attention."), url=reverse("home")),
    "queue": lambda _made: Answer(_("The queue."), to="queue"),
    "units": lambda _made: Answer(_("The units."), to="units"),
    "map": lambda _made: Answer(_("The map."), to="map"),
    "help": lambda _made: Answer(_("All commands."), help=True),
}


def _refused(request: HttpRequest, line: str, focus: int | None, why: str, status: int = 409) -> HttpResponse:
    if "HX-Request" in request.headers:
        return render(request, "dispatch/_command_answer.html", {"refused": why}, status=status)
    kept = Typed("command", {"line": line})
    incident = Incident.objects.filter(number=focus).first() if focus else None
    if incident:
        return incident_page(request, incident, alert=why, typed=kept, status=status)
    return console_page(request, alert=why, typed=kept, status=status)


def _what(since: ActedSince) -> str:
    """Who has gone on from it, and how."""
    incident, entry = since.done.incident, since.entry
    if incident is None:
        return str(since)
    zone = ZoneInfo(incident.program.time_zone) if incident.program else UTC
    lines = told([entry], assignments=incident.assignments.select_related("unit"), zone=zone)
    when = f"{entry.at.astimezone(zone):%H:%M:%S}"
    return _("“%(said)s” cannot be undone: %(name)s has gone on from it (%(what)s).") % {
        "said": since.done.said,
        "name": entry.actor_name,
        "what": f"{lines[0].text}, {when}" if lines else when,
    }


def _focus(request: HttpRequest) -> int | None:
    number = request.POST.get("focus", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def _callsigns() -> frozenset[str]:
    return frozenset(Unit.objects.values_list("callsign", flat=True))


def _people(line: str) -> dict[str, str]:
    """Who can be written to; looked up only where the line begins as one that writes."""
    if plain(line)[:1].upper() != "M":
        return {}
    people = User.objects.filter(role__in=AT_A_DESK, is_active=True).order_by("username")
    return dict(people.values_list("username", "name"))
