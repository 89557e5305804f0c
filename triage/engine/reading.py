"""Taking a policy document apart, and saying exactly where it is wrong."""

from collections.abc import Collection, Mapping
from typing import NoReturn

from triage.engine.facts import shown, suggestion
from triage.engine.sentences import Sentence as _


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
        refuse(place, _("This must be a set of keys with values, not %(value)s.", value=shown(value)))
    known = [*required, *optional]
    for key in value:
        if key not in known:
            near = suggestion(str(key), known)
            refuse(within(place, str(key)), _("There is no key %(key)s here%(near)s", key=shown(key), near=near))
    for key in required:
        if key not in value:
            refuse(place, _("The key %(key)s is missing.", key=key))
    return value


def take_list(value: object, place: str) -> list[object]:
    if not isinstance(value, list) or not value:
        refuse(place, _("This must be a list with at least one entry, not %(value)s.", value=shown(value)))
    return value


def take_text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        refuse(place, _("This must be text, not %(value)s.", value=shown(value)))
    return value.strip()


def take_texts(value: object, place: str) -> tuple[str, ...]:
    """A list of texts; one text alone may stand without its list."""
    if isinstance(value, str):
        return (take_text(value, place),)
    return tuple(take_text(each, f"{place}[{index}]") for index, each in enumerate(take_list(value, place)))


def take_number(value: object, place: str, *, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        told = {"least": least, "most": most, "value": shown(value)}
        refuse(place, _("This must be a whole number from %(least)s to %(most)s, not %(value)s.", **told))
    return value


def take_one_of(value: object, place: str, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        told = {"values": ", ".join(allowed), "value": shown(value)}
        refuse(place, _("This must be one of %(values)s, not %(value)s.", **told))
    return value
