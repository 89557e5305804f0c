"""Moments on the screen: as ages and on the wall clock of the program, always with the exact time behind them."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dispatch import words

register = template.Library()


def _zone(name: str | tzinfo | None) -> tzinfo:
    return ZoneInfo(name) if isinstance(name, str) and name else name if isinstance(name, tzinfo) else UTC


def _time(at: datetime, zone: tzinfo, text: str) -> SafeString:
    local = at.astimezone(zone)
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), words.exact(local), text)


@register.simple_tag
def clock(at: datetime | None, zone: str | None, now: datetime | None = None) -> str:
    """18:41 PST; with the day in front when it is not that of `now`."""
    return _time(at, _zone(zone), words.wall_clock(at.astimezone(_zone(zone)), now)) if at else ""


@register.simple_tag
def seconds(at: datetime | None, zone: str | None) -> str:
    """18:41:07, for lists whose heading names the zone."""
    return _time(at, _zone(zone), f"{at.astimezone(_zone(zone)):%H:%M:%S}") if at else ""


@register.simple_tag
def moment(at: datetime, zone: str | None, text: str) -> str:
    """What is said of a moment, whatever that is."""
    return _time(at, _zone(zone), text)


@register.simple_tag
def age(at: datetime | None, now: datetime, zone: str | None) -> str:
    """How long ago: 4 min."""
    return _time(at, _zone(zone), words.span(now - at)) if at else ""


@register.simple_tag
def left(at: datetime | None, now: datetime, zone: str | None) -> str:
    """How long until then: 45 s; what is past is over."""
    if not at:
        return ""
    if at <= now:
        return _time(at, _zone(zone), _("time is over"))
    seconds = int((at - now).total_seconds())
    text = _("%(span)s left") % {"span": f"{seconds} s" if seconds < 120 else words.span(at - now)}
    return format_html('<span data-left="{}">{}</span>', seconds, _time(at, _zone(zone), text))


@register.simple_tag
def zone_name(now: datetime, zone: str | None) -> str:
    """The zone's name at this moment: PST in winter, PDT in summer."""
    return f"{now.astimezone(_zone(zone)):%Z}"
