"""`/api/v1/calls/`: calls come in, are read, and are added to."""

import hashlib
import json
from functools import partial
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May, actor
from calls.intake import assessed, note_read, version
from calls.models import Call
from dispatch import reports, taking
from dispatch.api.filters import CallFilter
from dispatch.api.pages import ByChange
from dispatch.api.shapes import CallRow, CallShape, IncidentMark, program_decisions
from dispatch.models import Incident
from dispatch.reports import CallChanges, CallReport


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key came before with another body. Use a new key for a new call."


# Rendering keeps nothing in the serializers, so one of each serves all.
_CALL, _MARK = CallShape(), IncidentMark()


def shown(call: Call, incident: Incident | None) -> dict[str, Any]:
    """A call with its incident, its decision, and those of all programs over its place."""
    kept = getattr(call, "assessed", None) or assessed(call)
    body: dict[str, Any] = dict(_CALL.to_representation(call))
    body["decision"] = kept[0].decision if kept else None
    body["decisions"] = program_decisions(kept)
    body["incident"] = _MARK.to_representation(incident) if incident else None
    return body


def answered(call: Call, incident: Incident | None, code: int = status.HTTP_200_OK) -> Response:
    """The call, and as its ETag the version of what may be changed of it."""
    return Response(shown(call, incident), status=code, headers={"ETag": quote_etag(version(call))})


class CallList(ListAPIView[Call]):
    access = {"GET": May.READ_CALLS, "POST": May.TAKE_CALLS}
    serializer_class = CallRow
    filterset_class = CallFilter
    pagination_class = ByChange
    queryset = Call.objects.select_related("program", "incident_link__incident").defer("narrative", "answered")

    @extend_schema(
        request=CallReport,
        responses={201: CallShape},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description=f"The same key is the same call. {taking.KEY_LENGTH} characters at most.",
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Take a call: stored, decided, its incident opened or joined, before this answers."""
        at = timezone.now()
        report = CallReport.read(request.data)
        heard = reports.heard(report, source=actor(request).actor_name, at=at)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > taking.KEY_LENGTH:
            raise ValidationError({"Idempotency-Key": f"{taking.KEY_LENGTH} characters at most."})
        if key:
            digest = hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest()
            try:
                call, incident = taking.once(
                    verb=partial(taking.take, heard=heard), key=key, digest=digest, by=actor(request), at=at
                )
            except taking.KeyReused:
                raise KeyReused from None
        else:
            call, incident = taking.take(heard=heard, by=actor(request), at=at)
        return answered(call, incident, status.HTTP_201_CREATED)


class CallDetail(APIView):
    access = {"GET": May.READ_CALLS, "PATCH": May.TAKE_CALLS}

    def _call(self, id: UUID) -> Call:
        return get_object_or_404(Call.objects.select_related("program", "incident_link__incident"), pk=id)

    @extend_schema(responses=CallShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One call, with the caller's and the subject's data. That it was read is in the audit."""
        call = self._call(id)
        note_read(call=call, by=actor(request), at=timezone.now())
        link = getattr(call, "incident_link", None)
        return answered(call, link.incident if link else None)

    @extend_schema(
        request=CallChanges,
        responses=CallShape,
        parameters=[
            OpenApiParameter(
                "If-Match",
                str,
                OpenApiParameter.HEADER,
                description="The ETag of the call as it was read; 412 when it has changed since.",
            )
        ],
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Add what was heard since; call and incident are decided again."""
        named = parse_etags(request.headers.get("If-Match", "*"))
        report = CallChanges.read(request.data)
        call, incident = taking.amend(
            call=self._call(id),
            answers=reports.answers(report),
            changes=reports.fields(report),
            add=report.get("narrative", ""),
            reason=report.get("reason", ""),
            versions=() if "*" in named else [each.strip('"') for each in named] or [""],
            by=actor(request),
            at=timezone.now(),
        )
        return answered(call, incident)
