"""Log-in and log-out."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import entries, locking, people, speech
from accounts.access import May, who
from accounts.models import User
from journal.recording import record


def _next(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is within this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else resolve_url("home")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@who(May.ENTER)
def log_in(request: HttpRequest) -> HttpResponse:
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        user: Any = form.get_user()
        with transaction.atomic():
            login(request, user)
            record(entries.LoggedIn(role=user.role), subject=user, by=user, at=timezone.now())
        answer = redirect(_next(request))
        if user.language:
            speech.remember(answer, user.language)
        return answer
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/log_in.html", {"form": form, "next": _next(request)}, status=status)


@require_POST
@who(May.BE_HERE, while_locked=True)
def attend(request: HttpRequest) -> JsonResponse:
    """A page tells for how many seconds its person has touched nothing (`idle`), or that they lock it (`lock`), and is
    told whether it is locked, and else in how many seconds it will be."""
    at, session, user = timezone.now(), getattr(request.session, "row", None), request.user
    assert isinstance(user, User)
    if session is None or locking.limit(user) is None:
        return JsonResponse({"locked": False, "left": None})
    idle = request.POST.get("idle", "")
    if idle.isascii() and idle.isdigit():
        locking.be_active(session, at=at - timedelta(seconds=int(idle[:6])))
    left = locking.left(session, user, at=at)
    if session.locked_at is None and ("lock" in request.POST or not left):
        locking.lock(session, user, at=at)
    return JsonResponse({"locked": session.locked_at is not None, "left": left.total_seconds() if left else 0})


@sensitive_post_parameters("password")
@never_cache
@require_POST
@who(May.BE_HERE, while_locked=True)
def unlock(request: HttpRequest) -> HttpResponse:
    """The password of whoever has locked it opens it again. A wrong one counts as it does at log-in."""
    user, session = request.user, getattr(request.session, "row", None)
    assert isinstance(user, User)
    by_script = request.headers.get("Accept") == "application/json"
    known = authenticate(request, username=user.username, password=request.POST.get("password", ""))
    if known != user:
        if by_script:
            return HttpResponse(status=422)
        return render(request, "accounts/locked.html", {"screen_locked": True, "wrong": True}, status=422)
    if session is not None:
        locking.unlock(session, user, at=timezone.now())
    return HttpResponse(status=204) if by_script else redirect(_next(request))


@require_POST
@who(May.BE_HERE, while_locked=True)
def log_out(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    with transaction.atomic():
        record(entries.LoggedOut(), subject=user, by=user, at=timezone.now())
        logout(request)
    answer = redirect("accounts:log-in")
    if user.language:
        speech.forget(answer)
    return answer


@require_POST
@who(May.ENTER)
def language(request: HttpRequest) -> HttpResponse:
    """In which language pages speak from now on: to this browser, and wherever whoever is logged in here goes."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise BadRequest
    if isinstance(request.user, User):
        people.choose_language(user=request.user, language=chosen, by=request.user, at=timezone.now())
    answer = redirect(_next(request))
    speech.remember(answer, chosen)
    return answer


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """What django-axes answers after too many wrong passwords."""
    form = AuthenticationForm(request)
    return render(request, "accounts/log_in.html", {"form": form, "locked": True, "next": _next(request)}, status=429)
