"""`/api/v1/handoffs/`: the other agency says that it has it, or gives it back."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May, actor
from dispatch import handoffs
from dispatch.api.shapes import HandoffShape
from dispatch.models import Handoff


class AcknowledgementReport(serializers.Serializer[Any]):
    acknowledged_by = serializers.CharField(max_length=120, help_text="Who took it.")
    reference = serializers.CharField(max_length=60, help_text="Their number for it.")
    acknowledged_at = serializers.DateTimeField(required=False, help_text="Now if absent.")


class Acknowledge(APIView):
    access = {"POST": May.HAND_OFF}

    @extend_schema(request=AcknowledgementReport, responses=HandoffShape)
    def post(self, request: Request, id: UUID) -> Response:
        """End a hand-off: who has it, since when, under which number."""
        report = AcknowledgementReport(data=request.data)
        report.is_valid(raise_exception=True)
        at = timezone.now()
        told = {"acknowledged_at": at, **report.validated_data}
        handoff = handoffs.acknowledge(handoff=get_object_or_404(Handoff, pk=id), by=actor(request), at=at, **told)
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
        handoff = get_object_or_404(Handoff, pk=id)
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
        handoff = get_object_or_404(Handoff, pk=id)
        handoff = handoffs.give_back(
            handoff=handoff, reason=report.validated_data["reason"], by=actor(request), at=timezone.now()
        )
        return Response(HandoffShape(handoff).data)
