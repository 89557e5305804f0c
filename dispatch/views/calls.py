"""Calls at the console: taken by a form, then answered, corrected and added to while the caller is on the line."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from json import dumps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import May, actor, who
from calls.drafts import note_read, what_became_of
from calls.models import Call, Draft
from dispatch import forms, paper, reentry, reports, taking, weighing
from dispatch.models import Incident, IncidentCall, PaperForm
from dispatch.reports import CallChanges, CallReport
from dispatch.states import PaperStatus
from dispatch.views import reentry as papers
from dispatch.views.acting import Again, act, as_typed
from dispatch.views.downtime import downtime_page
from dispatch.views.drafts import aside_of, drafts_pane, find_draft, id_of
from dispatch.views.panes import all_exercise
from dispatch.views.places import here
from dispatch.views.questions import open_questions, suggestions
from dispatch.words import incident_state
from journal.actors import Actor
from journal.refusals import Invalid, Overtaken, Refused
from triage.forms.typed import Typed, answer, typed

SOURCE = "console"
_KEY_LENGTH = 100

Taken = tuple[Call, Incident | None]


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.TAKE_CALLS)
def call_new(request: HttpRequest) -> HttpResponse:
    """The intake form. `?incident=1042` prepares a further call about an incident that is there; `?draft=ID` goes on
    with what is typed already, or shows what a colleague types; `?paper=1042` enters a paper (`?printed=1042-7`: as it
    was copied from the form, with its check digit)."""
    if request.method != "POST":
        if request.GET.keys() & {"paper", "printed"}:
            return _on_paper(request)
        return _begun(request) if "draft" in request.GET else _form(request, Typed("call", _prepared(request.GET)))
    at, values = timezone.now(), typed(request.POST)
    try:
        call, incident = _take(values, by=actor(request), at=at)
    except Invalid as invalid:
        return _form(request, Typed("call", values, invalid.errors), status=422)
    except Refused as refused:
        return _form(request, Typed("call", values), alert=str(refused), status=409)
    except taking.KeyReused:
        # Sent, gone back to, changed and sent again. A fresh key lets the same button take it as a second call.
        again = Typed("call", {**values, "key": str(uuid.uuid4())})
        alert = _(
            "This form was sent before with other words, and that call is stored. To add to it, open its incident; "
            "to take this as a second call, send it once more."
        )
        return _form(request, again, alert=alert, status=409)
    if incident is None:
        return render(request, "dispatch/call_stored.html", {"call": call, "now": at}, status=202)
    if values.get("paper"):
        return _entered(request, incident)
    messages.success(
        request,
        _("Call taken: incident %(number)s, %(state)s.")
        % {"number": incident.number, "state": incident_state(incident.status)},
    )
    page = redirect("dispatch:incident", incident.number)
    return HttpResponseClientRedirect(page.url) if "HX-Request" in request.headers else page


def _on_paper(request: HttpRequest) -> HttpResponse:
    """The form of a paper that nobody has entered."""
    told = request.GET.get("printed", request.GET.get("paper", ""))
    form = papers.find(told) if "-" in told or "printed" not in request.GET else None
    if form is None:
        wrong = {"printed": _("No form has this number. Copy it with its check digit, such as 1042-7.")}
        return downtime_page(request, typed=Typed("enter", {"printed": told}, wrong), status=404)
    if form.state is not PaperStatus.DRAWER:
        return downtime_page(request, alert=paper.told(form), status=409)
    return _form(request, Typed("call", {"key": str(uuid.uuid4()), **papers.prepared(form, at=timezone.now())}))


def _entered(request: HttpRequest, incident: Incident) -> HttpResponse:
    """A paper is stored: on to the next, or to what is still open."""
    said = {"number": incident.number, "state": incident_state(incident.status)}
    messages.success(request, _("Paper %(number)s is entered: %(state)s.") % said)
    page = redirect("dispatch:incident", incident.number) if incident.is_open else redirect("dispatch:downtime")
    return HttpResponseClientRedirect(page.url) if "HX-Request" in request.headers else page


def _begun(request: HttpRequest) -> HttpResponse:
    """The form of a draft. What is filed is found as its call; what is erased says so, and a new one begins."""
    key = request.GET["draft"]
    draft = find_draft(key)
    if draft is None:
        # A reload may overtake the first letters: under the same key the browser puts in what it still has.
        fresh = {"key": key} if id_of(key) else {}
        return _form(request, Typed("call", {**_prepared(request.GET), **fresh}))
    if draft.ending == Draft.Ending.LAPSED:
        return _form(request, Typed("call", _prepared(request.GET)), alert=what_became_of(draft), status=404)
    if draft.call_id:
        link = IncidentCall.objects.select_related("incident").filter(call=draft.call_id).first()
        return redirect("dispatch:incident", link.incident.number) if link else redirect("home")
    if draft.owner_id != actor(request).actor_id:
        note_read(draft=draft, by=actor(request), at=timezone.now())
    return _form(request, Typed("call", {**draft.values, "key": str(draft.id)}), draft=draft)


def _prepared(query: QueryDict) -> dict[str, str]:
    number = query.get("incident", "")
    joined = Incident.objects.filter(number=int(number[:18])).first() if number.isascii() and number.isdigit() else None
    prepared = {"key": str(uuid.uuid4()), "incident": number}
    if joined is not None:
        prepared["location.address"] = joined.address
        if joined.latitude is not None:
            prepared |= {"location.latitude": str(joined.latitude), "location.longitude": str(joined.longitude)}
        prepared["exercise"] = "yes" if joined.exercise else ""
    return prepared


@require_POST
@who(May.TAKE_CALLS)
def call_weigh(request: HttpRequest) -> HttpResponse:
    """What the policy makes of the form so far, and what to ask next. Stores nothing, and is asked at every answer.

    A browser without scripts sends the whole form along with the button of an answer, and gets the whole form back.
    """
    values = typed(request.POST)
    if "HX-Request" in request.headers:
        return render(request, "dispatch/_weighing.html", _weighed(values))
    if values.pop("rest", ""):
        values = weighing.rest_unknown(values, _weighed(values)["weighed"].open_facts)
    return _form(request, Typed("call", values))


def _weighed(values: dict[str, str], sheet: PaperForm | None = None) -> dict[str, Any]:
    join = _joined(values.get("incident", "").strip().lstrip("#"), {})
    at, program = timezone.now(), None
    sheet = sheet or (papers.find(values["paper"]) if values.get("paper") else None)
    if sheet:
        at, program = papers.received_at(sheet, values) or at, sheet.block.program
    weighed = weighing.weigh(values, join=join, program=program, at=at)
    questions = open_questions(weighed.decision["next_questions"]) if weighed.decision else []
    heard = suggestions(weighed.suggested, dismissed=values.get("dismissed", ""))
    not_same = values.get("not_same", "")
    told = {"weighed": weighed, "decision": weighed.decision, "not_same": not_same}
    return {**told, "questions": questions, "heard": heard}


def _take(values: dict[str, str], *, by: Actor, at: datetime) -> Taken:
    """The call that the form tells of. Every wrong input is named, those that only a form can have wrong included."""
    report = forms.nested(values, names=forms.INTAKE)
    report["exercise"] = bool(values.get("exercise"))
    errors: dict[str, str] = {}
    sheet = papers.find(values["paper"]) if values.get("paper") else None
    if sheet is None and values.get("paper"):
        raise Refused(_("No form has the number %(number)s.") % {"number": values["paper"][:20]})
    received_at, log = at, reentry.Log()
    if "call_type" not in report:
        errors["call_type"] = _("Choose what the call is about; “Something else” will do.")
    if not report.get("location", {}).keys() & {"address", "latitude", "detail"}:
        errors["location.address"] = _("Where is it? An address, a crossing, a landmark, or a position.")
    join = _joined(values.get("incident", "").strip().lstrip("#"), errors)
    read = {}
    try:
        read = CallReport.read(report)
    except Invalid as invalid:
        errors = {**invalid.errors, **errors}
    if sheet:
        try:
            received_at, read["answered_at"], log = papers.read(sheet, values)
        except Invalid as invalid:
            errors = {**invalid.errors, **errors}
    if errors:
        raise Invalid(errors)
    key = values.get("key", "")[:_KEY_LENGTH] or str(uuid.uuid4())
    heard = reports.heard(_with_aside(read, find_draft(key)), source=SOURCE, at=received_at)
    # A double click sends the form twice; the key that came with the page makes both the same call.
    digest = hashlib.sha256(dumps(values, sort_keys=True).encode()).hexdigest()
    verb: Callable[..., Taken] = partial(taking.take, heard=heard, join=join)
    if sheet:
        verb = partial(reentry.enter, number=sheet.number, heard=heard, log=log)
    return taking.once(verb=verb, key=f"{SOURCE}:{key}", digest=digest, draft=id_of(key), by=by, at=at)


def _with_aside(report: dict[str, Any], draft: Draft | None) -> dict[str, Any]:
    """What somebody else typed and nobody has settled goes into the call's words: filing erases the draft."""
    with override("en"):  # kept with the call, so in one language whoever takes it
        left = [f"Typed by {each.by}: {each.label.lower()}: {each.shown}" for each in aside_of(draft)] if draft else []
    return {**report, "narrative": "\n".join(filter(None, [report.get("narrative", ""), *left]))} if left else report


