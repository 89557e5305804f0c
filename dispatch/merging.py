"""Which call belongs to which incident, put right by a person: merge two and take that back, split one off.

Only calls ever move between incidents. A team or a hand-off stays where it was asked, so that a phone, a radio and
another agency's number always mean the incident that they were told of. Hence only an incident that nobody has been
set moving for can be merged away.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from calls.models import Call
from dispatch import entries, limits
from dispatch.incidents import begin, decide_again, of_call
from dispatch.models import Handoff, Incident, IncidentCall
from dispatch.settling import both_locked, in_duress, needed, override_in_force, propose, settle
from dispatch.states import ASSIGNMENT, HANDOFF, HandoffStatus, IncidentStatus
from due import timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry
from journal.refusals import Refused
from journal.states import plain


def merge(*, incident: Incident, into: Incident, by: Actor, at: datetime) -> Incident:
    """Two are about the same: the calls of `incident` move to the other, which is decided again over all of them and is
    returned. Each keeps its own stamps.

    An agency that has not answered here is asked there instead. What cannot be asked again that simply is never left
    behind: Refused while a team is asked, or once one has gone; while another agency has it; while a person's decision
    holds over the policy's. Then the other one is merged into this one, or the two are linked.
    """
    with transaction.atomic():
        incident, into = both_locked(incident.id, into.id)
        if why := obstacle(incident, into):
            raise Refused(why)
        calls = tuple(incident.links.order_by("at", "call_id").values_list("call_id", flat=True))
        incident.links.update(incident=into)
        incident.merged_into, incident.merged_at = into, at
        asked, withdrawn = _withdraw(incident, into, by=by, at=at)
        merged = entries.IncidentMerged(into=into.id, number=into.number, calls=calls)
        told = [entry(merged, subject=incident, by=by, at=at), *withdrawn]
        settle(incident=incident, to=IncidentStatus.MERGED, told=told, by=by, at=at)
        # What a team there reported answered the need without these calls.
        into.disposition = ""
        took = entries.IncidentTookIn(incident=incident.id, number=incident.number, calls=calls)
        told = [entry(took, subject=into, by=by, at=at), *propose(into, asked, by=by, at=at)]
        settle(incident=into, told=told, by=by, at=at)
        return decide_again(incident=into, by=by, at=at)


def obstacle(incident: Incident, into: Incident) -> str:
    """Why the one cannot be merged into the other as things stand, in a sentence; empty when it can."""
    if incident.id == into.id:
        return _("Incident %(number)s cannot be merged into itself.") % {"number": incident.number}
    for each in (incident, into):
        if not each.is_open:
            return _("Incident %(number)s is %(state)s; only open incidents are merged.") % {
                "number": each.number,
                "state": plain(each.status),
            }
    if incident.exercise != into.exercise:
        return _("An exercise and a real incident cannot be one.")
    otherwise = _("Merge %(number)s into it instead, or link the two.") % {"number": into.number}
    gone = Q(status__in=ASSIGNMENT.open) | Q(accepted_at__isnull=False)
    if team := incident.assignments.filter(gone).select_related("unit").first():
        return _("%(unit)s has been asked for incident %(number)s. %(otherwise)s") % {
            "unit": team.unit.callsign,
            "number": incident.number,
            "otherwise": otherwise,
        }
    told = incident.handoffs.filter(status__in=HANDOFF.open).exclude(status=HandoffStatus.PROPOSED)
    if taken := told.first():
        return _("%(agency)s know of incident %(number)s. %(otherwise)s") % {
            "agency": taken.get_to_display().capitalize(),
            "number": incident.number,
            "otherwise": otherwise,
        }
    if in_duress(incident):
        return _("Somebody on incident %(number)s is in duress. %(otherwise)s") % {
            "number": incident.number,
            "otherwise": otherwise,
        }
    if override_in_force(incident):
        return _("A person has decided about incident %(number)s. %(otherwise)s") % {
            "number": incident.number,
            "otherwise": otherwise,
        }
    return ""


def _withdraw(incident: Incident, into: Incident, *, by: Actor, at: datetime) -> tuple[list[str], list[Entry]]:
    """End what nobody has answered here; who was asked, and the entries that tell of it."""
    asked, told = [], []
    for handoff in incident.handoffs.select_for_update().filter(status=HandoffStatus.PROPOSED).order_by("to"):
        handoff.status, handoff.withdrawn_at = HandoffStatus.WITHDRAWN, at
        handoff.withdrawal_reason = f"Asked for incident {into.number} instead."
        handoff.save()
        timers.cancel(kinds=[limits.ANSWER], subject_id=handoff.id, at=at)
        gone = entries.HandoffWithdrawn(incident=incident.id, to=handoff.to)
        told.append(entry(gone, subject=handoff, by=by, at=at))
        asked.append(handoff.to)
    return asked, told


def unmerge(*, incident: Incident, by: Actor, at: datetime) -> Incident:
    """They were not the same after all: `incident` is what it was, with the calls that came by that merge and have not
    been split off since, its own decision over them, its own timers, and whom it was waiting for asked again.

    What the other one has asked for stays asked there. It may have ended meanwhile: somebody may be waiting unseen, so
    this is never refused for that. Refused when this one is not merged, when the other was itself merged into a third,
    and when either would be left without a call.
    """
    with transaction.atomic():
        other = Incident.objects.filter(merged=incident).first()
        if other is None:
            raise Refused(_("Incident %(number)s is not merged into another.") % {"number": incident.number})
        incident, into = both_locked(incident.id, other.id)
        if incident.merged_into_id != into.id or incident.merged_at is None:
            raise Refused(
                _("Incident %(number)s was taken back in this instant; look once more.") % {"number": incident.number}
            )
        if into.state is IncidentStatus.MERGED:
            raise Refused(
                _("Incident %(number)s was itself merged later: take that back first.") % {"number": into.number}
            )
        mine = Q(home__in=_family(incident))
        calls = tuple(into.links.filter(mine).order_by("at", "call_id").values_list("call_id", flat=True))
        if not calls:
            raise Refused(
                _("The calls of incident %(number)s have all been split off; there is nothing to undo.")
                % {"number": incident.number}
            )
        if not into.links.exclude(mine).exists():
            raise Refused(
                _("Incident %(number)s has no other call left: it would be about nothing.") % {"number": into.number}
            )
        IncidentCall.objects.filter(call__in=calls).update(incident=incident)
        merged_at, incident.merged_into, incident.merged_at = incident.merged_at, None, None
        back = entries.IncidentUnmerged(out_of=into.id, number=into.number, calls=calls)
        asked = Handoff.objects.filter(incident=incident, status=HandoffStatus.WITHDRAWN, withdrawn_at=merged_at)
        again = needed(incident) | set(asked.values_list("to", flat=True))
        told = [entry(back, subject=incident, by=by, at=at), *propose(incident, sorted(again), by=by, at=at)]
        settle(incident=incident, back=True, told=told, by=by, at=at)
        gave = entries.IncidentGaveBack(incident=incident.id, number=incident.number, calls=calls)
        settle(incident=into, told=[entry(gave, subject=into, by=by, at=at)], by=by, at=at)
        decide_again(incident=into, by=by, at=at)
        return decide_again(incident=incident, by=by, at=at)


def _family(incident: Incident) -> set[uuid.UUID]:
    """It, and all that were merged into it before it was merged itself."""
    family, newest = {incident.id}, {incident.id}
    while newest:
        newest = set(Incident.objects.filter(merged_into__in=newest).values_list("id", flat=True)) - family
        family |= newest
    return family


def split(*, call: Call, by: Actor, at: datetime) -> Incident:
    """One call of several is about something else: it gets an incident of its own, which is returned. What it came from
    is decided again without it; teams and hand-offs stay there. It may have ended: the new one begins all the same.

    Refused when it is the only call that its incident has.
    """
    with transaction.atomic():
        incident = of_call(call)
        if incident is None or incident.links.count() < 2:
            raise Refused(_("This is the only call of its incident; there is nothing to split."))
        call = Call.objects.select_related("program__policy").defer("program__area").get(pk=call.pk)
        new, told = begin(call, by=by, at=at)
        IncidentCall.objects.filter(call=call).update(incident=new, home=new, at=at)
        parted = entries.IncidentSplit(call=call.id, incident=new.id, number=new.number)
        settle(incident=incident, told=[entry(parted, subject=incident, by=by, at=at), *told], by=by, at=at)
        decide_again(incident=incident, by=by, at=at)
    return new
