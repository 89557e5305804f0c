"""What the API answers: the shapes, which also make the schema."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.models import Assessment, Call
from dispatch.decisions import decided
from dispatch.dispositions import DISPOSITIONS
from dispatch.models import Assignment, Correction, Handoff, HandoffTo, Hold, Incident, IncidentDecision, Override
from dispatch.ownership import Holder, Owner, owner_of
from dispatch.queries import linked
from dispatch.settling import OURS, override_in_force
from dispatch.states import AssignmentStatus, HandoffStatus, IncidentStatus, ReferralStatus, UnitState
from dispatch.waiting import hold_in_force
from due.models import Message

# Named here, so that the schema can name them too.
INCIDENT_STATUS = [(status.value, status.value) for status in IncidentStatus]
ASSIGNMENT_STATUS = [(status.value, status.value) for status in AssignmentStatus]
REFERRAL_STATUS = [(status.value, status.value) for status in ReferralStatus]
HANDOFF_STATUS = [(status.value, status.value) for status in HandoffStatus]
DISPOSITION = [(slug, slug) for slug in DISPOSITIONS]
CANCEL_REASON = [(reason.value, reason.value) for reason in Incident.CancelReason]


class Reason(serializers.Serializer[Any]):
    rule = serializers.CharField()
    text = serializers.CharField()
    facts = serializers.DictField()
    direction = serializers.ChoiceField(choices=["for", "against"])


class Question(serializers.Serializer[Any]):
    fact = serializers.CharField()
    question = serializers.CharField()
    values = serializers.ListField()


class PolicyMark(serializers.Serializer[Any]):
    slug = serializers.CharField()
    version = serializers.CharField()


class DecisionShape(serializers.Serializer[Any]):
    """What the policy says, and why. `eligible` and `priority` are null while they are open."""

    outcome = serializers.CharField()
    also = serializers.ListField(child=serializers.CharField())
    eligible = serializers.BooleanField(allow_null=True)
    priority = serializers.IntegerField(allow_null=True)
    mode = serializers.CharField(allow_null=True)
    required_skills = serializers.ListField(child=serializers.CharField())
    notes = serializers.ListField(child=serializers.CharField())
    reasons = Reason(many=True)
    next_questions = Question(many=True)
    policy = PolicyMark()


class ProgramDecision(DecisionShape):
    """What one of the programs over the place decided. `chosen`: this is the decision that counts."""

    program = serializers.SlugField()
    chosen = serializers.BooleanField()


def program_decisions(kept: Iterable[Assessment | IncidentDecision]) -> list[dict[str, Any]]:
    """The decisions of one moment, each with its program: the chosen one first."""
    return [{**each.decision, "program": each.program.slug, "chosen": each.chosen} for each in kept]


class IncidentMark(serializers.Serializer[Incident]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=INCIDENT_STATUS)
    outcome = serializers.CharField()
    priority = serializers.IntegerField(allow_null=True)


class CallRow(serializers.Serializer[Call]):
    """A call in a list: nothing personal."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name is the API's
    external_id = serializers.CharField()
    received_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    call_type = serializers.CharField()
    program = serializers.SlugField(source="program.slug", default=None, allow_null=True)
    exercise = serializers.BooleanField()
    simulated = serializers.BooleanField()
    incident = IncidentMark(source="incident_link.incident", allow_null=True, default=None)


class CallerShape(serializers.Serializer[Call]):
    name = serializers.CharField(source="caller_name")
    phone = serializers.CharField(source="caller_phone")
    relation = serializers.CharField(source="facts.caller_relation", default=None, allow_null=True)
    address = serializers.CharField(source="caller_address", help_text="Where they are, if not at the place.")
    latitude = serializers.FloatField(source="caller_latitude", allow_null=True)
    longitude = serializers.FloatField(source="caller_longitude", allow_null=True)


class SubjectShape(serializers.Serializer[Call]):
    name = serializers.CharField(source="subject_name")
    age = serializers.JSONField(source="facts.age", default=None, allow_null=True)
    description = serializers.CharField(source="subject_description")
    last_seen = serializers.CharField(source="subject_last_seen")
    direction = serializers.CharField(source="subject_direction")


