"""`/api/v1/shifts/`: who is on duty when."""

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import Prefetch
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from accounts.access import May
from accounts.pages import Pages
from responders.models import CrewMember, Shift


class MemberShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="responder_id")
    name = serializers.CharField(source="responder.user.name")
    profession = serializers.CharField(source="responder.profession")


class ShiftShape(serializers.Serializer[Shift]):
    id = serializers.UUIDField()
    unit = serializers.CharField(source="unit.callsign")
    starts_at = serializers.DateTimeField(source="during.lower")
    ends_at = serializers.DateTimeField(source="during.upper")
    crew = MemberShape(source="members", many=True)


class ShiftFilter(filters.FilterSet):
    at = filters.IsoDateTimeFilter(field_name="during", lookup_expr="contains", help_text="On duty at this moment.")

    class Meta:
        model = Shift
        fields: Sequence[str] = []


class Latest(Pages):
    ordering = ("-during", "id")


class ShiftList(ListAPIView[Shift]):
    """Shifts, the latest first."""

    access = {"GET": May.READ_ROSTER}
    serializer_class = ShiftShape
    filterset_class = ShiftFilter
    pagination_class = Latest
    queryset = Shift.objects.select_related("unit").prefetch_related(
        Prefetch("members", CrewMember.objects.select_related("responder__user"))
    )
