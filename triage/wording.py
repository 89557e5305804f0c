"""What the engine says, in its reader's language.

The engine speaks English, and its decisions are stored in English: whoever shows them to a person goes through here. A
city's own words are nobody's to translate, and pass as they are.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext

from triage.engine.decision import Reason
from triage.engine.facts import FACTS, FactValue
from triage.engine.reasons import OUT_OF_AREA, OUT_OF_HOURS, WITH_CARE
from triage.engine.sentences import Sentence

_FILLED = re.compile(r"%\((\w+)\)s")


def told(text: object) -> str:
    """A sentence of the engine; any other text as it is."""
    if not isinstance(text, Sentence):
        return str(text)
    form = gettext(text.form)
    return form % {name: told(part) for name, part in text.parts.items()} if text.parts else form


def question(fact: str) -> str:
    return told(FACTS[fact].question)


def labels(fact: str) -> Mapping[FactValue, str]:
    """Each answer as people say it, "cannot tell" among them; empty where they cannot be listed."""
    return {value: told(label) for value, label in FACTS[fact].labels.items()}


def label(fact: str, value: FactValue) -> str:
    """One answer; what has no label (an age, an area, a time) as it is."""
    known = FACTS.get(fact)
    return told(known.labels.get(value, value)) if known else str(value)


def reason(why: Reason | Mapping[str, str]) -> str:
    """Why it was decided so; also of a decision that was stored, of which the text alone is left."""
    rule, text = (why.rule, why.text) if isinstance(why, Reason) else (why["rule"], why["text"])
    match rule:
        case "floor" | "otherwise":
            return gettext(text)
        case "area":
            return _again(OUT_OF_AREA, text)
        case "hours":
            return _again(OUT_OF_HOURS, text)
    return _again(WITH_CARE, text)


def _again(form: str, text: str) -> str:
    """What was made by a form, by its translation. What was not is a rule's own sentence, or older than the form."""
    before, name, after = _FILLED.split(form)
    if not (text.startswith(before) and text.endswith(after)):
        return text
    return gettext(form) % {name: text[len(before) : len(text) - len(after)]}
