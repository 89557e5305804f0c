"""`/api/v1/units/`: units and what they are doing now."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May
from dispatch.api.shapes import UnitShape
from dispatch.availability import standings
from responders.models import Unit


class UnitList(APIView):
    access = {"GET": May.READ_UNITS}

    @extend_schema(responses=UnitShape(many=True))
    def get(self, request: Request) -> Response:
        """All units, by callsign."""
        units = Unit.objects.select_related("program").order_by("callsign")
        return Response(UnitShape(standings(units, at=timezone.now()), many=True).data)
