"""`/api/v1/incidents/{id}/…`: how it ends and is taken up again, which calls and which other incidents belong to it."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May, actor
from calls.models import Call
from dispatch import correcting, crosslinks, ending, merging, queries
from dispatch.api.shapes import CANCEL_REASON, CorrectionShape, IncidentShape, LinkShape
from dispatch.dispositions import RESOLVING
from dispatch.models import (
    ASSIGNMENT_STAMPS,
    HANDOFF_STAMPS,
    INCIDENT_STAMPS,
    Assignment,
    CrossLink,
    Handoff,
    Incident,
)
from journal.refusals import Invalid


def _incident(id: UUID) -> Incident:
    return get_object_or_404(Incident, pk=id)


def _named(field: str, id: UUID) -> Incident:
    """An incident that the body names."""
    found = Incident.objects.filter(pk=id).first()
    if found is None:
        raise Invalid({field: f"There is no incident {id}."})
    return found


def _told(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    report = shape(data=request.data)
    report.is_valid(raise_exception=True)
    told: dict[str, Any] = report.validated_data
    return told


def _shown(incident: Incident, code: int = status.HTTP_200_OK) -> Response:
    [whole] = queries.detailed(Incident.objects.filter(pk=incident.pk).select_related("program"))
    return Response(IncidentShape(whole).data, status=code)


CLOSING = [(slug, slug) for slug in RESOLVING]


class CloseReport(serializers.Serializer[Any]):
    disposition = serializers.ChoiceField(choices=CLOSING)


class Close(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=CloseReport, responses=IncidentShape)
    def post(self, request: Request, id: UUID) -> Response:
        """End it with what came of it. 409 while a team is engaged or another agency has not answered."""
        told = _told(CloseReport, request)
        return _shown(ending.close(incident=_incident(id), by=actor(request), at=timezone.now(), **told))


class CancelReport(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=CANCEL_REASON)
    words = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="Needed with `other`.")


class Cancel(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=CancelReport, responses=IncidentShape)
    def post(self, request: Request, id: UUID) -> Response:
        """It needs nothing after all, and why. 409 like `close`."""
        told = _told(CancelReport, request)
        return _shown(ending.cancel(incident=_incident(id), by=actor(request), at=timezone.now(), **told))


class ReopenReport(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class Reopen(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=ReopenReport, responses=IncidentShape)
    def post(self, request: Request, id: UUID) -> Response:
        """A closed or cancelled incident is taken up again, and waited for anew. 409 for any other."""
        told = _told(ReopenReport, request)
        return _shown(ending.reopen(incident=_incident(id), by=actor(request), at=timezone.now(), **told))


class MergeReport(serializers.Serializer[Any]):
    into = serializers.UUIDField()


class Merge(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=MergeReport, responses=IncidentShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Its calls go to the incident `into`, which is answered. 409 when a team or another agency would be left
        behind: then merge the other way round."""
        into = _named("into", _told(MergeReport, request)["into"])
        return _shown(merging.merge(incident=_incident(id), into=into, by=actor(request), at=timezone.now()))


class Unmerge(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=None, responses=IncidentShape)
    def post(self, request: Request, id: UUID) -> Response:
        """A merged incident gets its calls back and is decided anew."""
        return _shown(merging.unmerge(incident=_incident(id), by=actor(request), at=timezone.now()))


class SplitReport(serializers.Serializer[Any]):
    call = serializers.UUIDField()


class Split(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=SplitReport, responses={201: IncidentShape})
    def post(self, request: Request, id: UUID) -> Response:
        """One of its calls gets an incident of its own, which is answered. 409 for its only call."""
        incident, named = _incident(id), _told(SplitReport, request)["call"]
        call = Call.objects.filter(pk=named, incident_link__incident=incident).first()
        if call is None:
            raise Invalid({"call": f"Incident {incident.number} has no call {named}."})
        new = merging.split(call=call, by=actor(request), at=timezone.now())
        return _shown(new, status.HTTP_201_CREATED)


class LinkReport(serializers.Serializer[Any]):
    incident = serializers.UUIDField(help_text="The other one.")
    words = serializers.CharField(max_length=200, help_text="What they have to do with each other.")


class Links(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=LinkReport, responses={201: LinkShape})
    def post(self, request: Request, id: UUID) -> Response:
        """Two incidents that concern each other: each shows the other."""
        incident, told = _incident(id), _told(LinkReport, request)
        other = _named("incident", told["incident"])
        made = crosslinks.link(
            incident=incident, other=other, words=told["words"], by=actor(request), at=timezone.now()
        )
        return Response(LinkShape(queries.Linked(made, other)).data, status=status.HTTP_201_CREATED)


class Link(APIView):
    access = {"DELETE": May.DISPATCH}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: UUID, link: UUID) -> Response:
        """They have nothing to do with each other. That they were linked stays in the timeline of both."""
        standing = get_object_or_404(CrossLink.objects.select_related("one", "two"), pk=link)
        if id not in (standing.one_id, standing.two_id):
            raise Invalid({"link": "Belongs to other incidents."})
        crosslinks.unlink(link=standing, by=actor(request), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CorrectionReport(serializers.Serializer[Any]):
    stamp = serializers.ChoiceField(
        choices=[*INCIDENT_STAMPS, *ASSIGNMENT_STAMPS, *HANDOFF_STAMPS], help_text="Without `_at`."
    )
    assignment = serializers.UUIDField(required=False, help_text="For a stamp of a team.")
    handoff = serializers.UUIDField(required=False, help_text="For a stamp of a hand-off.")
    to = serializers.DateTimeField()
    reason = serializers.CharField(max_length=500)


class Corrections(APIView):
    access = {"POST": May.DISPATCH}

    @extend_schema(request=CorrectionReport, responses={201: CorrectionShape})
    def post(self, request: Request, id: UUID) -> Response:
        """A stamp of the incident, of a team or of a hand-off was wrong. What stood there stays in `corrections`. 400
        for a moment in the future, or against the order in which things happen."""
        incident, told = _incident(id), _told(CorrectionReport, request)
        of: Assignment | Handoff | None = None
        for field, rows in (("assignment", incident.assignments), ("handoff", incident.handoffs)):
            if named := told.pop(field, None):
                if of:
                    raise Invalid({field: "Either a team's or a hand-off's."})
                of = rows.filter(pk=named).first()
                if of is None:
                    raise Invalid({field: f"Incident {incident.number} has no {field} {named}."})
        made = correcting.correct(incident=incident, of=of, by=actor(request), at=timezone.now(), **told)
        return Response(CorrectionShape(made).data, status=status.HTTP_201_CREATED)
