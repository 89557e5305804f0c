"""A paper as the intake page enters it: its times, its unit log, its hand-offs and its end, beside what was heard."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from dispatch import check_digit, forms, words
from dispatch.dispositions import DISPOSITIONS, RESOLVING
from dispatch.models import Downtime, HandoffTo, PaperForm
from dispatch.printing import AGENCY_ROWS, TEAM_ROWS
from dispatch.reentry import Given, Log, Team
from journal.refusals import Invalid
from responders.models import Unit

_TEAM = ("offered", "accepted", "en_route", "on_scene", "cleared")
_AGENCY = ("sent", "acknowledged")


def find(number: str) -> PaperForm | None:
    """The form of a number; of one with its check digit (1042-7) where the two fit."""
    told = number.strip()[:19]
    known = check_digit.read(told) if "-" in told else int(told) if told.isascii() and told.isdigit() else None
    forms = PaperForm.objects.select_related("block__program__policy", "block__policy_version")
    forms = forms.defer("block__program__area", "block__policy_version__document", "block__policy_version__examples")
    return forms.filter(number=known).first() if known is not None and known < 10**18 else None


def prepared(form: PaperForm, *, at: datetime) -> dict[str, str]:
    """What the form of this paper begins with: the day of the downtime that is being worked off, else today."""
    lately = Q(ended_at=None) | Q(ended_at__gte=at - timedelta(days=2))
    last = Downtime.objects.filter(lately).order_by("-began_at").first()
    day = (last.began_at if last else at).astimezone(_zone(form))
    return {"paper": str(form.number), "paper.day": day.date().isoformat()}


def context(form: PaperForm) -> dict[str, Any]:
    """For the page: what there is to choose from."""
    units = Unit.objects.filter(program=form.block.program_id).order_by("callsign")
    callsigns = list(units.values_list("callsign", flat=True))
    return {
        "paper": form,
        "printed": check_digit.printed(form.number),
        "paper_zone": form.block.program.time_zone,
        "callsigns": [(each, each) for each in callsigns],
        "team_rows": [f"team{row}" for row in range(1, TEAM_ROWS + 1)],
        "agency_rows": [f"agency{row}" for row in range(1, AGENCY_ROWS + 1)],
        "agencies": [(each.value, words.agency(each.value)) for each in HandoffTo],
        "team_results": [(each.slug, each.label) for each in DISPOSITIONS.values()],
        "results": [(each.slug, each.label) for each in RESOLVING.values()],
    }


def received_at(form: PaperForm, values: Mapping[str, str]) -> datetime | None:
    """As far as it can be read."""
    with suppress(Invalid):
        return _received(form, values)
    return None


def read(form: PaperForm, values: Mapping[str, str]) -> tuple[datetime, datetime | None, Log]:
    """When the call was received and answered, and the log. Raises Invalid naming every input that cannot be read."""
    zone, errors = _zone(form), {}
    near: datetime | None = None
    try:
        near = _received(form, values)
    except Invalid as invalid:
        errors = invalid.errors

    def clock(name: str) -> datetime | None:
        text = values.get(name, "").strip()
        if not text:
            return None
        try:
            # Without the moment of the call any other will do to tell whether this is a time at all.
            return forms.moment_near(_with_colon(text), near or form.seen_at, zone)
        except Invalid:
            errors[name] = _("A time of day as on the paper, such as 18:05.")
            return None

    answered, decided, closed = (clock(f"paper.{name}") for name in ("answered", "decided", "closed"))
    teams = [
        Team(
            named=row,
            unit=unit,
            **{f"{name}_at": clock(f"{row}.{name}") for name in _TEAM},
            disposition=values.get(f"{row}.disposition", ""),
        )
        for row, unit in _teams(form, values, errors)
    ]
    given = [
        Given(
            named=row,
            to=values.get(f"{row}.to", ""),
            acknowledged_by=values.get(f"{row}.by", "").strip(),
            reference=values.get(f"{row}.reference", "").strip(),
            **{f"{name}_at": clock(f"{row}.{name}") for name in _AGENCY},
        )
        for row in _filled(values, "agency", AGENCY_ROWS)
    ]
    if errors:
        raise Invalid(errors)
    assert near
    disposition = values.get("paper.disposition", "")
    log = Log(decided_at=decided, teams=teams, given=given, closed_at=closed, disposition=disposition)
    return near, answered, log


def _teams(form: PaperForm, values: Mapping[str, str], errors: dict[str, str]) -> Iterator[tuple[str, Unit]]:
    rows = list(_filled(values, "team", TEAM_ROWS))
    named = Unit.objects.filter(callsign__in=[values.get(f"{row}.unit", "") for row in rows])
    known = {unit.callsign: unit for unit in named.filter(program=form.block.program_id)}
    for row in rows:
        unit = known.get(values.get(f"{row}.unit", ""))
        if unit is None:
            errors[f"{row}.unit"] = _("Which unit was it?")
        else:
            yield row, unit


def _filled(values: Mapping[str, str], group: str, count: int) -> Iterator[str]:
    """The rows that somebody has written into."""
    for row in (f"{group}{number}" for number in range(1, count + 1)):
        if any(text.strip() for name, text in values.items() if name.startswith(f"{row}.")):
            yield row


def _received(form: PaperForm, values: Mapping[str, str]) -> datetime:
    day, clock = values.get("paper.day", "").strip(), _with_colon(values.get("paper.received", "").strip())
    errors = {}
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        errors["paper.day"] = _("The day on the paper, such as 2027-03-31.")
    if not re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?", clock):
        errors["paper.received"] = _("When was the call received? A time of day as on the paper, such as 18:05.")
    if errors:
        raise Invalid(errors)
    try:
        return datetime.fromisoformat(f"{day}T{clock.zfill(8) if clock.count(':') == 2 else clock.zfill(5)}").replace(
            tzinfo=_zone(form)
        )
    except ValueError:
        raise Invalid({"paper.received": _("There is no such day or time of day.")}) from None


def _with_colon(text: str) -> str:
    """1805 is how people write it."""
    return f"{text[:-2]}:{text[-2:]}" if re.fullmatch(r"\d{3,4}", text) else text


def _zone(form: PaperForm) -> ZoneInfo:
    return ZoneInfo(form.block.program.time_zone)
