"""What of the ledger somebody asks for, read from an address: pages, CSV and API read it alike."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from insights.ledger import REASONS, Asked, Standing
from journal.refusals import Invalid
from triage.models import Program

_SPAN = timedelta(days=28)
ANSWERED = [each.value for each in (*REASONS, Standing.SERVED, Standing.OPEN, Standing.UNDECIDED)]


def read(told: Mapping[str, str], *, at: datetime) -> Asked:
    """The period (the last 28 days when none is given), program, reason, and whether exercises count: by default only
    where every program is one. A date counts by the program's clock and is whole, `until` too.

    Raises Invalid that names each wrong field.
    """
    programs = {each.slug: each for each in Program.objects.order_by("rank", "slug").defer("area")}
    errors: dict[str, str] = {}
    program = told.get("program") or None
    if program is not None and program not in programs:
        there = {"program": program, "known": ", ".join(sorted(programs)) or _("none")}
        errors["program"] = _("There is no program %(program)s. There are: %(known)s.") % there
    reason = told.get("reason") or None
    if reason is not None and reason not in ANSWERED:
        errors["reason"] = _("Must be one of: %(known)s.") % {"known": ", ".join(ANSWERED)}
    exercises = told.get("exercises") or ("true" if all(each.exercise for each in programs.values()) else "false")
    if exercises not in ("true", "false"):
        errors["exercises"] = _("Must be true or false.")
    clock = programs.get(program or "") or next(iter(programs.values()), None)
    zone: tzinfo = ZoneInfo(clock.time_zone) if clock else UTC
    until = _moment("until", told, zone, errors, whole=timedelta(days=1)) or at
    since = _moment("from", told, zone, errors) or until - _SPAN
    if since >= until and not errors:
        errors["from"] = _("Must lie before until.")
    if errors:
        raise Invalid(errors)
    return Asked(since, until, program, reason, exercises == "true")


def _moment(
    name: str,
    told: Mapping[str, str],
    zone: tzinfo,
    errors: dict[str, str],
    whole: timedelta = timedelta(0),
) -> datetime | None:
    text = told.get(name, "").strip()
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text) + whole, time(), tzinfo=zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        errors[name] = _("Must be a date such as 2026-01-31, or a moment with its zone such as 2026-01-31T08:00:00Z.")
        return None
    return moment
