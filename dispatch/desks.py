"""How people set their console: by which programs and areas they filter the board, and what sounds.

No filter hides what needs somebody: `Desk` says what a person wants to see, `hides` what they do not have to.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from dispatch.models import Desk
from dispatch.queries import Row
from journal.refusals import Invalid
from triage.programs import OUTSIDE, held

QUIETEST, LOUDEST = 10, 100
SOUNDS = [Desk.Sound.OVERDUE.value, Desk.Sound.RETURNED.value, Desk.Sound.MESSAGE.value]  # until a person has chosen


def desk_of(person: User) -> Desk:
    """As they have set it; as it is for everybody where they have set nothing."""
    return Desk.objects.filter(person=person).first() or Desk(person=person, sounds=list(SOUNDS))


def choices() -> tuple[list[tuple[str, str]], list[str]]:
    """The programs, by rank, and the names of all areas: what a board can be filtered by."""
    known = held()
    programs = [(each.slug, each.name) for each in known.programs]
    return programs, [*sorted({name for areas in known.areas.values() for name, _ in areas}), OUTSIDE]


def hides(desk: Desk, row: Row) -> bool:
    """Whether they need not see the row; never one that is urgent, overdue, nobody's, or about a team's safety."""
    return is_outside(desk, row) and not row.is_for_everybody


def is_outside(desk: Desk, row: Row) -> bool:
    """Of a program or an area that they did not choose. What has no program or area yet is everybody's."""
    return bool(
        (desk.programs and row.program and row.program not in desk.programs)
        or (desk.areas and row.area and row.area not in desk.areas)
    )


def filter_board(*, by: User, programs: Sequence[str], areas: Sequence[str], at: datetime) -> Desk:
    """Show these programs and areas alone; none of a kind means all. Raises Invalid where one is not known."""
    known, names = choices()
    wrong = {}
    if unknown := sorted(set(programs) - {slug for slug, _name in known}):
        wrong["programs"] = _("There is no program %(program)s.") % {"program": unknown[0]}
    if unknown := sorted(set(areas) - set(names)):
        wrong["areas"] = _("There is no area %(area)s.") % {"area": unknown[0]}
    if wrong:
        raise Invalid(wrong)
    desk = desk_of(by)
    desk.programs, desk.areas, desk.changed_at = sorted(set(programs)), sorted(set(areas)), at
    desk.save()
    return desk


def choose_sounds(*, by: User, sounds: Sequence[str], volume: object, at: datetime) -> Desk:
    """What sounds besides a duress, and how loud. Raises Invalid where a sound is not known or the volume no percentage
    that can be heard."""
    wrong = {}
    if unknown := sorted(set(sounds) - set(Desk.Sound.values)):
        wrong["sounds"] = _("There is no sound for %(sound)s.") % {"sound": unknown[0]}
    loud = int(text) if (text := str(volume)).isascii() and text.isdigit() and len(text) < 4 else 0
    if not QUIETEST <= loud <= LOUDEST:
        wrong["volume"] = _("A number from %(quietest)s to %(loudest)s: a duress must be heard.") % {
            "quietest": QUIETEST,
            "loudest": LOUDEST,
        }
    if wrong:
        raise Invalid(wrong)
    desk = desk_of(by)
    desk.sounds, desk.volume, desk.changed_at = sorted(set(sounds)), loud, at
    desk.save()
    return desk
