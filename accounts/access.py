"""Who may do what: one table. Every view and every endpoint names its entry; a test walks them all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from ipaddress import ip_address
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from accounts import locking, speech
from accounts.models import Agency, ApiToken, User
from accounts.roles import Role, Scope
from journal.actors import Actor


@dataclass(frozen=True, eq=False)  # two entries with the same people are two: an Enum would take them for one
class Entry:
    """Who passes: people of these roles (pages), tokens with this scope (API); everyone when `everyone` is set; with
    `monitoring` whoever `is_monitoring` knows, and no person at all."""

    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    everyone: bool = False
    monitoring: bool = False


def _people(*roles: Role, scope: Scope | None = None) -> Entry:
    return Entry(frozenset(roles), scope)


CT, D, S, R = Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR, Role.RESPONDER
AN, AD = Role.ANALYST, Role.ADMINISTRATOR


class May(Enum):
    """The table of access."""

    ENTER = Entry(everyone=True)  # log-in, health, the API's description: nothing about anybody
    BE_HERE = _people(*Role)  # any person who is logged in: their way home, log-out
    TAKE_CALLS = _people(CT, D, S, scope=Scope.CALLS_WRITE)
    READ_CALLS = _people(CT, D, S, scope=Scope.CALLS_READ)  # personal data: caller, subject, narrative
    WATCH = _people(CT, D, S, scope=Scope.INCIDENTS_READ)  # the console; incidents without personal data
    DISPATCH = _people(D, S, scope=Scope.INCIDENTS_WRITE)  # offer, send, withdraw, close, cancel
    OVERRIDE = _people(D, S)  # a person decides otherwise than the policy; no machine does
    REVIEW = _people(S)  # say afterwards whether that was right: never of one's own; keep cautions
    HAND_OFF = _people(D, S, scope=Scope.HANDOFFS_WRITE)
    READ_AUDIT = _people(S)  # noqa: PIE796  # who opened whose personal data
    OVERSEE = _people(S)  # noqa: PIE796  # who is at which desk; watch and take over a position
    READ_UNITS = _people(CT, D, S, AN, scope=Scope.UNITS_READ)
    MOVE_UNITS = _people(D, S, scope=Scope.UNITS_WRITE)  # report a status for a unit
    RESPOND = _people(R)  # the field page; only one's own unit
    READ_ROSTER = _people(S, scope=Scope.ROSTER_READ)
    READ_TYPES = _people(S, AN, AD)  # cities' words and the common ones: counts, nothing about anybody
    READ_POLICIES = _people(*Role, scope=Scope.POLICIES_READ)
    WRITE_POLICIES = _people(S, AD)  # draft, submit, approve: never one's own
    DECIDE = _people(CT, D, S, AN, scope=Scope.TRIAGE_DECIDE)
    READ_LEDGER = _people(
        S, AN, AD, scope=Scope.INCIDENTS_READ
    )  # eligible calls and why no team came; nothing personal
    READ_JOURNAL = _people(S, AN, AD, scope=Scope.JOURNAL_READ)
    READ_NOTICES = _people(S, AD)  # noqa: PIE796  # what could not be told, to whom and why; never an address
    KEEP_PAPER = _people(S)  # noqa: PIE796  # reserve numbers for paper, void them, declare a downtime
    KEEP_ON_CALL = _people(S)  # noqa: PIE796  # how a program's on-call position is reached
    KEEP_AGENCIES = _people(S, AD)  # noqa: PIE796  # how other agencies are reached, and what signs messages to them
    MEASURE = Entry(monitoring=True)  # /metrics: counts and ages of the whole, nothing about anybody


def allows(user: object, may: May) -> bool:
    """Whether this person or token passes the entry."""
    if may.value.everyone:
        return True
    if isinstance(user, User):
        return user.is_active and Role(user.role) in may.value.roles
    if isinstance(user, ApiToken):
        return may.value.scope is not None and may.value.scope in user.scopes
    return False


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind PROXIES proxies each has added to X-Forwarded-For whom it heard; what stands
    further left is the client's own claim."""
    heard: str = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        told = request.headers.get("X-Forwarded-For", "").split(",")
        heard = told[-settings.PROXIES].strip() if len(told) >= settings.PROXIES else heard
    try:
        return str(ip_address(heard))
    except ValueError:  # a socket without addresses, or a proxy that sends something else
        return ""


def is_monitoring(request: HttpRequest) -> bool:
    """Whether it sends METRICS_TOKEN as its bearer token. Where none is set, whether it comes from this very machine,
    which counts only under plain http: with a proxy beside us that keeps quiet, strangers too seem to come from here.
    """
    if settings.METRICS_TOKEN:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN) and kind.lower() == "bearer"
    relayed = settings.HTTPS or settings.PROXIES or {"X-Forwarded-For", "Forwarded", "Via"} & set(request.headers)
    address = address_of(request)
    return not relayed and bool(address) and ip_address(address).is_loopback


def actor(request: HttpRequest) -> Actor:
    """Who asks, for a verb's `by`. Only where `who` or `ByTable` has let them pass."""
    assert isinstance(request.user, User | ApiToken)
    return request.user


