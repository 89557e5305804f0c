"""How states are written into the tables."""

from typing import Any


def choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


def values(words: Any) -> list[str]:
    # Plain strings: migrations would else name the members of an enumeration that may change.
    return sorted(word.value for word in words)
