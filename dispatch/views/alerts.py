"""Alerts at the console: a team has heard by radio what it did not see on its phone."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import alerts
from dispatch.models import Alert
from dispatch.views.acting import act


@require_POST
@who(May.MOVE_UNITS)
def alert_radioed(request: HttpRequest, id: UUID) -> HttpResponse:
    """The dispatcher has told the team, and they have answered."""
    alert = get_object_or_404(Alert.objects.select_related("incident", "assignment__unit"), pk=id)
    verb = partial(alerts.acknowledge, alert=alert, by_radio=True, by=actor(request), at=timezone.now())
    done = _("%(unit)s has heard it.") % {"unit": alert.assignment.unit.callsign}
    return act(request, alert.incident.number, verb, form=f"radioed-{id}", done=lambda _made: done, part="alerts")
