"""What happened to an incident, in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch import words
from dispatch.models import (
    Assignment,
    Backup,
    Correction,
    Duress,
    Handoff,
    HandoffTo,
    Hold,
    Incident,
    Override,
    Remark,
)
from dispatch.staging import Staging
from dispatch.states import AssignmentStatus
from journal.models import Entry
from journal.states import plain


@dataclass(frozen=True)
class Line:
    """One thing that happened. `again` counts the same warning given again with nothing in between."""

    id: int
    at: datetime
    by: str
    text: str
    detail: str = ""
    weight: str = ""  # "warning", "mark" or nothing: how much the eye should be drawn
    again: int = 0
    corrected: datetime | None = None  # when it truly was


_MOVED = {
    AssignmentStatus.ACCEPTED: gettext_lazy("%(unit)s accepted"),
    AssignmentStatus.EN_ROUTE: gettext_lazy("%(unit)s is en route"),
    AssignmentStatus.STAGED: gettext_lazy("%(unit)s is staged nearby"),
    AssignmentStatus.ON_SCENE: gettext_lazy("%(unit)s is on scene"),
    AssignmentStatus.TRANSPORTING: gettext_lazy("%(unit)s is transporting"),
    AssignmentStatus.AT_DESTINATION: gettext_lazy("%(unit)s is at the destination"),
    AssignmentStatus.CLEARED: gettext_lazy("%(unit)s is clear"),
    AssignmentStatus.DECLINED: gettext_lazy("%(unit)s declined"),
    AssignmentStatus.EXPIRED: gettext_lazy("%(unit)s did not answer in time"),
    AssignmentStatus.WITHDRAWN: gettext_lazy("%(unit)s was withdrawn"),
}
_WITHDRAWN = {
    Assignment.Withdrawal.DISPATCHER: gettext_lazy("%(unit)s was taken back"),
    Assignment.Withdrawal.TAKEN: gettext_lazy("%(unit)s need not come"),
    Assignment.Withdrawal.SUPERSEDED: gettext_lazy("%(unit)s is asked for something more urgent"),
    Assignment.Withdrawal.PREEMPTED: gettext_lazy("%(unit)s was taken for something more urgent"),
    Assignment.Withdrawal.HELD: gettext_lazy("%(unit)s need not come yet"),
    Assignment.Withdrawal.TURNED: gettext_lazy("%(unit)s need not come"),
    Assignment.Withdrawal.OVER: gettext_lazy("%(unit)s need not come"),
}
_EARLY = {
    Staging.UNTOLD: gettext_lazy("before police said that they are coming"),
    Staging.WORD: gettext_lazy("called in by dispatch"),
}


def told(
    entries: Iterable[Entry],
    *,
    assignments: Iterable[Assignment],
    remarks: Iterable[Remark] = (),
    corrections: Iterable[Correction] = (),
    duresses: Iterable[Duress] = (),
    zone: tzinfo = UTC,
) -> list[Line]:
    """The newest first. What a reader has no use for is left out: a call's own decision, which the incident's repeats,
    and changes of state that a team's report has just said. What was reported at a wrong time stands where it was
    reported, and says when it was."""
    callsigns = {assignment.unit_id: assignment.unit.callsign for assignment in assignments}
    added = {str(assignment.id): assignment.words for assignment in assignments}
    added |= {str(remark.id): remark.words for remark in remarks}
    added |= {str(each.id): each.reason for each in corrections}
    right = {(each.row_id, each.stamp): each.after for each in corrections}
    for duress in duresses:
        added[str(duress.id)] = duress.reason
        if duress.unit:
            callsigns[duress.unit.id] = duress.unit.callsign
    lines: list[Line] = []
    for entry in entries:
        for line in _line(entry, callsigns, added, zone):
            if lines and line.weight == "warning" and lines[-1].text == line.text:
                lines[-1] = replace(lines[-1], at=line.at, again=lines[-1].again + 1)
            else:
                lines.append(replace(line, corrected=right.get((entry.subject_id, _stamped(entry)))))
    return lines[::-1]


def _stamped(entry: Entry) -> str:
    """The stamp that an entry tells of; empty when it tells of none."""
    match entry.kind:
        case "assignment.offered":
            return "offered"
        case "assignment.sent":
            return "accepted"
        case "incident.opened":
            return "received"
        case "handoff.proposed" | "handoff.refused" | "handoff.returned" | "handoff.acknowledged" | "handoff.withdrawn":
            return entry.kind.partition(".")[2]
        case "assignment.moved" | "incident.moved":
            status: str = entry.payload["status"]
            return "ended" if status in ("declined", "expired", "withdrawn") else status
    return ""


def _line(entry: Entry, callsigns: dict[UUID, str], added: dict[str, str], zone: tzinfo) -> Iterator[Line]:
    if entry.kind in ("incident.corrected", "assignment.corrected", "handoff.corrected"):
        yield _corrected(entry, callsigns, added, zone)
        return
    if entry.kind in ("incident.entered", "assignment.entered", "handoff.entered"):
        text = _entered(entry, callsigns, zone)
        yield Line(entry.id, entry.at, entry.actor_name, text, _("entered later, from paper"), "mark")
        return
    text, detail, weight = _sentence(entry, callsigns, added)
    if text:
        yield Line(entry.id, entry.at, entry.actor_name, text, words.kept(detail), weight)


def _corrected(entry: Entry, callsigns: dict[UUID, str], added: dict[str, str], zone: tzinfo) -> Line:
    told = entry.payload
    was, now = (f"{datetime.fromisoformat(told[each]).astimezone(zone):%H:%M:%S}" for each in ("before", "after"))
    whose = callsigns.get(UUID(told["unit"]), _("A unit")) if "unit" in told else ""
    what = words.stamp(told["stamp"], str(HandoffTo(told["to"]).label).capitalize() if "to" in told else whose)
    detail = added.get(str(told["correction"]), "")
    text = _("%(what)s: corrected to %(now)s, was %(was)s") % {"what": what, "now": now, "was": was}
    return Line(entry.id, entry.at, entry.actor_name, text, detail, "mark")


def _entered(entry: Entry, callsigns: dict[UUID, str], zone: tzinfo) -> str:
    """What a paper tells, with the times of then; who entered it and when is the line's own."""
    told = entry.payload
    whose: str = ""
    of_it: tuple[str, ...] = ("received", "answered", "decided", "closed")
    if "unit" in told:
        whose, of_it = callsigns.get(UUID(told["unit"]), _("A unit")), _OF_UNIT_LOG
    elif "to" in told:
        whose, of_it = HandoffTo(told["to"]).label.capitalize(), ("sent", "acknowledged")
    moments = [(name, datetime.fromisoformat(told[name]).astimezone(zone)) for name in of_it if told[name]]
    said = ", ".join(f"{words.stamp(name).lower()} {moment:%H:%M:%S}" for name, moment in moments)
    if whose:
        return f"{whose}: {said}"
    day = f"{moments[0][1]:%a} {moments[0][1].day} {moments[0][1]:%b}"
    return _("Paper %(number)s of %(day)s: %(said)s") % {"number": told["number"], "day": day, "said": said}


