"""Overrides: made and taken back at an incident, judged on a page of their own."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import overriding
from dispatch.models import Incident, Override
from dispatch.views.acting import act
from dispatch.words import OUTCOMES


@require_POST
@who(May.OVERRIDE)
def override(request: HttpRequest, number: int) -> HttpResponse:
    """A person decides otherwise than the policy."""
    told = {name: request.POST.get(name, "") for name in ("outcome", "reason", "words")}
    incident = get_object_or_404(Incident, number=number)
    verb = partial(overriding.override, incident=incident, by=actor(request), at=timezone.now(), **told)
    return act(
        request,
        number,
        verb,
        form="override",
        done=lambda made: f"Overridden: {OUTCOMES[made.outcome].lower()}.",
        part="decision",
    )


@require_POST
@who(May.OVERRIDE)
def override_lift(request: HttpRequest, id: UUID) -> HttpResponse:
    """The policy's decision holds again."""
    override = get_object_or_404(Override.objects.select_related("incident"), pk=id)
    words = request.POST.get("words", "")
    verb = partial(overriding.lift, override=override, words=words, by=actor(request), at=timezone.now())
    done = "The override is taken back; the policy’s decision holds."
    return act(request, override.incident.number, verb, form=f"lift-{id}", done=lambda _: done, part="decision")
