"""The API's description: its page, with the script and style of the wheel, and what every endpoint may answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import May, who
from config.problems import CONTENT_TYPE

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong, in a sentence."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Each wrong field, dotted as it was sent, with what would be right.",
        },
    },
}
_CODES = {
    "400": "Some fields are wrong; `errors` names each.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The token lacks the scope that `detail` names.",
    "404": "There is nothing by that id.",
    "409": "It cannot be as things stand; `detail` says why.",
    "415": "The body is not JSON.",
    "422": "The Idempotency-Key came before with another body.",
}


@who(May.ENTER)
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api_docs.html")


def describe_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook: every endpoint may answer with a problem, which no view has to say."""
    result["components"]["schemas"]["Problem"] = _PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for operation in path.values():
            for code, description in _CODES.items():
                operation["responses"].setdefault(code, {"description": description, "content": content})
    return result
