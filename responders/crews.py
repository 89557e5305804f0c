"""May these people go out together: rules as data, and each breach of them as a sentence."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Self

from django.db.models import TextChoices
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage.engine.reading import take_list, take_mapping, take_one_of, take_texts, within


class Profession(TextChoices):
    MEDIC = "medic", gettext_lazy("medic")
    CLINICIAN = "clinician", gettext_lazy("clinician")
    PEER = "peer", gettext_lazy("peer")


class Kind(TextChoices):
    """What a credential says that its holder may do. The label fits behind "Kit's"."""

    EMT = "emt", gettext_lazy("EMT licence")
    PARAMEDIC = "paramedic", gettext_lazy("paramedic licence")
    NURSE = "nurse", gettext_lazy("nursing licence")
    QMHA = "qmha", gettext_lazy("QMHA registration")
    QMHP = "qmhp", gettext_lazy("QMHP registration")
    SOCIAL_WORK = "social_work", gettext_lazy("social work licence")
    PEER_SUPPORT = "peer_support", gettext_lazy("peer support certificate")
    LIFE_SUPPORT = "life_support", gettext_lazy("life support card")
    DRIVER = "driver", gettext_lazy("driving licence")


@dataclass(frozen=True, slots=True)
class Held:
    """A credential: from its first day to its last, or without end."""

    kind: str
    begins: date
    ends: date | None = None

    def holds(self, on: date) -> bool:
        return self.begins <= on and (self.ends is None or on <= self.ends)


@dataclass(frozen=True, slots=True)
class Member:
    """One of a crew, as far as the rules ask."""

    name: str
    profession: str
    languages: tuple[str, ...] = ()
    credentials: tuple[Held, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CrewRules:
    """`mix`: seats, each for one of several professions and each taken by another person. `credentials`: by profession,
    what each of its people must hold in date; of each need, one of several kinds does. Empty rules ask for nothing."""

    mix: tuple[tuple[str, ...], ...] = ()
    credentials: Mapping[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        rules = take_mapping(told, place, optional=("mix", "credentials"))
        by_profession = take_mapping(
            rules.get("credentials", {}), within(place, "credentials"), optional=Profession.values
        )
        return cls(
            mix=_needs(rules["mix"], within(place, "mix"), Profession.values) if "mix" in rules else (),
            credentials={
                profession: _needs(needs, within(within(place, "credentials"), profession), Kind.values)
                for profession, needs in by_profession.items()
            },
        )


def _needs(told: object, place: str, allowed: Collection[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(take_one_of(one, f"{place}[{index}]", allowed) for one in take_texts(each, f"{place}[{index}]"))
        for index, each in enumerate(take_list(told, place))
    )


def breaches(rules: CrewRules, crew: Sequence[Member], *, on: date) -> list[str]:
    """Each way in which this crew falls short of the rules on this day (of the program's zone)."""
    found = []
    for seat in _empty_seats(rules.mix, tuple(member.profession for member in crew)):
        there = any(member.profession in seat for member in crew)
        sentence = _("The crew needs one more %(who)s") if there else _("The crew needs a %(who)s")
        found.append(sentence % {"who": _(" or ").join(str(Profession(each).label) for each in seat)})
    for member in crew:
        for kinds in rules.credentials.get(member.profession, ()):
            for each in member.credentials:
                if each.kind in kinds and each.holds(on):
                    break
            else:
                held = [each for each in member.credentials if each.kind in kinds]
                found.append(_missing(member.name, kinds, held, on))
    return found


@lru_cache(maxsize=1024)  # crews are many, their kinds few
def _empty_seats(mix: tuple[tuple[str, ...], ...], professions: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The seats that stay empty when as many as possible are taken (augmenting paths: nobody is put where somebody else
    would have been needed)."""
    sits: dict[int, int] = {}  # person: seat

    def seated(seat: int, tried: set[int]) -> bool:
        for person, profession in enumerate(professions):
            if profession in mix[seat] and person not in tried:
                tried.add(person)
                if person not in sits or seated(sits[person], tried):
                    sits[person] = seat
                    return True
        return False

    return [mix[seat] for seat in range(len(mix)) if not seated(seat, set())]


def _missing(name: str, kinds: Sequence[str], held: Sequence[Held], on: date) -> str:
    ended = [each for each in held if each.ends is not None and each.ends < on]
    if ended:
        last = max(ended, key=lambda each: each.ends or on)
        return _("%(name)s's %(credential)s ended %(day)s") % {
            "name": name,
            "credential": Kind(last.kind).label,
            "day": _day(last.ends or on, on),
        }
    if held:
        first = min(held, key=lambda each: each.begins)
        return _("%(name)s's %(credential)s begins %(day)s") % {
            "name": name,
            "credential": Kind(first.kind).label,
            "day": _day(first.begins, on),
        }
    return _("%(name)s has no %(credential)s") % {
        "name": name,
        "credential": _(" or ").join(str(Kind(kind).label) for kind in kinds),
    }


def _day(day: date, on: date) -> str:
    return formatted(day, "j M" if day.year == on.year else "j M Y")
