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
from dispatch import assignments, diverting, holds, queries
from dispatch.api.filters import IncidentFilter
from dispatch.api.pages import ByChange
from dispatch.api.shapes import (
    AssignmentShape,
    CandidateShape,
    HoldShape,
    IncidentMark,
    IncidentRow,
    IncidentShape,
    TimelineRow,
)
from dispatch.models import Assignment, Hold, Incident
from dispatch.recommendation import look_ahead, recommend
from dispatch.states import AssignmentStatus
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


class Recommendations(APIView):
    access = {"GET": May.WATCH}

    @extend_schema(responses=CandidateShape(many=True))
    def get(self, request: Request, id: UUID) -> Response:
        """All units of the incident's program: those that can go, the best first; then those that cannot, and why."""
        incident, at = _incident(id), timezone.now()
        look_ahead(incident, at=at)
        return Response(CandidateShape(recommend(incident, at=at), many=True).data)


class OfferReport(serializers.Serializer[Any]):
    unit = serializers.CharField(help_text="Id or callsign.", max_length=40)
    send = serializers.BooleanField(default=False, help_text="True: the unit has said yes by word already.")


class SeveralReport(serializers.Serializer[Any]):
    units = serializers.ListField(child=serializers.CharField(max_length=40), help_text="Ids or callsigns.")
    wanted = serializers.IntegerField(default=1, min_value=1, help_text="How many are to go: the first to accept.")


class UnitRefusal(serializers.Serializer[Any]):
    unit = serializers.CharField()
    detail = serializers.CharField()


class SeveralAsked(serializers.Serializer[Any]):
    """Who was asked, and who could not be, with the reason."""

    offered = AssignmentShape(many=True)
    refused = UnitRefusal(many=True)


class OfferList(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=SeveralReport, responses={201: SeveralAsked})
    def post(self, request: Request, id: UUID) -> Response:
        """Ask several units at once; the first to accept have it. 409 when none of them can be asked."""
        report = SeveralReport(data=request.data)
        report.is_valid(raise_exception=True)
        units = [_unit(word) for word in report.validated_data["units"]]
        wanted = report.validated_data["wanted"]
        asked = assignments.offer_to_several(
            incident=_incident(id), units=units, wanted=wanted, by=actor(request), at=timezone.now()
        )
        refused = [{"unit": callsign, "detail": sentence} for callsign, sentence in asked.refusals.items()]
        shown = {"offered": asked.offers, "refused": refused}
        return Response(SeveralAsked(shown).data, status=status.HTTP_201_CREATED)


class DiversionReport(serializers.Serializer[Any]):
    assignment = serializers.UUIDField(help_text="The unit's open assignment on the less urgent incident.")
    consent = serializers.BooleanField(
        default=False, help_text="To take a team that has accepted: that the other incident may wait."
    )
    words = serializers.CharField(required=False, allow_blank=True, max_length=300, help_text="To take it: why.")


class Diversions(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=DiversionReport, responses={201: AssignmentShape})
    def post(self, request: Request, id: UUID) -> Response:
        """Turn a unit to this incident from a less urgent one: what it has not answered is superseded; a team that
        has accepted is taken, with `consent`. 409 when it has arrived, or when this is not the more urgent one."""
        report = DiversionReport(data=request.data)
        report.is_valid(raise_exception=True)
        told = report.validated_data
        theirs = get_object_or_404(Assignment.objects.select_related("incident", "unit"), pk=told["assignment"])
        who: dict[str, Any] = {"assignment": theirs, "incident": _incident(id), "by": actor(request)}
        if theirs.state is AssignmentStatus.OFFERED and not told["consent"]:
            new = diverting.supersede(**who, at=timezone.now())
        else:
            more = {"consent": told["consent"], "words": told.get("words", "")}
            new = diverting.preempt(**who, **more, at=timezone.now())
        return Response(AssignmentShape(new).data, status=status.HTTP_201_CREATED)


class HoldReport(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(
        choices=Hold.Reason.choices, help_text="`scheduled`: at `until` it waits for a team of itself."
    )
    words = serializers.CharField(max_length=500)
    until = serializers.DateTimeField()
    instead_of = serializers.UUIDField(required=False, allow_null=True, help_text="The hold that this one replaces.")


class HoldView(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=HoldReport, responses={201: HoldShape}, operation_id="incidents_hold")
    def post(self, request: Request, id: UUID) -> Response:
        """Let it wait until a moment; nobody is asked meanwhile. 409 when somebody else has decided first."""
        report = HoldReport(data=request.data)
        report.is_valid(raise_exception=True)
        told = dict(report.validated_data)
        seen = told.pop("instead_of", None)
        standing = get_object_or_404(Hold, pk=seen) if seen else None
        put = holds.hold(incident=_incident(id), instead_of=standing, by=actor(request), at=timezone.now(), **told)
        return Response(HoldShape(put).data, status=status.HTTP_201_CREATED)


class Release(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=None, responses={200: IncidentMark}, operation_id="incidents_release")
    def post(self, request: Request, id: UUID) -> Response:
        """It waits for a team again, as of now. 409 when it is not on hold."""
        released = holds.release(incident=_incident(id), by=actor(request), at=timezone.now())
        return Response(IncidentMark(released).data)


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