class LocationShape(serializers.Serializer[Call]):
    address = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    detail = serializers.CharField(source="location_detail")
    area = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        kind = serializers.CharField(source="facts.location_class", default=None, allow_null=True)
        return {**super().get_fields(), "class": kind}


class CallShape(CallRow):
    """One call, whole; incident and decision are filled in by whoever shows it."""

    incident = IncidentMark(allow_null=True, default=None)
    local_type = serializers.CharField()
    type_map = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    original_received_at = serializers.DateTimeField(allow_null=True)
    taken_by = serializers.CharField(source="taken_by_name")
    narrative = serializers.CharField()
    language = serializers.CharField()
    caller = CallerShape(source="*")
    subject = SubjectShape(source="*")
    location = LocationShape(source="*")
    facts = serializers.DictField()
    decision = DecisionShape(allow_null=True, default=None)
    decisions = ProgramDecision(many=True, default=list, help_text="Of all programs over the place.")


class UnitMark(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    callsign = serializers.CharField()


class AssignmentShape(serializers.Serializer[Assignment]):
    id = serializers.UUIDField()
    incident = serializers.UUIDField(source="incident_id")
    unit = UnitMark()
    status = serializers.ChoiceField(choices=ASSIGNMENT_STATUS)
    offered_by = serializers.CharField(source="offered_by_name")
    offered_at = serializers.DateTimeField()
    respond_by = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    en_route_at = serializers.DateTimeField(allow_null=True)
    staged_at = serializers.DateTimeField(allow_null=True)
    on_scene_at = serializers.DateTimeField(allow_null=True)
    transporting_at = serializers.DateTimeField(allow_null=True)
    at_destination_at = serializers.DateTimeField(allow_null=True)
    cleared_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    decline_reason = serializers.ChoiceField(choices=["", *Assignment.Reason.values])
    withdrawal = serializers.ChoiceField(choices=["", *Assignment.Withdrawal.values])
    round = serializers.UUIDField(source="round_id", allow_null=True, help_text="The same for all asked at once.")
    disposition = serializers.ChoiceField(choices=["", *DISPOSITIONS])


class HandoffShape(serializers.Serializer[Handoff]):
    id = serializers.UUIDField()
    incident = serializers.UUIDField(source="incident_id")
    to = serializers.ChoiceField(choices=HandoffTo.values)
    agency = serializers.CharField(source="agency.name", default=None, allow_null=True, help_text="Which, if linked.")
    status = serializers.ChoiceField(choices=HANDOFF_STATUS)
    proposed_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True, help_text="When they were told last.")
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField()
    reference = serializers.CharField()
    refused_at = serializers.DateTimeField(allow_null=True)
    refusal_reason = serializers.CharField()
    returned_at = serializers.DateTimeField(allow_null=True)
    return_reason = serializers.CharField()


class HandoffWhole(HandoffShape):
    """A hand-off with all that the other agency needs to know."""

    packet = serializers.DictField(help_text="Place, type, facts in words, cautions, calls, decision, teams and times.")


_DELIVERY = {
    Message.Status.PENDING: "trying",
    Message.Status.SENDING: "trying",
    Message.Status.SENT: "delivered",
    Message.Status.FAILED: "failed",
    Message.Status.MISSED: "failed",
}


