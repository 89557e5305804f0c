"""`/api/v1/handoffs/`: what we hand to others, their answers; and what others hand to us.

A token that belongs to an agency sees and answers what is handed to that agency, and nothing of exercises. One that
belongs to none is our own system's, and sees all.
"""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May, actor, agency_of
from accounts.pages import Pages
from calls.intake import assessed
from dispatch import handoffs, packet, referrals, reports
from dispatch.api.shapes import HANDOFF_STATUS, HandoffShape, HandoffWhole, ReferralShape
from dispatch.models import Handoff, Referral
from dispatch.reports import CallReport
from dispatch.states import HandoffStatus
from due.queries import messages_about
from journal.refusals import Invalid, Refused


def _theirs(request: Request) -> QuerySet[Handoff]:
    """Those that this token may see."""
    every = Handoff.objects.select_related("incident", "agency")
    agency = agency_of(request)
    return every.filter(agency=agency, incident__exercise=False) if agency else every


class ByAsking(Pages):
    ordering = ("proposed_at", "id")


class ReferralReport(CallReport):
    """A call, as `POST /calls/` takes it, and your number for it. Its source is your agency."""

    reference = serializers.CharField(max_length=60, help_text="Your number for it: the same number is the same.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: each for name, each in super().get_fields().items() if name not in ("source", "external_id")}


class HandoffList(ListAPIView[Handoff]):
    access = {"GET": May.HAND_OFF, "POST": May.HAND_OFF}
    serializer_class = HandoffShape
    pagination_class = ByAsking
    filter_backends: list[Any] = []
    queryset = Handoff.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Handoff]:
        asked = self.request.query_params.getlist("status")
        if unknown := sorted(set(asked) - set(HandoffStatus)):
            raise Invalid({"status": f"Unknown: {', '.join(unknown)}. Known: {', '.join(HandoffStatus)}."})
        every = _theirs(self.request)
        return every.filter(status__in=asked) if asked else every

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "status", str, many=True, enum=[value for value, _ in HANDOFF_STATUS], description="Repeat for several."
            )
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What is handed to the token's agency, the oldest first. Nothing personal: that is in each one's packet."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=ReferralReport, responses={201: ReferralShape, 200: ReferralShape})
    def post(self, request: Request) -> Response:
        """Hand an incident to the community program. 201 when it is new, 200 when it came before; a person answers."""
        agency = agency_of(request)
        report = ReferralReport.read(request.data)
        if agency is None:
            raise Refused("This token belongs to no agency, so nobody would know whose incident it is.")
        at = timezone.now()
        told = {"caller_relation": "other_agency", **reports.answers(report), "channel": "referral"}
        report = {**report, "facts": told, "external_id": report["reference"]}
        referral, new = referrals.receive(
            agency=agency,
            reference=report["reference"],
            digest=hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest(),
            heard=reports.heard(report, source=agency.name, at=at),
            by=actor(request),
            at=at,
        )
        return Response(_shown(referral), status=status.HTTP_201_CREATED if new else status.HTTP_200_OK)


class HandoffDetail(APIView):
    access = {"GET": May.HAND_OFF}

    @extend_schema(responses=HandoffWhole)
    def get(self, request: Request, id: UUID) -> Response:
        """One hand-off with its packet: all that the agency needs to know. That you read it is in the audit."""
        handoff = get_object_or_404(_theirs(request), pk=id)
        at = timezone.now()
        body = {**HandoffShape(handoff).data, "packet": packet.build(handoff, at=at)}
        packet.note_read(handoff=handoff, by=actor(request), at=at)
        return Response(body)


class AcknowledgementReport(serializers.Serializer[Any]):
    acknowledged_by = serializers.CharField(max_length=120, help_text="Who took it.")
    reference = serializers.CharField(max_length=60, help_text="Their number for it.")
    acknowledged_at = serializers.DateTimeField(required=False, help_text="Now if absent.")


class Acknowledge(APIView):
    access = {"POST": May.HAND_OFF}

    @extend_schema(request=AcknowledgementReport, responses=HandoffShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Take it: who has it, since when, under which number."""
        report = AcknowledgementReport(data=request.data)
        report.is_valid(raise_exception=True)
        at = timezone.now()
        told = {"acknowledged_at": at, **report.validated_data}
        handoff = handoffs.acknowledge(
            handoff=get_object_or_404(_theirs(request), pk=id), by=actor(request), at=at, **told
        )
        return Response(HandoffShape(handoff).data)


class RefusalReport(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, help_text="Shown to the dispatcher, who must find somebody else.")
    refused_by = serializers.CharField(max_length=120, required=False, default="", help_text="Who said so.")


class Refuse(APIView):
    access = {"POST": May.HAND_OFF}

    @extend_schema(request=RefusalReport, responses=HandoffShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Do not take it: the incident stays on our board, and somebody else must go."""
        report = RefusalReport(data=request.data)
        report.is_valid(raise_exception=True)
        handoff = get_object_or_404(_theirs(request), pk=id)
        handoff = handoffs.refuse(handoff=handoff, by=actor(request), at=timezone.now(), **report.validated_data)
        return Response(HandoffShape(handoff).data)


class ReturnReport(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class Return(APIView):
    access = {"POST": May.HAND_OFF}

    @extend_schema(request=ReturnReport, responses=HandoffShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Give it back: the incident waits here again."""
        report = ReturnReport(data=request.data)
        report.is_valid(raise_exception=True)
        handoff = get_object_or_404(_theirs(request), pk=id)
        handoff = handoffs.give_back(
            handoff=handoff, reason=report.validated_data["reason"], by=actor(request), at=timezone.now()
        )
        return Response(HandoffShape(handoff).data)


class ReferralDetail(APIView):
    access = {"GET": May.HAND_OFF}

    @extend_schema(responses=ReferralShape)
    def get(self, request: Request, id: UUID) -> Response:
        """What became of an incident that was handed to us: our answer, and how the incident stands."""
        every, agency = Referral.objects.select_related("call", "agency"), agency_of(request)
        return Response(_shown(get_object_or_404(every.filter(agency=agency) if agency else every, pk=id)))


def _shown(referral: Referral) -> dict[str, Any]:
    referral.call.refresh_from_db()
    link = getattr(referral.call, "incident_link", None)
    chosen = next(iter(assessed(referral.call)), None)
    told = {
        "referral": referral,
        "answer": messages_about(referrals.OUR_ANSWER, [referral.id]).get(referral.id),
        "incident": link.incident if link else None,
        "decision": chosen.decision if chosen else None,
    }
    return dict(ReferralShape(told).data)
