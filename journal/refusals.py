"""How a verb says no. The text is for the screen; edges turn it into a 409, a 400 or a form error."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


class Refused(Exception):
    """The change may not happen as things stand. `str()` is one sentence that a dispatcher can act on."""


class Overtaken(Refused):
    """Somebody else has changed meanwhile what this would change. Nothing is written.

    `theirs` maps the name of each such field to what it is now; empty where the whole was asked about, by its version.
    """

    def __init__(self, sentence: str, theirs: Mapping[str, object] | None = None) -> None:
        super().__init__(sentence)
        self.theirs = dict(theirs or {})


class Invalid(Exception):
    """The input is wrong.

    `errors` maps each wrong field (dotted when nested, as the API spells it) to a sentence that says what would be
    right. All wrong fields are named at once.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = dict(errors)


def fitting(words: Mapping[str, tuple[str, int]], *, needed: Mapping[str, str] | None = None) -> list[str]:
    """What people typed, trimmed, in the order given: each as (text, most characters).

    Raises Invalid naming every text that is too long or holds a NUL (which Postgres cannot store), and every one in
    `needed` that is empty, with the sentence given there. Without this the report would be lost in a 500.
    """
    errors, fit = {}, []
    for name, (text, most) in words.items():
        text = text.strip()
        if "\x00" in text:
            errors[name] = _("Holds a character that cannot be stored (NUL).")
        elif len(text) > most:
            errors[name] = _("%(most)s characters at most; this has %(count)s.") % {"most": most, "count": len(text)}
        elif not text and needed and name in needed:
            errors[name] = needed[name]
        fit.append(text)
    if errors:
        raise Invalid(errors)
    return fit
