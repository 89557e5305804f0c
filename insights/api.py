"""`/api/v1/ledger/`: eligible calls, and why no community team came."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May
from accounts.pages import Pages
from calls.models import Call
from insights import asking, ledger, sheet


class LedgerRow(serializers.Serializer[Call]):
    """One call. Nothing personal, and no place."""

    call = serializers.UUIDField(source="id")
    incident = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    received_at = serializers.DateTimeField()
    program = serializers.CharField(source="served_by", allow_null=True)
    exercise = serializers.BooleanField()
    standing = serializers.ChoiceField(choices=list(ledger.Standing))


class _ByReceipt(Pages):
    ordering = ("received_at", "id")


_ASKED = [
    OpenApiParameter("from", str, description="Date or moment; 28 days before `until` if absent."),
    OpenApiParameter("until", str, description="Date (that day counts) or moment; now if absent."),
    OpenApiParameter("program", str, description="Slug."),
    OpenApiParameter("reason", str, enum=asking.ANSWERED, description="Rows and totals of this standing alone."),
    OpenApiParameter("exercises", str, enum=["true", "false"], description="Count them; only where all are."),
]


class Ledger(ListAPIView[Call]):
    access = {"GET": May.READ_LEDGER}
    serializer_class = LedgerRow
    pagination_class = _ByReceipt

    def get_queryset(self) -> QuerySet[Call]:
        if getattr(self, "swagger_fake_view", False):
            return Call.objects.none()
        return ledger.rows(self.asked)

    @extend_schema(parameters=_ASKED)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Eligible calls by moment of receipt, each with its standing; `totals` beside the rows: `eligible` is the sum
        of `served`, `open` and the reasons, `undecided` stands apart."""
        self.asked = asking.read(request.query_params.dict(), at=timezone.now())
        answer = super().get(request, *args, **kwargs)
        answer.data["totals"] = ledger.totals(self.asked)
        return answer


class _Csv(BaseRenderer):
    """A sheet as it is; an error as JSON, whatever was asked for."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> str | bytes:
        return data if isinstance(data, str) else JSONRenderer().render(data)


class LedgerSheet(APIView):
    access = {"GET": May.READ_LEDGER}
    renderer_classes = [_Csv]

    @extend_schema(parameters=_ASKED, responses={(200, "text/csv"): str})
    def get(self, request: Request) -> Response:
        """The same calls as one CSV, a line for each and no pages: its columns stand in its first line."""
        return Response(sheet.written(asking.read(request.query_params.dict(), at=timezone.now())))
