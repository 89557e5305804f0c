"""Two incidents that are not the same and still concern each other: linked, with words that say how."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dispatch import entries
from dispatch.models import CrossLink, Incident
from dispatch.settling import both_locked
from journal.actors import Actor
from journal.recording import entry, write
from journal.refusals import Refused, fitting


def link(*, incident: Incident, other: Incident, words: str, by: Actor, at: datetime) -> CrossLink:
    """Show each on the page of the other, whether they are open or not. Raises Invalid without words; Refused for
    itself, for an exercise and a real one, and for two that are linked already."""
    [words] = fitting({"words": (words, 200)}, needed={"words": _("What have they to do with each other?")})
    with transaction.atomic():
        incident, other = both_locked(incident.id, other.id)
        if incident.id == other.id:
            raise Refused(_("Incident %(number)s cannot be linked to itself.") % {"number": incident.number})
        if incident.exercise != other.exercise:
            raise Refused(_("An exercise and a real incident cannot be linked."))
        one, two = sorted((incident, other), key=lambda each: each.id)
        try:
            with transaction.atomic():
                made = CrossLink.objects.create(
                    one=one, two=two, words=words, at=at, by_id=by.actor_id, by_name=by.actor_name
                )
        except IntegrityError as error:
            if "incidents_linked_once" not in str(error):
                raise
            raise Refused(
                _("Incidents %(number)s and %(other)s are linked already.")
                % {"number": incident.number, "other": other.number}
            ) from None
        for each, far in ((incident, other), (other, incident)):
            linked = entries.IncidentLinked(incident=far.id, number=far.number, link=made.id)
            _tell(each, linked, by=by, at=at)
    return made


def unlink(*, link: CrossLink, by: Actor, at: datetime) -> CrossLink:
    """They have nothing to do with each other after all. Refused when that is said already."""
    with transaction.atomic():
        one, two = both_locked(link.one_id, link.two_id)
        link = CrossLink.objects.get(pk=link.pk)
        if link.ended_at:
            raise Refused(_("%(name)s has taken this link away already.") % {"name": link.ended_by_name})
        link.ended_at, link.ended_by_id, link.ended_by_name = at, by.actor_id, by.actor_name
        link.save()
        for each, far in ((one, two), (two, one)):
            gone = entries.IncidentUnlinked(incident=far.id, number=far.number, link=link.id)
            _tell(each, gone, by=by, at=at)
    return link


def _tell(
    incident: Incident, said: entries.IncidentLinked | entries.IncidentUnlinked, *, by: Actor, at: datetime
) -> None:
    incident.changed_at = at
    incident.save(update_fields=["changed_at"])
    write(entry(said, subject=incident, by=by, at=at))
