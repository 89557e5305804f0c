"""The verbs of shifts."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid
from responders import entries
from responders.models import CrewMember, Responder, Shift, Unit

_LONGEST = timedelta(hours=24)


def plan(
    *, unit: Unit, crew: Collection[Responder], starts_at: datetime, ends_at: datetime, by: Actor, at: datetime
) -> Shift:
    """Put a unit on duty with its crew from `starts_at` until `ends_at`.

    Raises Invalid when it does not end after it starts, lasts more than a day, has no crew, or when the unit or a
    member of the crew is on another shift in that time.
    """
    errors = {}
    if not starts_at < ends_at <= starts_at + _LONGEST:
        errors["ends_at"] = _("Must lie after the start, by a day at most.")
    if not crew:
        errors["crew"] = _("Name at least one responder.")
    if errors:
        raise Invalid(errors)
    during = DateTimeTZRange(starts_at, ends_at)
    try:
        with transaction.atomic():
            shift = Shift.objects.create(unit=unit, during=during)
            CrewMember.objects.bulk_create(
                [CrewMember(shift=shift, responder=responder, during=during) for responder in crew]
            )
            record(
                entries.ShiftPlanned(
                    unit=unit.id, starts_at=starts_at, ends_at=ends_at, crew=tuple(each.id for each in crew)
                ),
                subject=shift,
                by=by,
                at=at,
            )
    except IntegrityError as error:
        if "responder_shifts_do_not_overlap" in str(error):
            raise Invalid({"crew": _("Somebody of this crew is on another shift in that time.")}) from None
        if "unit_shifts_do_not_overlap" in str(error):
            raise Invalid({"unit": _("%(unit)s is on another shift in that time.") % {"unit": unit.callsign}}) from None
        raise
    return shift
