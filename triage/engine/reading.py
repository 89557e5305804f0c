"""Taking a policy document apart, and saying exactly where it is wrong."""

from collections.abc import Collection, Mapping
from typing import NoReturn

from triage.engine.facts import shown, suggestion


class PolicyError(ValueError):
    """A policy that cannot be taken: the place in the document, and a sentence that says what is wrong there."""

    def __init__(self, place: str, sentence: str) -> None:
        self.place = place
        self.sentence = sentence
        super().__init__(f"{place}: {sentence}" if place else sentence)


def refuse(place: str, sentence: str) -> NoReturn:
    raise PolicyError(place, sentence)


def within(place: str, part: str) -> str:
    """The place of a part, written as a path: ``rules[3] weapon_seen / when``."""
    return f"{place} / {part}" if place else part


def take_mapping(
    value: object, place: str, *, required: Collection[str] = (), optional: Collection[str] = ()
) -> Mapping[str, object]:
    """``value`` as a mapping that has every required key and none beyond the optional ones."""
    if not isinstance(value, Mapping):
        refuse(place, f"This must be a set of keys with values, not {shown(value)}.")
    known = [*required, *optional]
    for key in value:
        if key not in known:
            refuse(within(place, str(key)), f"There is no key {shown(key)} here{suggestion(str(key), known)}")
    for key in required:
        if key not in value:
            refuse(place, f"The key {key} is missing.")
    return value


def take_list(value: object, place: str) -> list[object]:
    if not isinstance(value, list) or not value:
        refuse(place, f"This must be a list with at least one entry, not {shown(value)}.")
    return value


def take_text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        refuse(place, f"This must be text, not {shown(value)}.")
    return value.strip()


def take_texts(value: object, place: str) -> tuple[str, ...]:
    """A list of texts; one text alone may stand without its list."""
    if isinstance(value, str):
        return (take_text(value, place),)
    return tuple(take_text(each, f"{place}[{index}]") for index, each in enumerate(take_list(value, place)))


def take_number(value: object, place: str, *, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        refuse(place, f"This must be a whole number from {least} to {most}, not {shown(value)}.")
    return value


def take_one_of(value: object, place: str, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        refuse(place, f"This must be one of {', '.join(allowed)}, not {shown(value)}.")
    return value
