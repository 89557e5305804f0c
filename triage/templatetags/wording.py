"""Filters that say the engine's words in the reader's language: {{ fact.question|told }}."""

from django import template
from django.conf import settings
from django.utils.translation import pgettext

from triage import wording

register = template.Library()

register.filter("told", wording.told)
register.filter("reason_text", wording.reason)


@register.simple_tag
def city_language() -> str:
    """For `lang` of what a city wrote itself, wherever the page around it is in another language."""
    return settings.LANGUAGE_CODE


@register.filter
def direction(code: str) -> str:
    """Whether a reason speaks for a team or against one."""
    return pgettext("reason", "for") if code == "for" else pgettext("reason", "against")
