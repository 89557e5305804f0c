"""How a verb says no. The text is for the screen; edges turn it into a 409, a 400 or a form error."""

from collections.abc import Mapping


class Refused(Exception):
    """The change may not happen as things stand. `str()` is one sentence that a dispatcher can act on."""


class Invalid(Exception):
    """The input is wrong.

    `errors` maps each wrong field (dotted when nested, as the API spells it) to a sentence that says what would be
    right. All wrong fields are named at once.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = dict(errors)