def agency_of(request: HttpRequest) -> Agency | None:
    """The agency that a token belongs to; None for our own systems' tokens."""
    who_asks: object = request.user
    return who_asks.agency if isinstance(who_asks, ApiToken) else None


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def _page_of(request: HttpRequest) -> str:
    """Where to go on after log-in. Whoever sent a form after their session ended goes back to the form's page: the
    form's own address answers nothing but forms."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return urlsplit(request.headers.get("Referer", "")).path or "/"


def _is_opened(request: HttpRequest) -> bool:
    """Whether the browser will show the answer as a page; else a script has asked. A service worker that passes a page
    on asks as a script does, but still accepts what only a page does."""
    opened = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    passed_on = "application/xhtml+xml" in request.headers.get("Accept", "")
    return "HX-Request" not in request.headers and (opened or passed_on)


def is_locked(request: HttpRequest, *, by_itself: bool = False) -> bool:
    """Whether the screen that asks is locked. A person who opens a page or sends a form is there, and keeps it open;
    what a page asks `by_itself`, and whatever a script fetches, keeps nothing open."""
    session, user, at = getattr(request.session, "row", None), request.user, timezone.now()
    if session is None or not isinstance(user, User):
        return False
    left = locking.left(session, user, at=at)
    if left is None:
        return False
    if not left:
        if session.locked_at is None:
            locking.lock(session, user, at=at)
        return True
    if not by_itself and (request.method == "POST" or _is_opened(request)):
        locking.be_active(session, at=at)
    return False


def who(may: May, *, while_locked: bool = False, by_itself: bool = False) -> Callable[[View[P]], View[P]]:
    """Name a page's entry. Strangers are sent to log in (a script that asks for them gets a 401: it has a page to keep,
    with what is typed there); people whose role does not pass get a 403. Monitoring is no
    person: who is not it gets a 403 at once, without a look at the session, which would need Postgres.

    A locked screen gets a 423, and the page that unlocks it; `while_locked` lets the few views through that need no one
    to be there. What a page asks `by_itself` does not tell that somebody is there."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if may.value.monitoring:
                if not is_monitoring(request):
                    raise PermissionDenied("Send the header as: Authorization: Bearer METRICS_TOKEN")
                return view(request, *args, **kwargs)
            if not may.value.everyone and not request.user.is_authenticated:
                if "HX-Request" in request.headers:
                    return HttpResponse(status=401)
                return redirect_to_login(_page_of(request))
            if not may.value.everyone:
                speech.speak_to(request.user, request)
            if not allows(request.user, may):
                raise PermissionDenied
            if not (may.value.everyone or while_locked) and is_locked(request, by_itself=by_itself):
                if _is_opened(request):
                    return render(request, "accounts/locked.html", {"screen_locked": True}, status=423)
                return HttpResponse(status=423)
            return view(request, *args, **kwargs)

        guarded.access = may  # type: ignore[attr-defined]  # read by the test that walks every URL
        return cast("View[P]", guarded)

    return decorate


Stream = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def who_watches(may: May) -> Callable[[Stream], Any]:
    """Name the entry of a live stream. A script asks, not a person: strangers get a 401, not a page to log in on.

    The stream stands on another port of the same host than the pages, so their cookie comes along; a page of any other
    origin is refused, whatever cookie it brings.
    """

    def decorate(view: Stream) -> Any:  # Django's types know no asynchronous view among addresses
        @wraps(view)
        async def guarded(request: HttpRequest) -> HttpResponseBase:
            origin = request.headers.get("Origin", settings.ORIGIN)
            if origin != settings.ORIGIN:
                return HttpResponse(status=403)
            user = await request.auser()
            speech.speak_to(user, request)
            status = 405 if request.method != "GET" else 401 if not user.is_authenticated else 403
            answer = await view(request) if status == 403 and allows(user, may) else HttpResponse(status=status)
            answer["Access-Control-Allow-Origin"] = settings.ORIGIN
            answer["Access-Control-Allow-Credentials"] = "true"
            answer["Vary"] = "Origin, Cookie"
            return answer

        guarded.access = may  # type: ignore[attr-defined]  # read by the test that walks every URL
        # A stream changes nothing; whatever is no GET gets its 405 instead of a page about forms.
        return csrf_exempt(guarded)

    return decorate


def granted(role: Role) -> dict[str, bool]:
    """The table for one role, as `context` gives it to templates."""
    return {may.name: may.value.everyone or role in may.value.roles for may in May}


def context(request: HttpRequest) -> dict[str, Any]:
    """For templates: `may.DISPATCH` is true when this person's role passes that entry, `locks` is after how many
    seconds without a touch their screen locks, 0 for never; `this_page` is where a form that is about no page leads
    back to."""
    user = getattr(request, "user", None)
    allowed = locking.limit(user) if isinstance(user, User) else None
    return {
        "locks": int(allowed.total_seconds()) if allowed else 0,
        "may": {may.name: allows(user, may) for may in May} if user else {},
        "this_page": _page_of(request),
    }