class ReferralShape(serializers.Serializer[Any]):
    """What another agency handed to us, and our answer."""

    id = serializers.UUIDField(source="referral.id")
    reference = serializers.CharField(source="referral.reference", help_text="Your number for it.")
    status = serializers.ChoiceField(
        source="referral.status",
        choices=REFERRAL_STATUS,
        help_text="A person accepts or refuses; until then it is yours.",
    )
    received_at = serializers.DateTimeField(source="referral.received_at")
    answered_at = serializers.DateTimeField(source="referral.answered_at", allow_null=True)
    answered_by = serializers.CharField(source="referral.answered_by_name")
    reason = serializers.CharField(source="referral.reason", help_text="Why we refused it.")
    delivery = serializers.SerializerMethodField(
        help_text="Of our answer to your system; null before there is one, and where none is sent."
    )
    call = serializers.UUIDField(source="referral.call_id")
    incident = IncidentMark(allow_null=True)
    policy_accepts = serializers.SerializerMethodField(
        help_text="Whether the policy sends a community team; null while its questions are open."
    )
    decision = DecisionShape(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=["trying", "delivered", "failed"], allow_null=True))
    def get_delivery(self, told: dict[str, Any]) -> str | None:
        return _DELIVERY.get(told["answer"].status) if told["answer"] else None

    @extend_schema_field(serializers.BooleanField(allow_null=True))
    def get_policy_accepts(self, told: dict[str, Any]) -> bool | None:
        incident = told["incident"]
        if incident is None or incident.outcome == "undetermined":
            return None
        return incident.outcome in OURS


class OverrideShape(serializers.Serializer[Override]):
    """What a person decided over the policy. Their words are shown at the console alone."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by_name")
    before = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Override.Outcome.values)
    reason = serializers.ChoiceField(choices=Override.Reason.values)


class LinkShape(serializers.Serializer[Any]):
    """Another incident that this one concerns. How, in words, is shown at the console alone. Read from a `Linked`."""

    id = serializers.UUIDField(source="link.id")
    incident = serializers.UUIDField(source="far.id")
    number = serializers.IntegerField(source="far.number")
    at = serializers.DateTimeField(source="link.at")
    by = serializers.CharField(source="link.by_name")


class CorrectionShape(serializers.Serializer[Correction]):
    """A stamp that was wrong: what stood there, and what stands there now. Why is shown at the console alone."""

    stamp = serializers.CharField()
    assignment = serializers.UUIDField(source="assignment_id", allow_null=True)
    handoff = serializers.UUIDField(source="handoff_id", allow_null=True)
    before = serializers.DateTimeField()
    after = serializers.DateTimeField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by_name")


class HoldShape(serializers.Serializer[Hold]):
    """Until when nobody is asked. The words are shown at the console alone."""

    id = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=Hold.Reason.values)
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by_name")
    until = serializers.DateTimeField()


class IncidentRow(IncidentMark):
    """An incident in a list. No personal data; the place is where the team goes."""

    call_type = serializers.CharField()
    eligible = serializers.BooleanField(allow_null=True)
    required_skills = serializers.ListField(child=serializers.CharField())
    program = serializers.SlugField(source="program.slug", default=None, allow_null=True)
    exercise = serializers.BooleanField()
    address = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    placed_at = serializers.DateTimeField(allow_null=True, help_text="Null: nobody has verified the place.")
    received_at = serializers.DateTimeField(
        source="first_received_at", help_text="The earliest of it and of what was merged into it."
    )
    answered_at = serializers.DateTimeField(allow_null=True)
    triaged_at = serializers.DateTimeField(allow_null=True)
    queued_at = serializers.DateTimeField(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True, help_text="offered_at of the first accepted assignment")
    en_route_at = serializers.DateTimeField(allow_null=True)
    on_scene_at = serializers.DateTimeField(allow_null=True)
    handed_off_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    reopened_at = serializers.DateTimeField(allow_null=True)
    merged_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.UUIDField(source="merged_into_id", allow_null=True)
    overdue_at = serializers.DateTimeField(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was entered from paper; its stamps are of then. Null: taken live."
    )
    disposition = serializers.ChoiceField(choices=["", *DISPOSITIONS])
    cancel_reason = serializers.ChoiceField(choices=[("", ""), *CANCEL_REASON])


class OwnerShape(serializers.Serializer[Owner]):
    """Whose it is: a unit's, a person's, or a timer's; and when something is due about it."""

    kind = serializers.ChoiceField(choices=list(Holder))
    name = serializers.CharField(help_text="A callsign, a person's name, or the kind of the timer.")
    due_at = serializers.DateTimeField(allow_null=True)