_OF_UNIT_LOG = ("offered", "accepted", "en_route", "on_scene", "cleared")


def _sentence(entry: Entry, callsigns: dict[UUID, str], added: dict[str, str]) -> tuple[str, str, str]:
    told: dict[str, Any] = entry.payload
    unit = callsigns.get(UUID(told["unit"]), _("A unit")) if told.get("unit") else _("Somebody")
    agency = str(HandoffTo(told["to"]).label) if entry.kind.startswith("handoff.") else ""
    said = {"unit": unit, "number": told.get("number"), "agency": agency, "Agency": agency.capitalize()}
    match entry.kind:
        case "call.taken":
            what = {"type": words.answer("call_type", told["call_type"])}
            if told["channel"]:
                what["channel"] = words.answer("channel", told["channel"])
                return _("Call taken by %(channel)s: %(type)s") % what, "", ""
            return _("Call taken: %(type)s") % what, "", ""
        case "call.amended":
            return _amended(told)
        case "incident.opened":
            return _("Incident %(number)s opened") % said, "", ""
        case "incident.joined":
            return _("A further call was added to this incident"), "", "mark"
        case "incident.merged":
            return _("Merged into incident %(number)s") % said, "", "mark"
        case "incident.took_in":
            return _("Incident %(number)s was merged into this one") % said, "", "mark"
        case "incident.unmerged":
            return _("The merge into incident %(number)s was taken back") % said, "", "mark"
        case "incident.gave_back":
            return _("Incident %(number)s stands by itself again") % said, "", "mark"
        case "incident.split":
            return _("A call was split off: incident %(number)s") % said, "", "mark"
        case "incident.linked":
            return _("Linked to incident %(number)s") % said, "", ""
        case "incident.unlinked":
            return _("The link to incident %(number)s was taken away") % said, "", ""
        case "incident.cancelled":
            why = str(Incident.CancelReason(told["reason"]).label)
            cancelled = _("Cancelled: %(why)s") % {"why": f"{why[0].lower()}{why[1:]}"}
            return cancelled, added.get(told["remark"] or "", ""), "mark"
        case "incident.reopened":
            return _("Taken up again"), added.get(told["remark"], ""), "warning"
        case "incident.decided":
            parts = [words.outcome_short(told["outcome"])]
            if told["also"]:
                parts.append(_("%(agencies)s as well") % {"agencies": _(" and ").join(map(words.agency, told["also"]))})
            if told["priority"]:
                parts.append(_("priority %(priority)s") % {"priority": told["priority"]})
            return _("Decided: %(what)s") % {"what": ", ".join(parts)}, "", "mark"
        case "incident.overridden":
            over = {
                "outcome": words.outcome_short(told["outcome"]),
                "why": Override.Reason(told["reason"]).label.lower(),
            }
            return _("Overridden to %(outcome)s: %(why)s") % over, "", "warning"
        case "incident.override_lifted" if told["floor"]:
            danger = ", ".join(words.fact_name(fact).lower() for fact in told["floor"])
            return _("The override ended: no team goes alone to this (%(danger)s)") % {"danger": danger}, "", "warning"
        case "incident.override_lifted":
            return _("The override ended"), "", "mark"
        case "incident.override_reviewed":
            verdict = Override.Verdict(told["verdict"]).label.lower()
            return _("The override was reviewed: %(verdict)s") % {"verdict": verdict}, "", ""
        case "incident.moved":
            if told["status"] in ("closed", "handed_off"):
                return _("Incident %(state)s") % {"state": plain(told["status"])}, "", "mark"
            return "", "", ""
        case "incident.relocated":
            return _("The place was corrected"), "", "mark"
        case "incident.place_accepted":
            return _("The place will do as it is"), "", ""
        case "incident.overdue":
            state = words.incident_state(told["status"])
            return _("Waiting longer than promised (%(state)s)") % {"state": state}, "", "warning"
        case "incident.unserved":
            return _("No team is left to ask: a dispatcher must act"), "", "warning"
        case "incident.held":
            held = Hold.Reason(told["reason"])
            if held is Hold.Reason.SCHEDULED:
                return str(held.label), "", ""
            return _("Put on hold: %(why)s") % {"why": held.label.lower()}, "", ""
        case "incident.hold_ended":
            return _("On hold no longer: %(why)s") % {"why": Hold.Ending(told["ending"]).label}, "", ""
        case "incident.short":
            return _("%(accepted)s of %(wanted)s teams that are wanted: a dispatcher must act") % told, "", "warning"
        case "incident.disposed":
            return _("Result: %(disposition)s") % {"disposition": words.disposition(told["disposition"])}, "", ""
        case "ladder.begun":
            return _("Rightcall looks for a team by itself"), "", "mark"
        case "ladder.stepped":
            return words.ladder_step(told["do"], told["to"]), "", ""
        case "ladder.step_ended" if told["result"] == "nobody":
            return _("%(step)s: nobody to turn to") % {"step": words.ladder_step(told["do"])}, "", "warning"
        case "ladder.step_ended":
            return "", "", ""
        case "ladder.superseded":
            return (
                _("No team was free: %(unit)s is asked, who had not answered about something less urgent") % said,
                "",
                "mark",
            )
        case "ladder.answered":
            return words.ladder_answer(told["do"], told["to"], told["answer"]), "", "mark"
        case "ladder.called":
            return _("No team and no step is left: somebody must take this"), "", "warning"
        case "ladder.taken":
            return _("%(name)s sees to it") % {"name": entry.actor_name}, "", "mark"
        case "ladder.handed_over":
            return _("%(name)s sees to it instead") % {"name": entry.actor_name}, "", "mark"
        case "incident.hold_handed_over":
            return _("%(name)s answers for the hold now") % {"name": entry.actor_name}, "", ""
        case "duress.handed_over":
            return _("The duress of %(unit)s was taken over") % {"unit": unit}, "", "mark"
        case "ladder.paused" if told["cause"] == "person":
            return _("The search for a team was paused"), "", "mark"
        case "ladder.resumed":
            return _("The search for a team goes on"), "", ""
        case "ladder.stood_down":
            return _("The search for a team was stopped: a person sees to it"), "", "mark"
        case "ladder.paused" | "ladder.ended":
            return "", "", ""
        case "assignment.offered":
            return _("%(unit)s was asked") % said, "", ""
        case "assignment.unreached":
            return _("No phone of %(unit)s could be reached: radio them") % said, "", "warning"
        case "assignment.sent":
            return _("%(unit)s was sent by radio") % said, "", ""
        case "assignment.diverted":
            return _("%(unit)s was sent here from a less urgent incident") % said, "", "mark"
        case "assignment.diversion_seen":
            heard = _("%(unit)s has heard by radio that it comes here instead")
            return (heard if told["by_radio"] else _("%(unit)s has seen that it comes here instead")) % said, "", "mark"
        case "assignment.diversion_unseen":
            return _("%(unit)s has not seen that it comes here instead: radio them") % said, "", "warning"
        case "assignment.moved":
            return _moved(told, unit, added.get(str(entry.subject_id), ""))
        case "assignment.alerted":
            turned = {
                "unit": unit,
                "before": words.outcome_short(told["before"]),
                "after": words.outcome_short(told["after"]),
                "why": ", ".join(words.fact_name(fact).lower() for fact in told["facts"]) or _("a person decided"),
            }
            return _("%(unit)s was told of the change from %(before)s to %(after)s: %(why)s") % turned, "", "warning"
        case "assignment.alert_seen":
            heard = _("%(unit)s has heard it by radio")
            return (heard if told["by_radio"] else _("%(unit)s has seen it")) % said, "", "mark"
        case "assignment.alert_unseen":
            return _("%(unit)s has not seen the change: radio them") % said, "", "warning"
        case "assignment.alert_over":
            again = {"unit": unit, "outcome": words.outcome_short(told["outcome"])}
            return _("Again %(outcome)s, as %(unit)s was sent") % again, "", "mark"
        case "assignment.checked_in":
            heard = _("%(unit)s is all right, by radio")
            return (heard if told["by_radio"] else _("%(unit)s is all right")) % said, "", ""
        case "assignment.check_in_asked":
            return _("%(unit)s was not heard from and is asked on the phone") % said, "", ""
        case "assignment.check_in_missed":
            return _("%(unit)s does not answer: radio them") % said, "", "warning"
        case "assignment.silent":
            return _("%(unit)s is silent: does backup go?") % said, "", "warning"
        case "assignment.backup_wanted":
            wanted = {"unit": unit, "wants": Backup.Wants(told["wants"]).label}
            heard = _("%(unit)s wants %(wants)s, by radio")
            return (heard if told["by_radio"] else _("%(unit)s wants %(wants)s")) % wanted, "", "warning"
        case "assignment.backup_undecided":
            return _("Nobody has decided about backup for %(unit)s") % said, "", "warning"
        case "assignment.backup_decided":
            decided = {"unit": unit, "decision": Backup.Decision(told["decision"]).label}
            return _("Backup for %(unit)s: %(decision)s") % decided, "", "mark"
        case "duress.raised":
            return _("%(unit)s pressed DURESS") % said, "", "warning"
        case "duress.unanswered":
            return _("Nobody has taken up the duress of %(unit)s") % said, "", "warning"
        case "duress.acknowledged":
            return _("The duress of %(unit)s was taken up") % said, "", "mark"
        case "duress.stands":
            return _("The duress of %(unit)s still stands") % said, "", "warning"
        case "duress.cleared":
            return _("The duress of %(unit)s was cleared") % said, added.get(str(entry.subject_id), ""), "mark"
        case "referral.received":
            return _("Another agency handed this to us, and waits for an answer"), "", "mark"
        case "referral.told":
            return _("Their system has our answer"), "", ""
        case "referral.undelivered":
            lost = _("Our answer to the agency that handed this to us did not get through (%(why)s): phone them")
            trying = _(
                "Our answer to the agency that handed this to us did not get through (%(why)s): phone them; it is "
                "tried again"
            )
            return (lost if told["given_up"] else trying) % {"why": _why(told)}, "", "warning"
        case "referral.unanswered":
            return _("The agency that handed this to us still waits for an answer"), "", "warning"
        case "referral.answered":
            refused = _("We refused it: it stays with whoever handed it to us")
            return _("We took it over") if told["status"] == "accepted" else refused, "", "mark"
        case "handoff.withdrawn":
            return _("The hand-off to %(agency)s was withdrawn") % said, "", ""
        case "handoff.proposed":
            return _("Hand-off to %(agency)s opened: they must be told") % said, "", ""
        case "handoff.sent":
            way = Handoff.Way(told["way"]).label
            return _("%(Agency)s told %(way)s") % {**said, "way": way}, "", ""
        case "handoff.undelivered":
            lost = _("The message to %(agency)s did not get through (%(why)s): phone them")
            trying = _("The message to %(agency)s did not get through (%(why)s): phone them; it is tried again")
            return (lost if told["given_up"] else trying) % {**said, "why": _why(told)}, "", "warning"
        case "handoff.untold":
            return _("Nobody has told %(agency)s yet") % said, "", "warning"
        case "handoff.acknowledged":
            return _("%(Agency)s said that they have it") % said, "", "mark"
        case "handoff.unanswered":
            return (
                _("%(Agency)s were told, and have not said whether they take it") % said,
                "",
                "warning",
            )
        case "handoff.refused":
            return _("%(Agency)s refused it: somebody else must go") % said, "", "warning"
        case "handoff.returned":
            return _("%(Agency)s gave it back") % said, "", "warning"
        case "call.assessed":
            return "", "", ""
    # A kind that a later part of Rightcall added is better shown plainly than left out.
    return plain(entry.kind.replace(".", " ")).capitalize(), "", ""