def _joined(number: str, errors: dict[str, str]) -> Incident | None:
    if not number:
        return None
    incident = (
        Incident.objects.filter(number=int(number[:18])).first() if number.isascii() and number.isdigit() else None
    )
    if incident is None:
        errors["incident"] = _("There is no incident %(number)s. Leave this empty to open a new one.") % {
            "number": number[:20]
        }
    return incident


def _form(
    request: HttpRequest, typed: Typed, *, alert: str = "", status: int = 200, draft: Draft | None = None
) -> HttpResponse:
    training = all_exercise()
    sheet = papers.find(typed.values["paper"]) if typed.values.get("paper") else None
    context = {
        **drafts_pane(request, draft),
        "page": uuid.uuid4().hex,
        **_weighed(dict(typed.values), sheet),
        **(papers.context(sheet) if sheet else {}),
        "typed": typed,
        "alert": alert,
        "all_exercise": training,
        "asked_together": forms.ASKED_TOGETHER,
        "here": here(
            typed.values.get("location.latitude", ""),
            typed.values.get("location.longitude", ""),
            exercise=training or bool(typed.values.get("exercise")),
        ),
        "caller_is_elsewhere": any(typed.values.get(f"caller.{name}") for name in ("address", "latitude", "longitude")),
    }
    return render(request, "dispatch/call_new.html", context, status=status)


