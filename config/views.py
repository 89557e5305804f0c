"""The front door: everyone starts where their work is. And what scripts say there, in other languages."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import May, allows, who
from config.words import catalogue
from dispatch.views.console import console


@who(May.BE_HERE)
def home(request: HttpRequest) -> HttpResponseBase:
    if allows(request.user, May.WATCH):
        return console(request)
    return redirect("field:page" if allows(request.user, May.RESPOND) else "triage:policies")


@require_safe
@who(May.ENTER)
def words(request: HttpRequest, language: str, stamp: str) -> HttpResponse:
    """Kept by browsers for ever under its stamp. While servers are exchanged one may be asked for another's."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    found = catalogue(language)
    answer = HttpResponse(found.script, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if stamp == found.stamp else "no-store"
    return answer