def _why(told: dict[str, Any]) -> str:
    return plain(told["why"].replace("-", " "))


def _amended(told: dict[str, Any]) -> tuple[str, str, str]:
    answers = [words.fact_name(name).lower() for name in told["facts"]]
    fields = [plain(name) for name in told["fields"]]
    if answers and not fields:
        return _("Answered: %(facts)s") % {"facts": ", ".join(answers)}, "", ""
    if list(told["fields"]) == ["narrative"] and not answers:
        return _("Words added"), "", ""
    return _("Call changed: %(what)s") % {"what": ", ".join([*fields, *answers])}, "", ""


def _moved(told: dict[str, Any], unit: str, added: str) -> tuple[str, str, str]:
    status = AssignmentStatus(told["status"])
    why = ""
    if status is AssignmentStatus.DECLINED and told["reason"]:
        why = f": {Assignment.Reason(told['reason']).label.lower()}"
    elif status is AssignmentStatus.CLEARED and told["disposition"]:
        why = f": {words.disposition(told['disposition']).lower()}"
    elif told.get("early"):
        why = f", {_EARLY[told['early']]}"
    ended = status in (AssignmentStatus.DECLINED, AssignmentStatus.CLEARED, AssignmentStatus.WITHDRAWN)
    weight = "warning" if status in (AssignmentStatus.DECLINED, AssignmentStatus.EXPIRED) else ""
    moved = _MOVED[status]
    if status is AssignmentStatus.WITHDRAWN and told["reason"]:
        moved = _WITHDRAWN[Assignment.Withdrawal(told["reason"])]
    return f"{moved % {'unit': unit}}{why}", added if ended else "", weight
