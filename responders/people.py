"""The verbs of responders."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid
from responders import entries
from responders.models import Responder


def enlist(*, user: User, profession: str, languages: Collection[str] = (), by: Actor, at: datetime) -> Responder:
    """Make a person a responder. Raises Invalid for an unknown profession or a person of another role."""
    errors = {}
    if profession not in Responder.Profession.values:
        errors["profession"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Responder.Profession.values)}
    if user.role != Role.RESPONDER:
        errors["user"] = _("%(name)s is a %(role)s; only responders go out.") % {
            "name": user.name,
            "role": Role(user.role).label,
        }
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        responder = Responder.objects.create(user=user, profession=profession, languages=sorted(set(languages)))
        record(entries.ResponderEnlisted(profession=profession), subject=responder, by=by, at=at)
    return responder
