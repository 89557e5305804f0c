"""Log-in and log-out."""

from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import entries
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
        return redirect(_next(request))
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/log_in.html", {"form": form, "next": _next(request)}, status=status)


@require_POST
@who(May.BE_HERE)
def log_out(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    with transaction.atomic():
        record(entries.LoggedOut(), subject=user, by=user, at=timezone.now())
        logout(request)
    return redirect("accounts:log-in")


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """What django-axes answers after too many wrong passwords."""
    form = AuthenticationForm(request)
    return render(request, "accounts/log_in.html", {"form": form, "locked": True, "next": _next(request)}, status=429)
