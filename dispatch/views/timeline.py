"""What happened to an incident, in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

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
    AssignmentStatus.ACCEPTED: "accepted",
    AssignmentStatus.EN_ROUTE: "is en route",
    AssignmentStatus.STAGED: "is staged nearby",
    AssignmentStatus.ON_SCENE: "is on scene",
    AssignmentStatus.TRANSPORTING: "is transporting",
    AssignmentStatus.AT_DESTINATION: "is at the destination",
    AssignmentStatus.CLEARED: "is clear",
    AssignmentStatus.DECLINED: "declined",
    AssignmentStatus.EXPIRED: "did not answer in time",
    AssignmentStatus.WITHDRAWN: "was withdrawn",
}
_WITHDRAWN = {
    Assignment.Withdrawal.DISPATCHER: "was taken back",
    Assignment.Withdrawal.TAKEN: "need not come",
    Assignment.Withdrawal.SUPERSEDED: "is asked for something more urgent",
    Assignment.Withdrawal.PREEMPTED: "was taken for something more urgent",
    Assignment.Withdrawal.HELD: "need not come yet",
    Assignment.Withdrawal.TURNED: "need not come",
    Assignment.Withdrawal.OVER: "need not come",
}
_EARLY = {Staging.UNTOLD: "before police said that they are coming", Staging.WORD: "called in by dispatch"}


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
    text, detail, weight = _sentence(entry, callsigns, added)
    if text:
        yield Line(entry.id, entry.at, entry.actor_name, text, detail, weight)


def _corrected(entry: Entry, callsigns: dict[UUID, str], added: dict[str, str], zone: tzinfo) -> Line:
    told = entry.payload
    was, now = (f"{datetime.fromisoformat(told[each]).astimezone(zone):%H:%M:%S}" for each in ("before", "after"))
    whose = callsigns.get(UUID(told["unit"]), "A unit") if "unit" in told else ""
    what = words.stamp(told["stamp"], HandoffTo(told["to"]).label.capitalize() if "to" in told else whose)
    detail = added.get(str(told["correction"]), "")
    return Line(entry.id, entry.at, entry.actor_name, f"{what}: corrected to {now}, was {was}", detail, "mark")


def _sentence(entry: Entry, callsigns: dict[UUID, str], added: dict[str, str]) -> tuple[str, str, str]:
    told: dict[str, Any] = entry.payload
    unit = callsigns.get(UUID(told["unit"]), "A unit") if told.get("unit") else "Somebody"
    match entry.kind:
        case "call.taken":
            channel = f" by {words.answer('channel', told['channel'])}" if told["channel"] else ""
            return f"Call taken{channel}: {words.answer('call_type', told['call_type'])}", "", ""
        case "call.amended":
            return _amended(told)
        case "incident.opened":
            return f"Incident {told['number']} opened", "", ""
        case "incident.joined":
            return "A further call was added to this incident", "", "mark"
        case "incident.merged":
            return f"Merged into incident {told['number']}", "", "mark"
        case "incident.took_in":
            return f"Incident {told['number']} was merged into this one", "", "mark"
        case "incident.unmerged":
            return f"The merge into incident {told['number']} was taken back", "", "mark"
        case "incident.gave_back":
            return f"Incident {told['number']} stands by itself again", "", "mark"
        case "incident.split":
            return f"A call was split off: incident {told['number']}", "", "mark"
        case "incident.linked":
            return f"Linked to incident {told['number']}", "", ""
        case "incident.unlinked":
            return f"The link to incident {told['number']} was taken away", "", ""
        case "incident.cancelled":
            why = Incident.CancelReason(told["reason"]).label
            return f"Cancelled: {why[0].lower()}{why[1:]}", added.get(told["remark"] or "", ""), "mark"
        case "incident.reopened":
            return "Taken up again", added.get(told["remark"], ""), "warning"
        case "incident.decided":
            also = f", {' and '.join(map(words.agency, told['also']))} as well" if told["also"] else ""
            level = f", priority {told['priority']}" if told["priority"] else ""
            return f"Decided: {words.OUTCOMES_SHORT.get(told['outcome'], told['outcome'])}{also}{level}", "", "mark"
        case "incident.overridden":
            why = Override.Reason(told["reason"]).label.lower()
            return f"Overridden to {words.OUTCOMES_SHORT[told['outcome']]}: {why}", "", "warning"
        case "incident.override_lifted" if told["floor"]:
            danger = ", ".join(words.fact_name(fact).lower() for fact in told["floor"])
            return f"The override ended: no team goes alone to this ({danger})", "", "warning"
        case "incident.override_lifted":
            return "The override ended", "", "mark"
        case "incident.override_reviewed":
            return f"The override was reviewed: {told['verdict']}", "", ""
        case "incident.moved":
            if told["status"] in ("closed", "handed_off"):
                return f"Incident {told['status'].replace('_', ' ')}", "", "mark"
            return "", "", ""
        case "incident.relocated":
            return "The place was corrected", "", "mark"
        case "incident.place_accepted":
            return "The place will do as it is", "", ""
        case "incident.overdue":
            return f"Waiting longer than promised ({words.incident_state(told['status'])})", "", "warning"
        case "incident.unserved":
            return "No team is left to ask: a dispatcher must act", "", "warning"
        case "incident.held":
            why = Hold.Reason(told["reason"])
            return (
                ("Scheduled for later" if why is Hold.Reason.SCHEDULED else f"Put on hold: {why.label.lower()}"),
                "",
                "",
            )
        case "incident.hold_ended":
            return f"On hold no longer: {Hold.Ending(told['ending']).label}", "", ""
        case "incident.short":
            return f"{told['accepted']} of {told['wanted']} teams that are wanted: a dispatcher must act", "", "warning"
        case "incident.disposed":
            return f"Result: {words.disposition(told['disposition'])}", "", ""
        case "ladder.begun":
            return "Rightcall looks for a team by itself", "", "mark"
        case "ladder.stepped":
            return words.ladder_step(told["do"], told["to"]), "", ""
        case "ladder.step_ended" if told["result"] == "nobody":
            return f"{words.ladder_step(told['do'])}: nobody to turn to", "", "warning"
        case "ladder.step_ended":
            return "", "", ""
        case "ladder.superseded":
            return f"No team was free: {unit} is asked, who had not answered about something less urgent", "", "mark"
        case "ladder.answered":
            return words.ladder_answer(told["do"], told["to"], told["answer"]), "", "mark"
        case "ladder.called":
            return "No team and no step is left: somebody must take this", "", "warning"
        case "ladder.taken":
            return f"{entry.actor_name} sees to it", "", "mark"
        case "ladder.paused" if told["cause"] == "person":
            return "The search for a team was paused", "", "mark"
        case "ladder.resumed":
            return "The search for a team goes on", "", ""
        case "ladder.stood_down":
            return "The search for a team was stopped: a person sees to it", "", "mark"
        case "ladder.paused" | "ladder.ended":
            return "", "", ""
        case "assignment.offered":
            return f"{unit} was asked", "", ""
        case "assignment.unreached":
            return f"No phone of {unit} could be reached: radio them", "", "warning"
        case "assignment.sent":
            return f"{unit} was sent by radio", "", ""
        case "assignment.diverted":
            return f"{unit} was sent here from a less urgent incident", "", "mark"
        case "assignment.diversion_seen":
            how = "has heard by radio" if told["by_radio"] else "has seen"
            return f"{unit} {how} that it comes here instead", "", "mark"
        case "assignment.diversion_unseen":
            return f"{unit} has not seen that it comes here instead: radio them", "", "warning"
        case "assignment.moved":
            return _moved(told, unit, added.get(str(entry.subject_id), ""))
        case "assignment.alerted":
            why = ", ".join(words.fact_name(fact).lower() for fact in told["facts"]) or "a person decided"
            turned = f"from {words.OUTCOMES_SHORT[told['before']]} to {words.OUTCOMES_SHORT[told['after']]}"
            return f"{unit} was told of the change {turned}: {why}", "", "warning"
        case "assignment.alert_seen":
            return f"{unit} {'has heard it by radio' if told['by_radio'] else 'has seen it'}", "", "mark"
        case "assignment.alert_unseen":
            return f"{unit} has not seen the change: radio them", "", "warning"
        case "assignment.alert_over":
            return f"Again {words.OUTCOMES_SHORT[told['outcome']]}, as {unit} was sent", "", "mark"
        case "assignment.checked_in":
            return f"{unit} is all right{', by radio' if told['by_radio'] else ''}", "", ""
        case "assignment.check_in_asked":
            return f"{unit} was not heard from and is asked on the phone", "", ""
        case "assignment.check_in_missed":
            return f"{unit} does not answer: radio them", "", "warning"
        case "assignment.silent":
            return f"{unit} is silent: does backup go?", "", "warning"
        case "assignment.backup_wanted":
            what = Backup.Wants(told["wants"]).label
            return f"{unit} wants {what}{', by radio' if told['by_radio'] else ''}", "", "warning"
        case "assignment.backup_undecided":
            return f"Nobody has decided about backup for {unit}", "", "warning"
        case "assignment.backup_decided":
            return f"Backup for {unit}: {Backup.Decision(told['decision']).label}", "", "mark"
        case "duress.raised":
            return f"{unit} pressed DURESS", "", "warning"
        case "duress.unanswered":
            return f"Nobody has taken up the duress of {unit}", "", "warning"
        case "duress.acknowledged":
            return f"The duress of {unit} was taken up", "", "mark"
        case "duress.stands":
            return f"The duress of {unit} still stands", "", "warning"
        case "duress.cleared":
            return f"The duress of {unit} was cleared", added.get(str(entry.subject_id), ""), "mark"
        case "referral.received":
            return "Another agency handed this to us, and waits for an answer", "", "mark"
        case "referral.told":
            return "Their system has our answer", "", ""
        case "referral.undelivered":
            trying = "phone them" if told["given_up"] else "phone them; it is tried again"
            why = told["why"].replace("-", " ")
            return (
                f"Our answer to the agency that handed this to us did not get through ({why}): {trying}",
                "",
                "warning",
            )
        case "referral.unanswered":
            return "The agency that handed this to us still waits for an answer", "", "warning"
        case "referral.answered":
            took = told["status"] == "accepted"
            return "We took it over" if took else "We refused it: it stays with whoever handed it to us", "", "mark"
        case "handoff.withdrawn":
            return f"The hand-off to {HandoffTo(told['to']).label} was withdrawn", "", ""
        case "handoff.proposed":
            return f"Hand-off to {HandoffTo(told['to']).label} opened: they must be told", "", ""
        case "handoff.sent":
            way = Handoff.Way(told["way"]).label
            return f"{HandoffTo(told['to']).label.capitalize()} told {way}", "", ""
        case "handoff.undelivered":
            to, why = HandoffTo(told["to"]).label, told["why"].replace("-", " ")
            trying = "phone them" if told["given_up"] else "phone them; it is tried again"
            return f"The message to {to} did not get through ({why}): {trying}", "", "warning"
        case "handoff.untold":
            return f"Nobody has told {HandoffTo(told['to']).label} yet", "", "warning"
        case "handoff.acknowledged":
            return f"{HandoffTo(told['to']).label.capitalize()} said that they have it", "", "mark"
        case "handoff.unanswered":
            return (
                f"{HandoffTo(told['to']).label.capitalize()} were told, and have not said whether they take it",
                "",
                "warning",
            )
        case "handoff.refused":
            return f"{HandoffTo(told['to']).label.capitalize()} refused it: somebody else must go", "", "warning"
        case "handoff.returned":
            return f"{HandoffTo(told['to']).label.capitalize()} gave it back", "", "warning"
        case "call.assessed":
            return "", "", ""
    # A kind that a later part of Rightcall added is better shown plainly than left out.
    return entry.kind.replace(".", " ").replace("_", " ").capitalize(), "", ""


def _amended(told: dict[str, Any]) -> tuple[str, str, str]:
    answers = [words.fact_name(name).lower() for name in told["facts"]]
    fields = [name.replace("_", " ") for name in told["fields"]]
    if answers and not fields:
        return f"Answered: {', '.join(answers)}", "", ""
    changed = ", ".join([*fields, *answers])
    return ("Words added" if fields == ["narrative"] and not answers else f"Call changed: {changed}"), "", ""


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
    moved = _MOVED.get(status, status)
    if status is AssignmentStatus.WITHDRAWN and told["reason"]:
        moved = _WITHDRAWN[Assignment.Withdrawal(told["reason"])]
    return f"{unit} {moved}{why}", added if ended else "", weight