@require_POST
@who(May.TAKE_CALLS)
def call_answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """One click answers one question."""
    fact, value = request.POST.get("fact", ""), request.POST.get("value", "").strip()
    answers = {fact: answer(fact, value)}
    return _add(
        request,
        id,
        # Questions are asked while nobody has answered them.
        partial(taking.amend, answers=answers, seen={fact: None}),
        form=f"answer-{fact}",
        done=_("Answer stored."),
        part="questions",
    )


@require_POST
@who(May.TAKE_CALLS)
def call_amend(request: HttpRequest, id: UUID) -> HttpResponse:
    """More words, a better place, other answers."""

    def amend(*, call: Call, by: Actor, at: datetime) -> Taken:
        sent = forms.chosen(typed(request.POST))
        values = forms.changed(sent)
        told = forms.nested(values, names=forms.AMENDABLE - forms.ANSWERS - {"narrative"}, blank=True)
        # "Not asked" is no answer: what was answered stays until another answer takes its place.
        told |= forms.nested(values, names=forms.ANSWERS | {"narrative", "reason"})
        report = CallChanges.read(told)
        return taking.amend(
            call=call,
            answers=reports.answers(report),
            changes=reports.fields(report),
            add=report.get("narrative", ""),
            reason=report.get("reason", ""),
            seen=_seen(sent, values),
            by=by,
            at=at,
        )

    def again(values: dict[str, str], overtaken: Overtaken) -> dict[str, str]:
        return forms.rebased(values, Call.objects.get(pk=id), overtaken.theirs)

    return _add(request, id, amend, form=f"amend-{id}", done=_("Stored."), part="calls", again=again)


def _seen(sent: dict[str, str], changed: dict[str, str]) -> dict[str, Any]:
    """What stood in the form where something else stands now, by the names of the call's fields and facts."""
    names = forms.with_places(changed)
    before = dict.fromkeys(names, "") | forms.seen(sent)
    told = forms.nested(before, names=names - {"narrative", "reason"}, blank=True)
    report = CallChanges.read(told)
    not_asked = dict.fromkeys(name.removeprefix("facts.") for name in names & forms.ANSWERS)
    return {**not_asked, **reports.answers(report), **reports.fields(report)}


@require_POST
@who(May.TAKE_CALLS)
def call_caller_gone(request: HttpRequest, id: UUID) -> HttpResponse:
    """Nobody is left to ask: what is open becomes “cannot tell”, and that decides."""
    done = _("The open questions are answered “cannot tell”.")
    return _add(request, id, taking.answer_rest_unknown, form="caller-gone", done=done, part="decision")


def _add(
    request: HttpRequest,
    id: UUID,
    verb: Callable[..., Taken],
    *,
    form: str,
    done: str,
    part: str,
    again: Again = as_typed,
) -> HttpResponse:
    links = Call.objects.select_related("incident_link__incident").filter(incident_link__isnull=False)
    call = get_object_or_404(links, pk=id)
    act_now = partial(verb, call=call, by=actor(request), at=timezone.now())
    number = call.incident_link.incident.number
    return act(request, number, act_now, form=form, done=lambda _made: done, part=part, again=again)