class IncidentShape(IncidentRow):
    """One incident with its decision, calls, assignments and hand-offs."""

    decision = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField(help_text="Of all programs over the place; `decision` is the chosen.")
    override = serializers.SerializerMethodField(
        help_text="In force now, over the decision; null when the policy decides."
    )
    hold = serializers.SerializerMethodField(help_text="In force now; null when it is not on hold.")
    conflicts = serializers.SerializerMethodField(help_text="Facts on which the calls disagree, with what they say.")
    calls = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField(help_text="Null when it has ended or was handed off.")
    assignments = AssignmentShape(many=True)
    handoffs = HandoffShape(many=True)
    links = serializers.SerializerMethodField()
    corrections = serializers.SerializerMethodField(help_text="Of its stamps, its teams' and its hand-offs'.")

    def to_representation(self, incident: Incident) -> dict[str, Any]:
        self.kept = decided(incident)
        return super().to_representation(incident)

    @extend_schema_field(DecisionShape(allow_null=True))
    def get_decision(self, incident: Incident) -> dict[str, Any] | None:
        return self.kept[0].decision if self.kept else None

    @extend_schema_field(ProgramDecision(many=True))
    def get_decisions(self, incident: Incident) -> list[dict[str, Any]]:
        return program_decisions(self.kept)

    @extend_schema_field(OverrideShape(allow_null=True))
    def get_override(self, incident: Incident) -> dict[str, Any] | None:
        standing = override_in_force(incident)
        return dict(OverrideShape(standing).data) if standing else None

    @extend_schema_field(HoldShape(allow_null=True))
    def get_hold(self, incident: Incident) -> dict[str, Any] | None:
        hold = hold_in_force(incident)
        return dict(HoldShape(hold).data) if hold else None

    @extend_schema_field(OwnerShape(allow_null=True))
    def get_owner(self, incident: Incident) -> dict[str, Any] | None:
        owner = owner_of(incident)
        return dict(OwnerShape(owner).data) if owner else None

    def get_conflicts(self, incident: Incident) -> dict[str, Any]:
        return self.kept[0].conflicts if self.kept else {}

    @extend_schema_field(LinkShape(many=True))
    def get_links(self, incident: Incident) -> list[dict[str, Any]]:
        return [dict(LinkShape(each).data) for each in linked(incident)]

    @extend_schema_field(CorrectionShape(many=True))
    def get_corrections(self, incident: Incident) -> list[dict[str, Any]]:
        return [dict(CorrectionShape(each).data) for each in incident.corrections.order_by("id")]

    def get_calls(self, incident: Incident) -> list[UUID]:
        return [link.call_id for link in incident.links.all()]


class TimelineRow(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField()
    actor = serializers.CharField(source="actor_name")
    payload = serializers.DictField()


class CandidateShape(serializers.Serializer[Any]):
    """A unit as seen from an incident. It fits when it has no shortfalls."""

    unit = UnitMark()
    fits = serializers.BooleanField()
    minutes = serializers.FloatField(allow_null=True, help_text="How long it takes there; null when nobody knows.")
    estimated = serializers.BooleanField(
        source="way.estimated", allow_null=True, default=None, help_text="True: from the straight line, at one speed."
    )
    cost = serializers.FloatField(help_text="In minutes, by the weights of the program's plan; the least is the best.")
    reasons = serializers.ListField(child=serializers.CharField())
    shortfalls = serializers.ListField(child=serializers.CharField())


class UnitShape(serializers.Serializer[Any]):
    """A unit and what it is doing now. Read from a `Standing`."""

    id = serializers.UUIDField(source="unit.id")
    callsign = serializers.CharField(source="unit.callsign")
    program = serializers.CharField(source="unit.program.slug")
    skills = serializers.ListField(source="unit.skills", child=serializers.CharField())
    state = serializers.ChoiceField(choices=list(UnitState))
    incident = serializers.UUIDField(source="assignment.incident_id", allow_null=True, default=None)
    assignment = serializers.UUIDField(source="assignment.id", allow_null=True, default=None)
    shift_ends_at = serializers.DateTimeField(allow_null=True)
    latitude = serializers.FloatField(source="unit.latitude", allow_null=True)
    longitude = serializers.FloatField(source="unit.longitude", allow_null=True)
    position_at = serializers.DateTimeField(source="unit.position_at", allow_null=True)
