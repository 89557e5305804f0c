"""`/api/v1/assignments/`: a team's answer and progress."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May, actor, allows
from dispatch import assignments, escalation
from dispatch.api.shapes import AssignmentShape
from dispatch.dispositions import DISPOSITIONS
from dispatch.models import Assignment
from dispatch.states import AssignmentStatus as A

STATUSES = [
    (status.value, status.value) for status in (A.ACCEPTED, A.DECLINED, *assignments.REPORTED, A.CLEARED, A.WITHDRAWN)
]


class StatusReport(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STATUSES)
    reason = serializers.ChoiceField(choices=Assignment.Reason.choices, required=False, help_text="To decline.")
    disposition = serializers.ChoiceField(choices=list(DISPOSITIONS), required=False, help_text="To clear.")
    confirmed = serializers.BooleanField(
        default=False, help_text="To go on scene where the team is to stage first: that this is meant."
    )
    words = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="To withdraw: why.")


class AssignmentStatus(APIView):
    access = {"POST": May.MOVE_UNITS}

    @extend_schema(request=StatusReport, responses=AssignmentShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Move an assignment on. 409 with the reason when it cannot become that."""
        report = StatusReport(data=request.data)
        report.is_valid(raise_exception=True)
        told = report.validated_data
        words = told.get("words", "")
        more: dict[str, Any]
        verb: Callable[..., Assignment]
        match told["status"]:
            case A.ACCEPTED:
                verb, more = assignments.accept, {}
            case A.DECLINED:
                verb, more = escalation.decline, {"reason": told.get("reason", ""), "words": words}
            case A.CLEARED:
                verb, more = assignments.clear, {"disposition": told.get("disposition", ""), "words": words}
            case A.WITHDRAWN:
                if not allows(request.user, May.DISPATCH):
                    raise PermissionDenied(f"To withdraw, this token needs the scope {May.DISPATCH.value.scope}.")
                verb, more = assignments.withdraw, {"words": words}
            case status:
                verb, more = assignments.move, {"status": status, "confirmed": told["confirmed"]}
        assignment = get_object_or_404(Assignment.objects.select_related("unit"), pk=id)
        verb(assignment=assignment, by=actor(request), at=timezone.now(), **more)
        assignment.refresh_from_db()
        return Response(AssignmentShape(assignment).data)
