"""How people and on-call positions are reached, what their providers said, and what could not be told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, allows, who
from accounts.models import Agency, User
from dispatch import words
from due import contacts, sealing
from due.carriers import TAKEN
from due.models import Attempt, Contact, Message
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed
from triage.models import Program

LATELY = timedelta(hours=24)
MOST = 50
_OPEN = (Message.Status.PENDING, Message.Status.SENDING)


@dataclass(frozen=True)
class Reached:
    """A contact, and the last test of it."""

    contact: Contact
    test: Message | None

    @property
    def testing(self) -> bool:
        return self.test is not None and self.test.status in _OPEN


@dataclass(frozen=True)
class Owner:
    """Whose contacts a list shows, and whether its reader may change them."""

    id: UUID
    name: str
    reached: list[Reached]
    may_change: bool

    @property
    def testing(self) -> bool:
        return any(each.testing for each in self.reached)


@require_safe
@who(May.BE_HERE)
def me(request: HttpRequest) -> HttpResponse:
    """How this person is reached when they are at work."""
    return _me(request)


@require_safe
@who(May.READ_NOTICES)
def notices(request: HttpRequest) -> HttpResponse:
    """The on-call phones, and what could not be told."""
    return _notices(request)


@require_POST
@who(May.BE_HERE)
def contact_add(request: HttpRequest, owner: UUID) -> HttpResponse:
    def add() -> str:
        told = {name: request.POST.get(name, "") for name in ("way", "address")}
        contacts.add(owner_id=owner, by=_person(request), at=timezone.now(), **told)
        return _("Added. Send a test, to see that it arrives.")

    return _act(request, owner, add, form=f"add-{owner}")


@require_POST
@who(May.BE_HERE)
def contact_subscribe(request: HttpRequest) -> HttpResponse:
    """What a browser says when its owner has let us notify them (static/push.js)."""
    told = {"way": Contact.Way.PUSH, "address": request.POST.get("subscription", "")}
    label = _device(request.headers.get("User-Agent", ""))
    user = _person(request)
    try:
        contacts.add(owner_id=user.id, label=label, by=user, at=timezone.now(), **told)
    except Refused as refused:
        return JsonResponse({"why": str(refused)}, status=409)
    except Invalid as invalid:
        return JsonResponse({"why": " ".join(invalid.errors.values())}, status=422)
    return JsonResponse({}, status=201)


@require_POST
@who(May.BE_HERE)
def contact_remove(request: HttpRequest, id: UUID) -> HttpResponse:
    def remove(contact: Contact) -> str:
        contacts.remove(contact=contact, by=_person(request), at=timezone.now())
        return _("Removed.")

    return _act_on(request, id, remove)


@require_POST
@who(May.BE_HERE)
def contact_prefer(request: HttpRequest, id: UUID) -> HttpResponse:
    def prefer(contact: Contact) -> str:
        contacts.prefer(contact=contact, by=_person(request), at=timezone.now())
        return _("That one is tried first now.")

    return _act_on(request, id, prefer)


@require_POST
@who(May.BE_HERE)
def contact_test(request: HttpRequest, id: UUID) -> HttpResponse:
    def test(contact: Contact) -> str:
        contacts.test(contact=contact, by=_person(request), at=timezone.now())
        return _("A test is on its way; what its provider says is shown beside it.")

    return _act_on(request, id, test)


def _act_on(request: HttpRequest, id: UUID, verb: Callable[[Contact], str]) -> HttpResponse:
    contact = get_object_or_404(Contact, pk=id)
    return _act(request, contact.owner_id, lambda: verb(contact), form="")


def _act(request: HttpRequest, owner_id: UUID, verb: Callable[[], str], *, form: str) -> HttpResponse:
    """Run the verb on contacts of this owner, and show the page where they stand."""
    user = _person(request)
    mine = owner_id == user.id
    # Somebody else's contacts are not there at all: whether they exist is theirs, too.
    if not mine and not (allows(user, May.KEEP_ON_CALL) and Program.objects.filter(pk=owner_id).exists()):
        raise Http404
    page = _me if mine else _notices
    try:
        messages.success(request, verb())
    except Refused as refused:
        return page(request, alert=str(refused), typed=Typed(form, typed(request.POST)), status=409)
    except Invalid as invalid:
        return page(request, typed=Typed(form, typed(request.POST), invalid.errors), status=422)
    return redirect("dispatch:me" if mine else "dispatch:notices")


def _me(request: HttpRequest, *, alert: str = "", typed: Typed | None = None, status: int = 200) -> HttpResponse:
    user = _person(request)
    context = {
        "owner": _owners({user.id: user.name}, may_change=True)[0],
        "ways": _WAYS,
        "push_key": sealing.public_key(),
        "alert": alert,
        "typed": typed or Typed(),
        "now": timezone.now(),
    }
    return render(request, "dispatch/me.html", context, status=status)


_WAYS = [("", "—"), *[choice for choice in Contact.Way.choices if choice[0] != Contact.Way.PUSH]]


def _notices(request: HttpRequest, *, alert: str = "", typed: Typed | None = None, status: int = 200) -> HttpResponse:
    user, at = _person(request), timezone.now()
    if not allows(user, May.READ_NOTICES):
        raise PermissionDenied
    programs = list(Program.objects.filter(exercise=False).order_by("name").defer("area"))
    context = {
        "owners": _owners({each.id: each.name for each in programs}, may_change=allows(user, May.KEEP_ON_CALL)),
        "ways": _WAYS,
        "tried": _tried(at),
        "untold": _untold(at),
        "zone": programs[0].time_zone if programs else None,
        "alert": alert,
        "typed": typed or Typed(),
        "now": at,
    }
    return render(request, "dispatch/notices.html", context, status=status)


def _owners(names: dict[UUID, str], *, may_change: bool) -> list[Owner]:
    kept = list(Contact.objects.filter(owner_id__in=names).order_by("rank", "added_at"))
    tests = Message.objects.filter(kind=contacts.TEST, subject_id__in=[each.id for each in kept]).order_by("occasion")
    last = {test.subject_id: test for test in tests}
    return [
        Owner(id, name, [Reached(each, last.get(each.id)) for each in kept if each.owner_id == id], may_change)
        for id, name in names.items()
    ]


def _tried(at: datetime) -> list[dict[str, Any]]:
    """By way: how many were handed over in the last day, and how many of those were taken."""
    lately = Attempt.objects.filter(at__gte=at - LATELY).values("way").order_by("way")
    return [
        {"way": Contact.Way(row["way"]).label, "all": row["all"], "failed": row["failed"]}
        for row in lately.annotate(all=Count("id"), failed=Count("id", filter=~Q(outcome=TAKEN)))
    ]


@dataclass(frozen=True)
class Untold:
    """A message that reached nobody: what of, to whom, and why."""

    message: Message
    to: str
    what: str
    why: str


def _untold(at: datetime) -> list[Untold]:
    ended = [Message.Status.FAILED, Message.Status.MISSED]
    lost = list(Message.objects.filter(put_at__gte=at - LATELY, status__in=ended).order_by("-put_at")[:MOST])
    ids = [each.recipient_id for each in lost]
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
    names |= {
        id: _("%(name)s (on call)") % {"name": name}
        for id, name in Program.objects.filter(pk__in=ids).values_list("pk", "name")
    }
    agencies = dict(Agency.objects.filter(pk__in=ids).values_list("pk", "name"))
    names |= agencies
    return [
        Untold(
            each,
            names.get(each.recipient_id, _("somebody who is gone")),
            words.message_kind(each.kind),
            (words.came_of_webhook if each.recipient_id in agencies else words.not_sent)(each.status, each.error),
        )
        for each in lost
    ]


def _device(agent: str) -> str:
    """What a person calls their device: enough to tell two apart in a list."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


_BROWSERS = [("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari")]
_SYSTEMS = [
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "a Mac"), ("Windows", "Windows"),
    ("Linux", "Linux"),
]  # fmt: skip


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
