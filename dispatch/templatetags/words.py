"""Filters that put codes into words: {{ incident.outcome|outcome }}."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.utils.html import format_html

from dispatch import languages, words
from dispatch.models import Assignment, Hold
from dispatch.templatetags.moments import age
from due.models import Message

register = template.Library()

register.filter("incident_state", words.incident_state)
register.filter("assignment_state", words.assignment_state)
register.filter("unit_state", words.unit_state)
register.filter("disposition", words.disposition)
register.filter("agency", words.agency)
register.filter("question", words.question)
register.filter("fact_name", words.fact_name)
register.filter("language", languages.name)
register.filter("stamp", words.stamp)
register.filter("kept", words.kept)
register.filter("outcome", words.outcome)
register.filter("outcome_short", words.outcome_short)


@register.filter
def trouble(stage: str) -> str:
    return str(words.TROUBLES.get(stage, stage))


@register.filter
def of_unit(troubled: Mapping[UUID | None, Sequence[str]], id: UUID) -> Sequence[str]:
    """What is the matter with this unit."""
    return troubled.get(id, ())


@register.filter
def mode(code: str) -> str:
    return str(words.MODES.get(code, code))


@register.filter
def call_type(code: str) -> str:
    return words.answer("call_type", code)


@register.filter
def decline_reason(code: str) -> str:
    return str(Assignment.Reason(code).label) if code in Assignment.Reason.values else code


@register.simple_tag
def handoff_tag(to: str, status: str, since: datetime, now: datetime | None, zone: str | None) -> str:
    return format_html(words.handoff(to, status, "{}"), age(since, now, zone))


@register.filter
def hold_reason(code: str) -> str:
    return str(Hold.Reason(code).label) if code in Hold.Reason.values else code


@register.simple_tag
def answer(fact: str, value: Any) -> str:
    return words.answer(fact, value)


@register.filter
def came_of(message: Message) -> str:
    """What came of a message, so far."""
    return words.not_sent(message.status, message.error)
