"""Moments on the screen: as ages and on the wall clock of the program, always with the exact time behind them."""

import re
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


_GROWS = SafeString(" data-age")
_OPEN_AGE = re.compile(rf'(<time datetime="([^"]+)" title="[^"]*"{_GROWS}>)(?=</time>)')


def _time(at: datetime, zone: tzinfo, text: str, mark: str = "") -> SafeString:
    local = at.astimezone(zone)
    told = local.isoformat(), words.exact(local), mark, text
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', *told)


def aged(html: str, now: datetime) -> str:
    """The ages that were left open, as they are now."""
    return _OPEN_AGE.sub(lambda age: age[1] + words.span(now - datetime.fromisoformat(age[2])), html)


@register.simple_tag
def clock(at: datetime | None, zone: str | None, now: datetime | None = None) -> str:
    """18:41 PST; with the day in front when it is not that of `now`."""
    return _time(at, _zone(zone), words.wall_clock(at.astimezone(_zone(zone)), now)) if at else ""


@register.simple_tag
def seconds(at: datetime | None, zone: str | None) -> str:
    """18:41:07, for lists whose heading names the zone."""
    return _time(at, _zone(zone), f"{at.astimezone(_zone(zone)):%H:%M:%S}") if at else ""


@register.simple_tag
def age(at: datetime | None, now: datetime | None, zone: str | None) -> str:
    """How long ago: 4 min. It grows by itself on a page that is live (static/board.js); without `now` it is left open,
    for that page or for `aged`: then what stands around it looks the same whenever it is rendered."""
    return _time(at, _zone(zone), words.span(now - at) if now else "", _GROWS) if at else ""


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
