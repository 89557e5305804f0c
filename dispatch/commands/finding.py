"""Finding an incident by what somebody remembers of it: its number, a name, a telephone number, a place."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext as _

from calls.intake import note_read
from calls.models import Call
from dispatch.models import Incident
from journal.actors import Actor
from journal.refusals import Invalid

BACK = timedelta(days=30)
MOST = 12
_DIGITS = 4  # fewer digits are in too many telephone numbers


@dataclass(frozen=True)
class Found:
    """`why`: in what it was found, as a person would say it."""

    incident: Incident
    why: str


def find(*, text: str, by: Actor, at: datetime) -> list[Found]:
    """The newest first, `MOST` at most, of the calls of the last 30 days. That a person or their number was found is
    in the audit as a reading of that call. Raises Invalid for a text of one letter.

    Calls of a month are read through: the index that would spare it (trigrams over every name) would cost each call
    that is taken, and names are looked for a few times an hour.
    """
    text = text.replace("\x00", "").strip()
    if len(text) < 2:
        raise Invalid({"words": _("Type at least two letters of a name or a place.")})
    found: dict[int, Found] = {}
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 19:
        of_number = Incident.objects.filter(number=int(number)).select_related("program").defer("program__area")
        found = {each.number: Found(each, _("this number")) for each in of_number}
    digits = re.sub(r"\D", "", text) if re.fullmatch(r"[\d\s()+./-]+", text, re.ASCII) else ""
    phone = Func(F("caller_phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    calls = Call.objects.filter(received_at__gte=at - BACK, received_at__lte=at, incident_link__isnull=False)
    like = Q(caller_name__icontains=text) | Q(subject_name__icontains=text) | Q(address__icontains=text)
    if len(digits) >= _DIGITS:
        calls, like = calls.alias(digits=phone), like | Q(digits__contains=digits)
    links = calls.filter(like).select_related("incident_link__incident__program")
    for call in links.defer("incident_link__incident__program__area").order_by("-received_at", "-id")[:MOST]:
        why, personal = _why(call, text, digits)
        if personal:
            note_read(call=call, by=by, at=at)
        incident = call.incident_link.incident
        found.setdefault(incident.number, Found(incident, why))
    return list(found.values())[:MOST]


def _why(call: Call, text: str, digits: str) -> tuple[str, bool]:
    """In what it was found, and whether that is personal."""
    for sentence, value in ((_("caller %(name)s"), call.caller_name), (_("person %(name)s"), call.subject_name)):
        if text.casefold() in value.casefold():
            return sentence % {"name": value}, True
    if len(digits) >= _DIGITS and digits in re.sub(r"\D", "", call.caller_phone):
        return _("caller’s phone %(phone)s") % {"phone": call.caller_phone}, True
    return _("at %(address)s") % {"address": call.address}, False
