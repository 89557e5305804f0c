"""The verbs of credentials: what a responder may do, from which day until which."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, fitting
from responders import entries
from responders.crews import Kind
from responders.models import Credential, Responder


def grant(
    *,
    responder: Responder,
    kind: str,
    valid_from: date,
    valid_until: date | None = None,
    number: str = "",
    by: Actor,
    at: datetime,
) -> Credential:
    """Note that a responder holds this credential, both days included; without `valid_until`, until it is ended.

    Raises Invalid for an unknown kind, for a last day before the first, and when one of the kind is held on these days.
    """
    errors = {}
    if kind not in Kind.values:
        errors["kind"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Kind.values)}
    if valid_until is not None and valid_until < valid_from:
        errors["valid_until"] = _("Must be the first day or a later one.")
    try:
        [number] = fitting({"number": (number, 60)})
    except Invalid as invalid:
        errors |= invalid.errors
    if errors:
        raise Invalid(errors)
    try:
        with transaction.atomic():
            credential = Credential.objects.create(
                responder=responder, kind=kind, number=number, valid_from=valid_from, valid_until=valid_until
            )
            granted = entries.CredentialGranted(
                responder=responder.id,
                credential=kind,
                valid_from=valid_from.isoformat(),
                valid_until=valid_until.isoformat() if valid_until else None,
            )
            record(granted, subject=credential, by=by, at=at)
    except IntegrityError as error:
        if "credentials_of_a_kind_do_not_overlap" not in str(error):
            raise
        already = _("%(responder)s holds one of this kind on some of these days already: %(credential)s.") % {
            "responder": responder,
            "credential": Kind(kind).label,
        }
        raise Invalid({"valid_from": already}) from None
    return credential


def end(*, credential: Credential, last_day: date, by: Actor, at: datetime) -> Credential:
    """It ends sooner than noted: given back, suspended. Raises Invalid for a day outside of it."""
    with transaction.atomic():
        credential = Credential.objects.select_for_update().get(pk=credential.pk)
        until = credential.valid_until
        if last_day < credential.valid_from or (until is not None and last_day > until):
            told = {"begins": credential.valid_from, "ends": until}
            sentence = (
                _("Must be a day of the credential, which is valid from %(begins)s to %(ends)s.")
                if until
                else _("Must be a day of the credential, which is valid from %(begins)s on.")
            )
            raise Invalid({"last_day": sentence % told})
        credential.valid_until = last_day
        credential.save(update_fields=["valid_until"])
        ended = entries.CredentialEnded(responder=credential.responder_id, valid_until=last_day.isoformat())
        record(ended, subject=credential, by=by, at=at)
    return credential
