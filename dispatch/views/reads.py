"""Who opened whose personal data, for supervisors: the audit of reads, the newest first."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import May, who
from accounts.models import User
from dispatch import queries
from dispatch.models import Handoff, Incident, IncidentCall
from journal.kinds import Audience
from journal.models import Entry
from triage.forms.typed import Typed
from triage.models import Program

A_PAGE = 50

KINDS = {
    "call.read": gettext_lazy("the words and the people of a call"),
    "caution.read": gettext_lazy("a caution"),
    "draft.read": gettext_lazy("a call that a colleague was taking"),
    "handoff.packet_read": gettext_lazy("what another agency is told"),
    "history.read": gettext_lazy("what was before at a place or from a number"),
    "watch.begun": gettext_lazy("what a colleague had before them"),
}
_OF = {"place": gettext_lazy("the place"), "number": gettext_lazy("the number")}
# Which incident each subject belongs to.
_INCIDENT: Mapping[str, Callable[[Collection[UUID]], QuerySet[Any, tuple[UUID, int]]]] = {
    "call": lambda ids: IncidentCall.objects.filter(call__in=ids).values_list("call_id", "incident__number"),
    "handoff": lambda ids: Handoff.objects.filter(pk__in=ids).values_list("id", "incident__number"),
    "incident": lambda ids: Incident.objects.filter(pk__in=ids).values_list("id", "number"),
    "draft": lambda ids: IncidentCall.objects.filter(call__drafts__in=ids).values_list(
        "call__drafts", "incident__number"
    ),
}


@dataclass(frozen=True)
class Read:
    """One reading. `number` is the incident's, None where there is none."""

    at: datetime
    by: str
    what: str
    number: int | None


@require_safe
@who(May.READ_AUDIT)
def reads(request: HttpRequest) -> HttpResponse:
    """Filtered by person, incident, kind and day; paged by the last that was shown, so that no page is skipped or
    doubled while more is read."""
    at = timezone.now()
    first = Program.objects.only("time_zone").order_by("rank", "slug").first()
    zone = ZoneInfo(first.time_zone if first else "UTC")
    asked, errors = Entry.objects.filter(audience=Audience.AUDIT, kind__in=KINDS), dict[str, str]()
    for name, narrow in _FILTERS.items():
        if text := request.GET.get(name, "").strip():
            condition = narrow(text, zone)
            if condition is None:
                errors[name] = str(_WRONG[name])
            else:
                asked = asked.filter(condition)
    page = [] if errors else list(asked.order_by("-id")[: A_PAGE + 1])
    people = User.objects.filter(is_active=True).order_by("name").values_list("id", "name")
    context = {
        "now": at,
        "zone": zone,
        "reads": _told(page[:A_PAGE]),
        "older": _older(request.GET, page[A_PAGE - 1].id) if len(page) > A_PAGE else "",
        "people": [(str(id), name) for id, name in people],
        "kinds": [(kind, capfirst(told)) for kind, told in KINDS.items()],
        "typed": Typed("reads", {name: request.GET.get(name, "") for name in _FILTERS}, errors),
    }
    return render(request, "dispatch/reads.html", context, status=422 if errors else 200)


def _told(entries: Sequence[Entry]) -> list[Read]:
    """One query for each kind of subject on the page."""
    numbers: dict[UUID, int] = {}
    for kind, find in _INCIDENT.items():
        if ids := {each.subject_id for each in entries if each.subject_type == kind}:
            numbers |= dict(find(ids))
    watched = {each.payload["of"] for each in entries if each.kind == "watch.begun"}
    names = {str(id): name for id, name in User.objects.filter(pk__in=watched).values_list("id", "name")}
    return [Read(each.at, each.actor_name, _what(each, names), numbers.get(each.subject_id)) for each in entries]


def _what(entry: Entry, names: Mapping[str, str]) -> str:
    if entry.kind == "watch.begun":
        name = names.get(entry.payload["of"])
        return _("what %(name)s had before them") % {"name": name} if name else str(KINDS[entry.kind])
    if entry.kind == "history.read":
        return _("what was before: %(of)s") % {"of": _(" and ").join(str(_OF[each]) for each in entry.payload["of"])}
    return str(KINDS[entry.kind])


def _older(query: QueryDict, last: int) -> str:
    told = query.copy()
    told["before"] = str(last)
    return f"?{told.urlencode()}"


def _who(text: str, zone: ZoneInfo) -> Q | None:
    try:
        return Q(actor_id=UUID(text))
    except ValueError:
        return None


def _of_incident(text: str, zone: ZoneInfo) -> Q | None:
    number = text.lstrip("#")
    incident = (
        Incident.objects.filter(number=int(number[:18])).first() if number.isascii() and number.isdigit() else None
    )
    if incident is None:
        return None
    drafts = IncidentCall.objects.filter(incident=incident, call__drafts__isnull=False).values_list("call__drafts")
    return Q(subject_id__in=[*queries.subjects(incident), *(id for (id,) in drafts)])


def _kind(text: str, zone: ZoneInfo) -> Q | None:
    return Q(kind=text) if text in KINDS else None


def _day(text: str, zone: ZoneInfo) -> Q | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None:
        return None
    begin = datetime.combine(day, time(), zone)
    return Q(at__gte=begin, at__lt=begin + timedelta(days=1))


def _before(text: str, zone: ZoneInfo) -> Q | None:
    return Q(id__lt=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None


_FILTERS: Mapping[str, Callable[[str, ZoneInfo], Q | None]] = {
    "who": _who,
    "incident": _of_incident,
    "kind": _kind,
    "day": _day,
    "before": _before,
}
_WRONG = {
    "who": gettext_lazy("Choose somebody from the list."),
    "incident": gettext_lazy("There is no such incident. Give its number, as 1042."),
    "kind": gettext_lazy("Choose one from the list."),
    "day": gettext_lazy("A day such as 2027-03-31."),
    "before": gettext_lazy("Go back to the first page."),
}
