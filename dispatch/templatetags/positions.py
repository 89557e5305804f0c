"""Filters that say how a position stands."""

from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dispatch.models import Desk
from dispatch.positions import How, Position

register = template.Library()


@register.filter
def left_with(position: Position) -> str:
    """Left with 2 open calls, 1 incident."""
    calls, incidents = len(position.calls), len(position.in_hand)
    told_calls = ngettext("%(count)d open call", "%(count)d open calls", calls) % {"count": calls}
    told_incidents = ngettext("%(count)d incident", "%(count)d incidents", incidents) % {"count": incidents}
    what = ", ".join([*([told_calls] if calls else []), *([told_incidents] if incidents else [])])
    return _("Left with %(what)s") % {"what": what}


@register.filter
def in_hand(how: How) -> str:
    match how:
        case How.DURESS:
            return _("duress taken up")
        case How.TAKEN:
            return _("sees to it")
        case How.STOOD_DOWN:
            return _("sees to it, search stopped")
        case How.PAUSED:
            return _("search paused")
        case How.HELD:
            return _("on hold")


@register.filter
def filtered(desk: Desk, programs: Mapping[str, str]) -> str:
    """What their board shows, where they have chosen."""
    return ", ".join([*(programs.get(slug, slug) for slug in desk.programs), *desk.areas])
