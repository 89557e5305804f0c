"""The verbs of cautions, and which are about a call: by its place, or exactly by its subject's name or phone."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from math import cos, hypot, radians

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from calls import entries
from calls.models import Call, Caution
from journal.actors import Actor
from journal.recording import entry, record, write
from journal.refusals import Invalid, Refused, fitting

_METRES = 1000  # the widest reach
_DEGREE = 111_320.0  # metres of a degree of latitude
_LONGEST = timedelta(days=731)


def add(
    *,
    hazard: str,
    severity: str,
    words: str,
    source: str,
    expires_at: datetime,
    review_at: datetime,
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    metres: int | None = None,
    subject_name: str = "",
    subject_phone: str = "",
    by: Actor,
    at: datetime,
) -> Caution:
    """Put a caution on a place, a person or both. Raises Invalid naming everything that is wrong."""
    errors: dict[str, str] = {}
    if hazard not in Caution.Hazard.values:
        errors["hazard"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Caution.Hazard.values)}
    if severity not in Caution.Severity.values:
        errors["severity"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Caution.Severity.values)}
    told = {
        "words": (words, 500),
        "source": (source, 120),
        "address": (address, 200),
        "subject_name": (subject_name, 120),
        "subject_phone": (subject_phone, 40),
    }
    try:
        words, source, address, subject_name, subject_phone = fitting(
            told, needed={"words": _("What should a team know?"), "source": _("Who says so?")}
        )
    except Invalid as wrong:
        errors |= wrong.errors
    keys = {"address_key": _key(address), "name_key": _key(subject_name), "phone_key": _digits(subject_phone)}
    if not any(keys.values()) and latitude is None:
        errors["address"] = _("A place (an address or a position), or a person by name or phone.")
    if (latitude is None) != (longitude is None):
        errors["latitude"] = _("A position is a latitude and a longitude.")
    elif latitude is not None and longitude is not None:
        metres = metres or 50
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            errors["latitude"] = _("Degrees from -90 to 90, and from -180 to 180.")
        if not 1 <= metres <= _METRES:
            errors["metres"] = _("From 1 to %(metres)s.") % {"metres": _METRES}
    else:
        metres = None
    if not at < expires_at <= at + _LONGEST:
        errors["expires_at"] = _("A day after today, two years from now at most.")
    if not at < review_at <= expires_at:
        errors["review_at"] = _("A day after today, and not after it expires.")
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        caution = Caution.objects.create(
            hazard=hazard,
            severity=severity,
            words=words,
            source=source,
            address=address,
            latitude=latitude,
            longitude=longitude,
            metres=metres,
            subject_name=subject_name,
            subject_phone=subject_phone,
            added_at=at,
            added_by_id=by.actor_id,
            added_by_name=by.actor_name,
            expires_at=expires_at,
            review_at=review_at,
            **keys,
        )
        record(entries.CautionAdded(hazard=hazard, severity=severity), subject=caution, by=by, at=at)
    return caution


def review(*, caution: Caution, review_at: datetime, by: Actor, at: datetime) -> Caution:
    """It is still so: look at it again by then. Raises Invalid for a day that is past, or after it expires."""
    with transaction.atomic():
        caution = Caution.objects.select_for_update().get(pk=caution.pk)
        _guard(caution)
        if not at < review_at <= caution.expires_at:
            raise Invalid({"review_at": _("A day after today, and not after it expires.")})
        caution.review_at, caution.reviewed_at, caution.reviewed_by_name = review_at, at, by.actor_name
        caution.save()
        record(entries.CautionReviewed(), subject=caution, by=by, at=at)
    return caution


def end(*, caution: Caution, reason: str, by: Actor, at: datetime) -> Caution:
    """It is so no more. Raises Invalid without a reason."""
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": _("Why is it so no more? A few words.")})
    with transaction.atomic():
        caution = Caution.objects.select_for_update().get(pk=caution.pk)
        _guard(caution)
        caution.ended_at, caution.ended_reason, caution.ended_by_name = at, reason, by.actor_name
        caution.save()
        record(entries.CautionEnded(), subject=caution, by=by, at=at)
    return caution


def in_force(*, at: datetime) -> QuerySet[Caution]:
    return Caution.objects.filter(ended_at=None, expires_at__gt=at)


def about(
    calls: Iterable[Call],
    *,
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    at: datetime,
) -> list[Caution]:
    """Those in force on this place, or on the subject of one of these calls; the gravest first. One query."""
    calls = list(calls)
    names, phones = _subjects(calls)
    asked = Q(name_key__in=names) | Q(phone_key__in=phones)
    if key := _key(address):
        asked |= Q(address_key=key)
    if latitude is not None:
        reach = _METRES / _DEGREE
        asked |= Q(latitude__range=(latitude - reach, latitude + reach))
    found = [
        caution
        for caution in in_force(at=at).filter(asked)
        if is_about(caution, calls, address=address, latitude=latitude, longitude=longitude)
    ]
    order = list(Caution.Severity.values)
    return sorted(found, key=lambda each: (order.index(each.severity), -each.added_at.timestamp()))


def is_about(
    caution: Caution, calls: Collection[Call], *, address: str, latitude: float | None, longitude: float | None
) -> bool:
    """Whether it is about this place, or the subject of one of these calls."""
    names, phones = _subjects(calls)
    return (
        caution.address_key == _key(address) != ""
        or caution.name_key in names
        or caution.phone_key in phones
        or _reaches(caution, latitude, longitude)
    )


def note_read(*, cautions: Collection[Caution], by: Actor, at: datetime) -> None:
    """Put it in the audit that this person read them."""
    if cautions:
        with transaction.atomic():
            write(*[entry(entries.CautionRead(), subject=caution, by=by, at=at) for caution in cautions])


def _subjects(calls: Collection[Call]) -> tuple[set[str], set[str]]:
    """Their names and phones, as cautions are looked for. A caller's phone is the subject's only where that is who
    calls."""
    names = {_key(call.subject_name) for call in calls}
    phones = {_digits(call.caller_phone) for call in calls if call.facts.get("caller_relation") == "self"}
    return names - {""}, phones - {""}


def _guard(caution: Caution) -> None:
    if caution.ended_at:
        raise Refused(_("%(name)s has ended this caution already.") % {"name": caution.ended_by_name})


def _reaches(caution: Caution, latitude: float | None, longitude: float | None) -> bool:
    if latitude is None or longitude is None or caution.latitude is None or caution.longitude is None:
        return False
    north = (caution.latitude - latitude) * _DEGREE
    east = (caution.longitude - longitude) * _DEGREE * cos(radians(latitude))
    return hypot(north, east) <= (caution.metres or 0)


def _key(words: str) -> str:
    return " ".join(words.split()).casefold()


def _digits(phone: str) -> str:
    return "".join(each for each in phone if each.isdigit())
