"""The ladder at the console: what is being tried, and what a person may do about it."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import climbing, words
from dispatch.models import Incident, Run, Rung
from dispatch.views.acting import act
from journal.refusals import Invalid

DONE = {
    "take": gettext_lazy("It is yours; everybody is asked again in 10 min."),
    "resume": gettext_lazy("The search goes on."),
    "skip": gettext_lazy("On to the next step."),
    "pause": gettext_lazy("The search is paused."),
    "stand_down": gettext_lazy("The search is stopped; it is yours."),
}


@require_POST
@who(May.DISPATCH)
def ladder(request: HttpRequest, number: int) -> HttpResponse:
    """Take it, pause, resume, skip a step, or stand down: which one the button says."""
    incident, by, at = get_object_or_404(Incident, number=number), actor(request), timezone.now()
    do, typed = request.POST.get("do", ""), request.POST.get("words", "")

    def act_on() -> Run:
        match do:
            case "take":
                return climbing.take(incident=incident, by=by, at=at)
            case "resume":
                return climbing.resume(incident=incident, by=by, at=at)
            case "skip":
                return climbing.skip(incident=incident, by=by, at=at)
            case "pause":
                minutes = _whole(request.POST.get("minutes", ""))
                return climbing.pause(incident=incident, minutes=minutes, words=typed, by=by, at=at)
            case "stand_down":
                return climbing.stand_down(incident=incident, words=typed, by=by, at=at)
        raise Invalid({"do": _("Must be one of: %(known)s.") % {"known": ", ".join(DONE)}})

    return act(request, number, act_on, form=f"ladder-{do}", done=lambda _made: str(DONE[do]), part="ladder")


def _whole(typed: str) -> int:
    """What was typed as a number; 0, which no field takes, for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() else 0


@require_POST
@who(May.OVERRIDE)
def ladder_answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """The caller was called back, or a proposal is agreed to or not."""
    rung = get_object_or_404(Rung.objects.select_related("run__incident"), pk=id)
    yes = request.POST.get("yes") == "yes"
    verb = partial(climbing.answer, rung=rung, yes=yes, by=actor(request), at=timezone.now())
    return act(
        request,
        rung.run.incident.number,
        verb,
        form=f"ladder-answer-{id}",
        done=lambda each: f"{words.ladder_answer(each.do, each.to, each.answer)}.",
        part="ladder",
    )
