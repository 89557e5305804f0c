"""Inputs that keep what was typed and show what is wrong with it.

Every input of a page belongs to a form with a name; the view that refuses a form puts `typed` into the context
(`triage.forms.typed.Typed`), and only the inputs of that form show it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from triage import wording
from triage.forms.typed import Typed, element_id, written

register = template.Library()


def _input(context: Context, form: str, name: str, label: str, value: object, **more: Any) -> dict[str, Any]:
    typed = context.get("typed") or Typed()
    mine = typed.form == form
    shown = typed.values.get(name, "") if mine else "" if value is None else value
    return {
        "id": element_id(form, name),
        "name": name,
        "label": label,
        "value": str(shown),
        "error": typed.errors.get(name, "") if mine else "",
        **more,
    }


@register.inclusion_tag("forms/_text.html", takes_context=True)
def text_field(
    context: Context,
    form: str,
    name: str,
    label: str,
    value: object = "",
    *,
    kind: str = "text",
    hint: str = "",
    required: bool = False,
    autofocus: bool = False,
    inputmode: str = "",
    length: int = 0,
) -> dict[str, Any]:
    options = {"kind": kind, "hint": hint, "required": required, "autofocus": autofocus}
    return _input(context, form, name, label, value, inputmode=inputmode, length=length, **options)


@register.inclusion_tag("forms/_words.html", takes_context=True)
def words_field(
    context: Context, form: str, name: str, label: str, value: object = "", *, hint: str = "", rows: int = 4
) -> dict[str, Any]:
    return _input(context, form, name, label, value, hint=hint, rows=rows)


@register.inclusion_tag("forms/_choice.html", takes_context=True)
def choice_field(
    context: Context,
    form: str,
    name: str,
    label: str,
    choices: Iterable[tuple[str, str]],
    value: object = "",
    *,
    required: bool = False,
    empty: str = "",
    autofocus: bool = False,
) -> dict[str, Any]:
    options = [("", empty or _("Choose…")), *choices]
    return _input(context, form, name, label, value, choices=options, required=required, autofocus=autofocus)


@register.inclusion_tag("forms/_choice.html", takes_context=True)
def fact_choice(
    context: Context,
    form: str,
    name: str,
    fact: str,
    label: str,
    value: object = "",
    *,
    empty: str = "",
    autofocus: bool = False,
) -> dict[str, Any]:
    """A fact as a list to choose from, "cannot tell" included."""
    options = [("", empty or _("Not asked")), *_answers(fact)]
    value = str(value).lower() if isinstance(value, bool) else value
    return _input(context, form, name, label, value, choices=options, required=False, autofocus=autofocus)


@register.simple_tag(takes_context=True)
def is_typed(context: Context, form: str) -> bool:
    """Whether this is the form that was refused: then it is shown unfolded."""
    typed = context.get("typed")
    return bool(typed and typed.form == form)


@register.simple_tag(takes_context=True)
def hidden_field(context: Context, form: str, name: str, value: str) -> SafeString:
    shown = _input(context, form, name, "", value)
    return format_html('<input type="hidden" name="{}" value="{}">', name, shown["value"])


@register.filter
def form_of(id: object, verb: str) -> str:
    """The name of the form that does this to that: withdraw-<id>."""
    return f"{verb}-{id}"


@register.filter
def value_of(answers: Mapping[str, Any], fact: str) -> Any:
    return answers.get(fact)


def _answers(fact: str) -> list[tuple[str, str]]:
    return [(written(value), label) for value, label in wording.labels(fact).items()]
