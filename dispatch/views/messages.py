"""Messages between positions: what stands on one's screen, what was written, and the forms that write it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, is_locked, who
from accounts.models import User
from accounts.roles import AT_A_DESK, Role
from dispatch import desk_messages
from dispatch.commands.carrying import asked_of
from dispatch.models import DeskMessage
from dispatch.templatetags.notes import notes_of
from dispatch.views.panes import zone
from journal.refusals import Invalid, Refused

A_PAGE = 100


@require_safe
@who(May.WATCH)
def messages(request: HttpRequest) -> HttpResponse:
    """What they have written and what was written to them, for as long as it is kept; and a form to write."""
    return _page(request)


@require_safe
@who(May.WATCH, while_locked=True, by_itself=True)
def standing(request: HttpRequest) -> HttpResponse:
    """What stands on their screen now. A locked one says from whom, and no word of it."""
    hidden = is_locked(request, by_itself=True)
    return render(
        request, "dispatch/_notes_answer.html", {"notes": notes_of(person(request), at=timezone.now(), hidden=hidden)}
    )


@require_POST
@who(May.WATCH)
def message_send(request: HttpRequest) -> HttpResponse:
    """`to` is somebody's id."""
    sender, words = person(request), request.POST.get("words", "")
    to = get_object_or_404(User, pk=_id(request.POST.get("to", "")))

    def send() -> str:
        desk_messages.send(to=to, words=words, by=sender, at=timezone.now())
        return _("Sent to %(name)s.") % {"name": to.name}

    return _written(request, send)


@require_POST
@who(May.WATCH)
def help_ask(request: HttpRequest) -> HttpResponse:
    """All supervisors are asked for help."""

    def ask() -> str:
        at = timezone.now()
        desk_messages.ask_help(words=request.POST.get("words", ""), by=person(request), at=at)
        return asked_of(at=at)

    return _written(request, ask)


@require_POST
@who(May.WATCH)
def message_acknowledge(request: HttpRequest, id: UUID) -> HttpResponse:
    """Read, or seen to. With `words` it is answered."""
    message = get_object_or_404(DeskMessage.objects.select_related("by"), pk=id)
    by, words, at = person(request), request.POST.get("words", "").strip(), timezone.now()

    def acknowledge() -> str:
        if words:
            desk_messages.answer(message=message, words=words, by=by, at=at)
            return _("Answered.")
        seen = desk_messages.acknowledge(message=message, by=by, at=at)
        if seen.acknowledged_by_id != by.pk and seen.acknowledged_by:
            raise Refused(_("%(name)s sees to it already.") % {"name": seen.acknowledged_by.name})
        return _("Acknowledged.")

    return _written(request, acknowledge)


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # `who` has let nobody else pass
    return request.user


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody's


def _written(request: HttpRequest, verb: Callable[[], str]) -> HttpResponse:
    """Run it. A script gets what stands on the screen now; a page without goes back to where it was."""
    said, alert, status = "", "", 200
    try:
        said = verb()
    except Refused as refused:
        alert, status = str(refused), 409
    except Invalid as invalid:
        alert, status = " ".join(invalid.errors.values()), 422
    if said:
        notices.success(request, said)
    if "HX-Request" in request.headers:
        told = {"notes": notes_of(person(request), at=timezone.now()), "alert": alert}
        return render(request, "dispatch/_notes_answer.html", told, status=status)
    if alert:
        return _page(request, alert=alert, status=status)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    came = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(came, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return came if safe else reverse("dispatch:messages")


def _page(request: HttpRequest, *, alert: str = "", status: int = 200) -> HttpResponse:
    reader, at = person(request), timezone.now()
    others = User.objects.filter(role__in=AT_A_DESK, is_active=True).exclude(pk=reader.pk).order_by("name")
    if reader.role != Role.SUPERVISOR:
        others = others.filter(role=Role.SUPERVISOR)
    context = {
        "now": at,
        "zone": zone(),
        "written": desk_messages.readable(reader)[:A_PAGE],
        "others": [(str(each.pk), f"{each.name} ({each.get_role_display()})") for each in others],
        "words": request.POST.get("words", ""),
        "to": request.POST.get("to", ""),
        "alert": alert,
    }
    return render(request, "dispatch/messages.html", context, status=status)
