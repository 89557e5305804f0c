"""The verbs of units."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, fitting
from responders import entries
from responders.models import Unit
from triage.models import Program
from triage.programs import areas_of


def form(
    *, callsign: str, program: Program, skills: Collection[str], home_area: str = "", by: Actor, at: datetime
) -> Unit:
    """A new unit. Raises Invalid when the callsign is empty, has blanks, or is in use, and for an area that the program
    has not."""
    callsign = callsign.strip().upper()
    if not callsign or not callsign.isalnum():
        raise Invalid({"callsign": _("Letters and digits only, such as PSR3.")})
    if Unit.objects.filter(callsign=callsign).exists():
        raise Invalid({"callsign": _("%(unit)s is in use.") % {"unit": callsign}})
    _guard_area(program, home_area)
    with transaction.atomic():
        unit = Unit.objects.create(callsign=callsign, program=program, skills=sorted(set(skills)), home_area=home_area)
        record(entries.UnitFormed(callsign=callsign, program=program.slug), subject=unit, by=by, at=at)
    return unit


def base(*, unit: Unit, home_area: str, by: Actor, at: datetime) -> Unit:
    """From now on it is meant for this area of its program, or with an empty name for all of them. Raises Invalid for
    an area that the program has not."""
    _guard_area(unit.program, home_area)
    with transaction.atomic():
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        unit.home_area = home_area
        unit.save(update_fields=["home_area"])
        record(entries.UnitBased(), subject=unit, by=by, at=at)
    return unit


def _guard_area(program: Program, name: str) -> None:
    known = [name for name, _ in areas_of(program.area)]
    if name and name not in known:
        raise Invalid(
            {
                "home_area": _("%(program)s has no such area. Known: %(known)s.")
                % {"program": program.name, "known": ", ".join(sorted(known))}
            }
        )


def move(*, unit: Unit, latitude: float, longitude: float, by: Actor, at: datetime) -> Unit:
    """Note where a unit is. Raises Invalid for a place that is not on earth."""
    errors = {}
    if not -90 <= latitude <= 90:
        errors["latitude"] = _("Degrees from -90 to 90.")
    if not -180 <= longitude <= 180:
        errors["longitude"] = _("Degrees from -180 to 180.")
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        unit.latitude, unit.longitude, unit.position_at = latitude, longitude, at
        unit.save(update_fields=["latitude", "longitude", "position_at"])
        record(entries.UnitMoved(), subject=unit, by=by, at=at)
    return unit


def take_out_of_service(*, unit: Unit, reason: str, by: Actor, at: datetime) -> Unit:
    """No offers until further notice. What it is doing now it goes on doing."""
    [reason] = fitting({"reason": (reason, 200)}, needed={"reason": _("Say why, in a few words.")})
    with transaction.atomic():
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        unit.out_of_service_at, unit.out_of_service_reason = at, reason
        unit.save(update_fields=["out_of_service_at", "out_of_service_reason"])
        record(entries.UnitOutOfService(), subject=unit, by=by, at=at)
    return unit


def return_to_service(*, unit: Unit, by: Actor, at: datetime) -> Unit:
    with transaction.atomic():
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        unit.out_of_service_at, unit.out_of_service_reason = None, ""
        unit.save(update_fields=["out_of_service_at", "out_of_service_reason"])
        record(entries.UnitInService(), subject=unit, by=by, at=at)
    return unit
