"""The verbs of previews: what a draft would have done with the calls of the last days, before anybody publishes it.

A preview is worked off in batches by whichever worker finds it; each batch commits with the cursor behind it, so a
worker that dies costs one batch of time. A draft that has unsafe cases is published only with a written reason.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from calls.models import Assessment, Call
from dispatch.models import Assignment, IncidentCall, IncidentDecision, Override
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, Refused, fitting
from planning import entries
from planning.models import Preview, PreviewCase
from triage import deciding, publishing
from triage.engine import Decision, FactErrors, FactValue
from triage.engine import Policy as CompiledPolicy
from triage.engine.floor import disqualifiers
from triage.models import PolicyVersion
from triage.states import VersionStatus

logger = logging.getLogger(__name__)

BATCH: Final = 1000
MOST_DAYS: Final = 3660
TEAM: Final = "community"


def begin(*, version: PolicyVersion, days: int, exercises: bool = False, by: Actor, at: datetime) -> Preview:
    """Ask for a preview of a draft over the calls taken in the last `days` days; workers carry it out.

    Raises Invalid for a number of days that makes no sense, Refused for a version that is published already.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid({"days": _("A whole number from 1 to %(most)s.") % {"most": MOST_DAYS}})
    if version.state not in (VersionStatus.DRAFT, VersionStatus.IN_REVIEW):
        raise Refused(_("Only a draft is previewed; this version has been published."))
    with transaction.atomic():
        preview = Preview(
            version=version,
            digest=version.digest,
            days=days,
            exercises=exercises,
            asked_by_name=by.actor_name,
            begun_at=at,
            total=0,
        )
        preview.total = _calls(preview).count()
        preview.save()
        told = entries.PreviewBegun(version=version.id, days=days, calls=preview.total)
        record(told, subject=preview, by=by, at=at)
    return preview


def unfinished() -> QuerySet[Preview]:
    return Preview.objects.filter(ended_at=None).order_by("begun_at")


def work(*, at: datetime, go_on: Callable[[], bool]) -> int:
    """Work on what is unfinished, the oldest first, as long as `go_on` says so. Returns how many calls were decided."""
    decided = 0
    for preview_id in list(unfinished().values_list("id", flat=True)):
        try:
            while go_on():
                if not (batch := _work_on(preview_id, at=at)):
                    break
                decided += batch
        except (InterfaceError, OperationalError):
            # Postgres restarts, or has ended what took too long: the tables still say where to go on.
            logger.warning("preview interrupted, trying again", extra={"preview": str(preview_id)})
        except Exception:
            # One broken preview must not hold up the others, nor be tried for ever.
            logger.exception("preview failed", extra={"preview": str(preview_id)})
            Preview.objects.filter(id=preview_id, ended_at=None).update(ended_at=at, failed=True)
    return decided


def _work_on(preview_id: uuid.UUID, *, at: datetime) -> int:
    """Decide one batch. 0 when it is finished, or when another worker has it."""
    with transaction.atomic():
        rows = Preview.objects.select_for_update(of=("self",), skip_locked=True).select_related("version__policy")
        preview = rows.filter(id=preview_id, ended_at=None).first()
        if preview is None:
            return 0
        if preview.version.digest != preview.digest:  # the draft went on: nobody asks any more
            preview.ended_at, preview.failed = at, True
            preview.save(update_fields=["ended_at", "failed"])
            return 0
        calls = list(_calls(preview, after=True).order_by("taken_at", "id")[:BATCH])
        if not calls:
            preview.ended_at = at
            preview.save(update_fields=["ended_at"])
            return 0
        PreviewCase.objects.bulk_create(_cases(preview, calls))
        preview.cursor_at, preview.cursor_id = calls[-1].taken_at, calls[-1].id
        preview.done += len(calls)
        preview.save(update_fields=["cursor_at", "cursor_id", "done"])
        return len(calls)


def _calls(preview: Preview, *, after: bool = False) -> QuerySet[Call]:
    since = preview.begun_at - timedelta(days=preview.days)
    calls = Call.objects.filter(
        program__policy=preview.version.policy_id, taken_at__gt=since, taken_at__lte=preview.begun_at
    )
    if not preview.exercises:
        calls = calls.filter(exercise=False)
    if after and preview.cursor_at is not None:
        past = Q(taken_at__gt=preview.cursor_at) | Q(taken_at=preview.cursor_at, id__gt=preview.cursor_id)
        calls = calls.filter(past, taken_at__gte=preview.cursor_at)
    return calls.only("id", "taken_at", "received_at")


@dataclass
class _Told:
    """What is on file about one call."""

    assessments: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    later: dict[str, FactValue] = field(default_factory=dict)  # what its incident knows by now
    overridden: str = ""  # the outcome that a person decided, where a supervisor agreed


