"""`/api/v1/journal/`: everything that changed, for whoever keeps a copy. Here, since it joins journal and access."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import May
from journal.models import Entry
from journal.queries import feed
from journal.refusals import Invalid


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of bearer tokens."""

    target_class = "accounts.bearer.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "`manage.py api_token NAME --scope S` issues one."}


class EntryShape(serializers.Serializer[Entry]):
    position = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField()
    actor_id = serializers.UUIDField(allow_null=True)
    actor_name = serializers.CharField()
    payload = serializers.DictField()


class FeedShape(serializers.Serializer[Any]):
    entries = EntryShape(many=True)
    next = serializers.CharField(help_text="The cursor to ask with next; the same again when there is nothing new.")


_LIMIT, _MOST = 200, 1000


class Journal(APIView):
    access = {"GET": May.READ_JOURNAL}

    @extend_schema(
        responses=FeedShape,
        parameters=[
            OpenApiParameter(
                "after", OpenApiTypes.STR, description="The `next` of the last answer; from the start if absent."
            ),
            OpenApiParameter(
                "limit", OpenApiTypes.INT, description=f"Entries at most; {_LIMIT} if absent, up to {_MOST}."
            ),
        ],
    )
    def get(self, request: Request) -> Response:
        """What changed, in the order of commits. A client that keeps asking with `next` never misses an entry."""
        after, limit = _whole(request, "after", 0, most=2**63 - 1), _whole(request, "limit", _LIMIT, most=_MOST)
        entries = list(feed(after=after)[:limit])
        cursor = entries[-1].position if entries else after
        return Response(FeedShape({"entries": entries, "next": str(cursor)}).data)


def _whole(request: Request, name: str, default: int, *, most: int) -> int:
    word = request.query_params.get(name)
    if word is None or word == "":
        return default
    if not (word.isascii() and word.isdigit() and int(word) <= most):
        raise Invalid({name: f"Must be a whole number from 0 to {most}, as an earlier answer gave it."})
    return int(word)
