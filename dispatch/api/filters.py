"""What lists can be narrowed by."""

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from calls.models import Call
from dispatch.models import Incident
from dispatch.states import IncidentStatus

OUTCOMES = [
    "community", "co_response", "crisis_line", "police", "fire", "ems", "information", "undetermined",
]  # fmt: skip


def _choices(words: Sequence[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in words]


class _InBox(filters.FilterSet):
    bbox = filters.CharFilter(method="in_box", help_text="west,south,east,north in degrees")

    def in_box(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        try:
            west, south, east, north = (float(part) for part in value.split(","))
            if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
                raise ValueError(value)
        except ValueError:
            raise ValidationError({"bbox": "Four numbers: west,south,east,north in degrees, west ≤ east."}) from None
        return rows.filter(latitude__range=(south, north), longitude__range=(west, east))


class IncidentFilter(_InBox):
    status = filters.MultipleChoiceFilter(choices=_choices(list(IncidentStatus)), help_text="Repeat for several.")
    outcome = filters.MultipleChoiceFilter(choices=_choices(OUTCOMES), help_text="Repeat for several.")
    updated_since = filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gte")
    exercise = filters.BooleanFilter()

    class Meta:
        model = Incident
        fields: Sequence[str] = []


class CallFilter(_InBox):
    status = filters.MultipleChoiceFilter(
        field_name="incident_link__incident__status",
        choices=_choices(list(IncidentStatus)),
        help_text="Of its incident. Repeat for several.",
    )
    outcome = filters.MultipleChoiceFilter(
        field_name="incident_link__incident__outcome",
        choices=_choices(OUTCOMES),
        help_text="Of its incident. Repeat for several.",
    )
    updated_since = filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gte")
    exercise = filters.BooleanFilter()

    class Meta:
        model = Call
        fields: Sequence[str] = []