def _cases(preview: Preview, calls: list[Call]) -> Iterable[PreviewCase]:
    told = _told(preview, calls)
    draft = deciding.compiled(preview.version)
    cases = []
    for call in calls:
        if not (assessments := told[call.id].assessments):
            continue  # no policy decided it then
        last = assessments[-1]
        try:
            after = draft.decide(last["facts"], at=call.received_at)
        except FactErrors:  # answered by a vocabulary that is no more
            continue
        danger = _danger(draft, call, told[call.id], after)
        kind = _kind(last, after)
        overridden = told[call.id].overridden
        if kind is not PreviewCase.Kind.SAME or danger or overridden:
            cases.append(
                PreviewCase(
                    preview=preview,
                    call=call,
                    kind=kind,
                    unsafe=bool(danger),
                    danger=danger,
                    overridden=overridden,
                    after=after.to_json(),
                )
            )
    decisions = dict(
        Assessment.objects.filter(id__in=[told[case.call_id].assessments[-1]["id"] for case in cases]).values_list(
            "call_id", "decision"
        )
    )
    for case in cases:
        case.before = decisions[case.call_id]
    return cases


def _told(preview: Preview, calls: list[Call]) -> dict[uuid.UUID, _Told]:
    """What is on file about these calls, in a few queries however many they are."""
    told: dict[uuid.UUID, _Told] = defaultdict(_Told)
    ids = [call.id for call in calls]
    assessments = Assessment.objects.filter(call__in=ids, policy_version__policy=preview.version.policy_id)
    for each in (
        assessments.annotate(also=F("decision__also"))
        .order_by("id")
        .values("id", "call_id", "facts", "outcome", "eligible", "priority", "also")
    ):
        told[each["call_id"]].assessments.append(each)
    incidents = dict(IncidentCall.objects.filter(call__in=ids).values_list("call_id", "incident_id"))
    newest = IncidentDecision.objects.filter(incident__in=incidents.values(), beside=None).order_by("incident", "-id")
    facts = dict(newest.distinct("incident").values_list("incident_id", "facts"))
    declined = Assignment.objects.filter(incident__in=incidents.values(), decline_reason=Assignment.Reason.SAFETY)
    unsafe_for_a_team = set(declined.values_list("incident_id", flat=True))
    overridden = Override.objects.filter(incident__in=incidents.values(), reason=Override.Reason.DANGER)
    dangerous = set(overridden.exclude(outcome=TEAM).values_list("incident_id", flat=True))
    agreed = Override.objects.filter(incident__in=incidents.values(), verdict=Override.Verdict.AGREE).order_by("at")
    # Who gave it away for want of a team said nothing of what the rules should say. Of several the latest counts.
    decided = dict(agreed.exclude(reason=Override.Reason.NO_TEAM).values_list("incident_id", "outcome"))
    for call_id, incident_id in incidents.items():
        told[call_id].overridden = decided.get(incident_id, "")
        told[call_id].later = {
            **facts.get(incident_id, {}),
            **({"declined": "safety"} if incident_id in unsafe_for_a_team else {}),
            **({"overridden": "danger"} if incident_id in dangerous else {}),
        }
    return told


def _danger(draft: CompiledPolicy, call: Call, told: _Told, last: Decision) -> dict[str, Any]:
    """What came to light after the draft would have sent a team; nothing when it would not have."""
    danger: dict[str, Any] = dict(disqualifiers(told.assessments[-1]["facts"]) | disqualifiers(told.later))
    danger |= {said: told.later[said] for said in ("declined", "overridden") if said in told.later}
    if not danger:
        return {}
    if last.outcome == TEAM:
        return danger
    for each in told.assessments[:-1]:
        if draft.decide(each["facts"], at=call.received_at).outcome == TEAM:
            return danger
    return {}


def _kind(before: dict[str, Any], after: Decision) -> PreviewCase.Kind:
    went, goes = before["outcome"] == TEAM, after.outcome == TEAM
    if goes and not went:
        return PreviewCase.Kind.GAINED
    if went and not goes:
        return PreviewCase.Kind.LOST
    was = (before["outcome"], before["eligible"], before["priority"], before["also"])
    if was != (after.outcome, after.eligible, after.priority, list(after.also)):
        return PreviewCase.Kind.CHANGED
    return PreviewCase.Kind.SAME


def publish(*, version: PolicyVersion, seen: str, reason: str = "", by: Actor, at: datetime) -> PolicyVersion:
    """Approve and publish what is in review, once its preview has been run to the end.

    Raises Refused without a finished preview of exactly the text that was seen (its digest), and as
    `publishing.publish` does; Invalid when a preview of it has unsafe cases and no reason is given.
    """
    (reason,) = fitting({"reason": (reason, 1000)})
    preview = of_text(version, seen)
    if preview is None or preview.ended_at is None:
        raise Refused(_("Run the preview to its end first: it shows what this version would have done."))
    unsafe = unsafe_calls(version, seen)
    if unsafe and not reason:
        told = _("The preview shows %(unsafe)s unsafe. Say why this is published all the same.")
        raise Invalid({"reason": told % {"unsafe": unsafe}})
    return publishing.publish(version=version, seen=seen, unsafe_reason=reason if unsafe else "", by=by, at=at)


def unsafe_calls(version: PolicyVersion, digest: str) -> int:
    """How many calls this text of it would have made unsafe, by all its previews: a shorter one takes none back."""
    cases = PreviewCase.objects.filter(preview__version=version, preview__digest=digest, unsafe=True)
    return cases.values("call").distinct().count()


def of_text(version: PolicyVersion, digest: str) -> Preview | None:
    """The newest preview of this text of it that did not fail."""
    return Preview.objects.filter(version=version, digest=digest, failed=False).order_by("-begun_at").first()
