"""`/api/v1/incidents/`: incidents are read, and units are offered or sent to them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May, actor
from dispatch import assignments, queries
from dispatch.api.filters import IncidentFilter
from dispatch.api.pages import ByChange
from dispatch.api.shapes import AssignmentShape, IncidentRow, IncidentShape, TimelineRow
from dispatch.models import Incident
from journal.refusals import Invalid
from responders.models import Unit


class IncidentList(ListAPIView[Incident]):
    access = {"GET": May.WATCH}
    serializer_class = IncidentRow
    filterset_class = IncidentFilter
    pagination_class = ByChange

    def get_queryset(self) -> QuerySet[Incident]:
        return queries.stamped(Incident.objects.select_related("program"))


class IncidentDetail(APIView):
    access = {"GET": May.WATCH}

    @extend_schema(responses=IncidentShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One incident: decision with reasons, calls by id, assignments, hand-offs. No personal data."""
        incidents = queries.detailed(Incident.objects.select_related("program"))
        return Response(IncidentShape(get_object_or_404(incidents, pk=id)).data)


class Timeline(APIView):
    access = {"GET": May.WATCH}

    @extend_schema(responses=TimelineRow(many=True))
    def get(self, request: Request, id: UUID) -> Response:
        """Everything that happened to the incident, its calls, assignments and hand-offs, in order."""
        return Response(TimelineRow(queries.timeline(_incident(id)), many=True).data)


class OfferReport(serializers.Serializer[Any]):
    unit = serializers.CharField(help_text="Id or callsign.", max_length=40)
    send = serializers.BooleanField(default=False, help_text="True: the unit has said yes by word already.")


class AssignmentList(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=OfferReport, responses={201: AssignmentShape})
    def post(self, request: Request, id: UUID) -> Response:
        """Offer a unit the incident, or send it. 409 with the reason when it cannot be."""
        report = OfferReport(data=request.data)
        report.is_valid(raise_exception=True)
        unit = _unit(report.validated_data["unit"])
        verb = assignments.send if report.validated_data["send"] else assignments.offer
        assignment = verb(incident=_incident(id), unit=unit, by=actor(request), at=timezone.now())
        return Response(AssignmentShape(assignment).data, status=status.HTTP_201_CREATED)


def _incident(id: UUID) -> Incident:
    return get_object_or_404(Incident, pk=id)


def _unit(word: str) -> Unit:
    try:
        found = Unit.objects.filter(pk=UUID(word)).first()
    except ValueError:
        found = Unit.objects.filter(callsign=word.upper()).first()
    if found is None:
        raise Invalid({"unit": f"There is no unit {word}."})
    return found
