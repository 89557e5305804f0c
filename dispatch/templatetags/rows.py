"""The rows of the queue: each rendered once in a process, and for each language, for as long as it looks the same."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from secrets import token_hex

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dispatch import words
from dispatch.desks import hides, is_outside
from dispatch.models import Desk
from dispatch.queries import Row
from dispatch.states import HandoffStatus

register = template.Library()

# Where the ages go, which change without the row: words of this process alone, so that no address can hold them.
_RECEIVED, _OVERDUE, _TOLD = token_hex(8), token_hex(8), token_hex(8)
_KEPT = 4096  # boards of several hundred rows, and what they were a moment ago


@lru_cache(maxsize=_KEPT)
def _rendered(row: Row, language: str | None) -> str:
    context = {"row": row, "received": _RECEIVED, "overdue": _OVERDUE, "told": _TOLD}
    return " ".join(render_to_string("dispatch/_incident_row.html", context).split())


def incident_row(row: Row, now: datetime) -> SafeString:
    """The row with its ages as they are now."""
    html = _rendered(row, get_language()).replace(_RECEIVED, words.span(now - row.received_at), 1)
    if row.overdue_at:
        html = html.replace(_OVERDUE, words.span(now - row.overdue_at), 1)
    for _to, status, since in row.handoffs:
        if status == HandoffStatus.SENT:
            html = html.replace(_TOLD, words.span(now - since), 1)
    return mark_safe(html)  # noqa: S308  a template's output, and words of our own


@register.simple_tag
def incident_rows(rows: Sequence[Row], now: datetime, focus: uuid.UUID | str = "", desk: Desk | str = "") -> SafeString:
    """A list of rows as one person sees it (static/board.js does the same to what comes live): the one of the incident
    in focus is marked, and what their filter leaves out is hidden, or marked where no filter may hide it."""
    items = []
    outside = format_html('<span class="queue__outside tag" data-own>{}</span>', _("outside your filter"))
    for row in rows:
        told, more = ' class="queue__item"', ""
        if row.id == focus:
            told = ' class="queue__item queue__item--focus" aria-current="true"'
        elif isinstance(desk, Desk) and is_outside(desk, row):
            told, more = (f"{told} hidden", "") if hides(desk, row) else (told, outside)
        items.append(f"<li{told}>{incident_row(row, now)}{more}</li>")
    return mark_safe("".join(items))  # noqa: S308  rows as above


@register.simple_tag
def hidden_by(desk: Desk, rows: Sequence[Row], focus: uuid.UUID | str = "") -> int:
    """How many of these rows their filter hides."""
    return sum(hides(desk, row) for row in rows if row.id != focus)


@register.simple_tag
def places_of(rows: Sequence[Row]) -> SafeString:
    """The same list for a stream, which sends its rows by themselves: which of them stand here, in their order. By
    number: this list goes to every console at every change, and ids would make up most of what is sent."""
    return format_html('data-rows="{}"', " ".join(str(row.number) for row in rows))
