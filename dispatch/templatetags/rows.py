"""The rows of the queue: each rendered once in a process, and for each language, for as long as it looks the same."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dispatch.desks import hides, is_outside
from dispatch.models import Desk
from dispatch.queries import Row
from dispatch.templatetags.moments import aged

register = template.Library()

_KEPT = 4096  # boards of several hundred rows, and what they were a moment ago


@lru_cache(maxsize=_KEPT)
def _rendered(row: Row, language: str | None) -> str:
    return " ".join(render_to_string("dispatch/_incident_row.html", {"row": row, "now": None}).split())


def incident_row(row: Row, now: datetime | None = None) -> SafeString:
    """The row with its ages as they are now; without `now` they are left to the page, and the row stays as it is for as
    long as nothing but they has changed."""
    html = _rendered(row, get_language())
    return mark_safe(aged(html, now) if now else html)  # noqa: S308  a template's output, and words of our own


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
