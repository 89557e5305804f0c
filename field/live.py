"""The responder's phone as it moves: a stream that says when to ask for the page anew.

The page holds what a caller said, and each reading of it is noted in the reader's name. So nothing of it goes through
the stream, only a mark that changes with it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from accounts.access import May, who_watches
from accounts.models import User
from dispatch.models import Assignment
from dispatch.states import ASSIGNMENT
from dispatch.views.live import events
from field import queries
from journal.live import Channel
from journal.models import Entry
from journal.screens import SCREENS, Screen

TEAM = "team"


def register() -> None:
    SCREENS[TEAM] = Screen(render=_team, concerns=_concerns_team)


@who_watches(May.RESPOND)
async def live_field(request: HttpRequest) -> HttpResponseBase:
    """This person's team, whichever it is at the moment."""
    user = await request.auser()
    assert isinstance(user, User)
    return await events([Channel(TEAM, str(user.id))])


def _team(key: str, at: datetime) -> dict[str, str]:
    user = User.objects.get(id=key)
    standing = queries.standing_of(user, at=at)
    version = queries.version_of(standing, queries.duress_of(user, standing))
    context = {"now": at, "zone": queries.zone_of(user, standing), "team_version": version}
    return {
        "as-of": render_to_string("dispatch/_as_of.html", context),
        "team-version": render_to_string("field/_version.html", context),
    }


def _concerns_team(key: str, entries: Sequence[Entry]) -> bool:
    """Units and what they are asked, cautions, and the incident that this person's team has."""
    if any(entry.subject_type in ("assignment", "unit", "shift", "duress", "caution") for entry in entries):
        return True
    subjects = {entry.subject_id for entry in entries}
    theirs = Assignment.objects.filter(status__in=ASSIGNMENT.open, unit__shifts__crew__user=UUID(key))
    return theirs.filter(Q(incident__in=subjects) | Q(incident__links__call__in=subjects)).exists()
