"""`/api/v1/triage/decide/` and `/api/v1/policies/`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May
from journal.refusals import Invalid
from triage import deciding, queries
from triage.engine import FactErrors, facts
from triage.models import Policy


class DecideReport(serializers.Serializer[Any]):
    policy = serializers.CharField(max_length=50, help_text="Its slug.")
    at = serializers.DateTimeField(required=False, help_text="Now if absent: which version, and what the clock says.")
    facts = serializers.DictField(help_text="Fact names and their values.")


class Decide(APIView):
    access = {"POST": May.DECIDE}

    @extend_schema(request=DecideReport, responses={200: dict[str, Any]})
    def post(self, request: Request) -> Response:
        """What the policy makes of these facts; nothing is stored. A missing `area` counts as inside."""
        report = DecideReport(data=request.data)
        valid = report.is_valid()
        if "non_field_errors" in report.errors:
            raise Invalid({"body": "Must be an object with policy and facts."})
        errors = {name: " ".join(map(str, texts)) for name, texts in report.errors.items()} if not valid else {}
        known: dict[str, Any] = {}
        if "facts" not in errors:
            try:
                known = dict(facts.check(report.initial_data["facts"], allow_context=True))
            except FactErrors as wrong:
                errors.update({f"facts.{name}": text for name, text in wrong.errors.items()})
        policy = None
        if "policy" not in errors:
            slug = report.initial_data["policy"]
            policy = Policy.objects.filter(slug=slug).first()
            if policy is None:
                there = ", ".join(Policy.objects.order_by("slug").values_list("slug", flat=True))
                errors["policy"] = f"There is no policy {slug}. There are: {there}."
        if errors or policy is None:
            raise Invalid(errors)
        at = report.validated_data.get("at") or timezone.now()
        return Response(deciding.decide(deciding.version_at(policy, at), known, at=at).to_json())


class VersionShape(serializers.Serializer[Any]):
    version = serializers.CharField()
    status = serializers.CharField(help_text="published or retired.")
    effective_from = serializers.DateTimeField()
    effective_until = serializers.DateTimeField(allow_null=True)
    digest = serializers.CharField()
    document = serializers.DictField()


class PolicyShape(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    versions = VersionShape(many=True)


class PolicyList(APIView):
    access = {"GET": May.READ_POLICIES}

    @extend_schema(responses=PolicyShape(many=True))
    def get(self, request: Request) -> Response:
        """All policies with their versions, newest first."""
        return Response(PolicyShape(queries.with_versions(), many=True).data)
