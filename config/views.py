"""The front door: everyone starts where their work is."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.access import May, allows, who
from dispatch.views.console import console


@who(May.BE_HERE)
def home(request: HttpRequest) -> HttpResponseBase:
    if allows(request.user, May.WATCH):
        return console(request)
    return redirect("field:page" if allows(request.user, May.RESPOND) else "triage:policies")
