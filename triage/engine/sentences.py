"""What the engine says to people. It speaks English alone, and its callers may know more languages."""

from collections.abc import Mapping


class Sentence(str):
    """English text that knows the form it was made by, and what was filled in: so it can be said again in another
    language by whoever shows it (`triage.wording`). To all else it is the text.
    """

    form: str
    parts: Mapping[str, object]

    def __new__(cls, form: str, /, **parts: object) -> "Sentence":
        sentence = super().__new__(cls, form % parts if parts else form)
        sentence.form, sentence.parts = form, parts
        return sentence
