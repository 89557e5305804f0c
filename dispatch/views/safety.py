"""A team's safety at the console: what is said by radio, what help goes, and duress."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import duress as duresses
from dispatch import queries, safety
from dispatch.models import Assignment, Backup, Duress
from dispatch.troubles import standing
from dispatch.views.acting import act
from dispatch.views.panes import panes
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed


@require_POST
@who(May.MOVE_UNITS)
def checked_in(request: HttpRequest, id: UUID) -> HttpResponse:
    """The team has said by radio that it is all right."""
    team = _team(id)
    verb = partial(safety.check_in, assignment=team, by_radio=True, by=actor(request), at=timezone.now())
    done = _("%(unit)s is all right.") % {"unit": team.unit.callsign}
    return act(request, team.incident.number, verb, form=f"checked-in-{id}", done=lambda _made: done, part="safety")


@require_POST
@who(May.MOVE_UNITS)
def backup_wanted(request: HttpRequest, id: UUID) -> HttpResponse:
    """The team asks for help by radio."""
    team, wants = _team(id), request.POST.get("wants", "")
    verb = partial(safety.ask_backup, assignment=team, wants=wants, by_radio=True, by=actor(request), at=timezone.now())
    return act(
        request,
        team.incident.number,
        verb,
        form=f"backup-wanted-{id}",
        done=lambda backup: (
            _("%(unit)s wants %(wants)s: decide above.")
            % {"unit": team.unit.callsign, "wants": backup.get_wants_display()}
        ),
        part="safety",
    )


@require_POST
@who(May.DISPATCH)
def backup_decide(request: HttpRequest, id: UUID) -> HttpResponse:
    """Who goes, if anybody."""
    backup = get_object_or_404(Backup.objects.select_related("incident"), pk=id)
    told = {name: request.POST.get(name, "") for name in ("decision", "words")}
    verb = partial(safety.decide_backup, backup=backup, by=actor(request), at=timezone.now(), **told)
    return act(
        request,
        backup.incident.number,
        verb,
        form=f"backup-{id}",
        done=lambda decided: _("Backup: %(decision)s.") % {"decision": decided.get_decision_display()},
        part="safety",
    )


@require_POST
@who(May.DISPATCH)
def duress_acknowledge(request: HttpRequest, id: UUID) -> HttpResponse:
    """“I have it.”"""
    verb = partial(duresses.acknowledge, by=actor(request), at=timezone.now())
    return _on_duress(request, id, verb, done=_("You have it."))


@require_POST
@who(May.DISPATCH)
def duress_clear(request: HttpRequest, id: UUID) -> HttpResponse:
    """They are safe, and this is how it is known."""
    reason = request.POST.get("reason", "")
    verb = partial(duresses.clear, reason=reason, by=actor(request), at=timezone.now())
    return _on_duress(request, id, verb, done=_("The duress is cleared."))


def _on_duress(request: HttpRequest, id: UUID, verb: Callable[..., Duress], *, done: str) -> HttpResponse:
    """Run the verb behind a form of the banner: the page below it stays as it is."""
    duress, alert, kept, status = get_object_or_404(Duress, pk=id), "", Typed(), 200
    try:
        verb(duress=duress)
        messages.success(request, done)
    except Refused as refused:
        alert, status = str(refused), 409
    except Invalid as invalid:
        kept, status = Typed(f"clear-{id}", typed(request.POST), invalid.errors), 422
    by_script = "HX-Request" in request.headers
    if status == 200 and not by_script:
        return redirect("dispatch:incident", duress.incident.number) if duress.incident else redirect("home")
    at = timezone.now()
    context = {"alert": alert, "typed": kept, "now": at, "duresses": list(standing())}
    if by_script:
        return render(request, "dispatch/_duress_answer.html", context, status=status)
    context |= {**panes(at=at), "ended": queries.ended_lately(at=at)}
    return render(request, "dispatch/console.html", context, status=status)


def _team(id: UUID) -> Assignment:
    return get_object_or_404(Assignment.objects.select_related("incident", "unit"), pk=id)
