"""Duress on every page: whoever may be at a console is told wherever in Rightcall they are."""

from typing import Any

from django import template
from django.utils import timezone

from dispatch.troubles import standing
from triage.forms.typed import Typed

register = template.Library()


@register.inclusion_tag("dispatch/_duress.html", takes_context=True)
def standing_duress(context: template.Context) -> dict[str, Any]:
    """The console's banner, on a page that knows nothing of it."""
    return {
        "duresses": list(standing()),
        "now": timezone.now(),
        "may": context["may"],
        "typed": Typed(),
        "csrf_token": context.get("csrf_token"),
    }
