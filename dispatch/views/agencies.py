"""How other agencies are reached, whether messages to their systems arrive, and which may hand incidents to us."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, who
from accounts.models import Agency, ApiToken
from accounts.roles import Scope
from dispatch import linking, words
from dispatch.models import AgencyLink, Handoff, HandoffTo, Referral
from dispatch.referrals import OUR_ANSWER
from dispatch.settling import TO_THEIR_SYSTEM
from due.models import Message
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed
from triage.models import Program

LATEST = 5  # messages shown of each agency
_EVERY = gettext_lazy("every program")


@dataclass(frozen=True)
class Sent:
    """A message to an agency's system, and what came of it."""

    message: Message
    what: str
    came_of: str

    @property
    def is_lost(self) -> bool:
        return self.message.status in (Message.Status.FAILED, Message.Status.MISSED)

    @property
    def is_open(self) -> bool:
        return self.message.status in (Message.Status.PENDING, Message.Status.SENDING)


@dataclass(frozen=True)
class Reached:
    """An agency, its links, the latest messages to its system, and its tokens that may hand incidents to us."""

    agency: Agency
    links: Sequence[AgencyLink]
    sent: Sequence[Sent]
    tokens: Sequence[ApiToken]

    @property
    def testing(self) -> bool:
        return any(each.is_open and each.message.kind == linking.TEST for each in self.sent)


@require_safe
@who(May.KEEP_AGENCIES)
def agencies(request: HttpRequest) -> HttpResponse:
    """All that take hand-offs."""
    return _page(request)


@require_POST
@who(May.KEEP_AGENCIES)
def agency_link(request: HttpRequest) -> HttpResponse:
    """A further link: of an agency that is known or new, for one program or for all."""
    told = {name: request.POST.get(name, "") for name in ("name", "kind", "phone", "url")}

    def make() -> str:
        with transaction.atomic():
            agency = linking.known_as(name=told["name"], kind=told["kind"])
            program = _program(request.POST.get("program", ""))
            if AgencyLink.objects.filter(agency=agency, program=program).exists():
                linked = _("%(agency)s is linked for %(program)s already: change that.")
                raise Refused(linked % {"agency": agency, "program": program.name if program else _EVERY})
            link = linking.link(
                agency=agency,
                program=program,
                phone=told["phone"],
                url=told["url"],
                by=actor(request),
                at=timezone.now(),
            )
        secret = _("%(agency)s is linked. Show its secret below, and give it to them.")
        return (secret if link.url else _("%(agency)s is linked.")) % {"agency": agency}

    return _act(request, make, form="link")


@require_POST
@who(May.KEEP_AGENCIES)
def agency_change(request: HttpRequest, id: UUID) -> HttpResponse:
    """Another number or address."""
    link = _link(id)

    def change() -> str:
        linking.link(
            agency=link.agency,
            program=link.program,
            phone=request.POST.get("phone", ""),
            url=request.POST.get("url", ""),
            by=actor(request),
            at=timezone.now(),
        )
        return _("Stored: from now on %(agency)s is reached so.") % {"agency": link.agency}

    return _act(request, change, form=f"change-{id}")


@require_POST
@who(May.KEEP_AGENCIES)
def agency_unlink(request: HttpRequest, id: UUID) -> HttpResponse:
    link = _link(id)

    def unlink() -> str:
        linking.unlink(link=link, by=actor(request), at=timezone.now())
        return _("%(agency)s is not reached so any more.") % {"agency": link.agency}

    return _act(request, unlink)


@require_POST
@who(May.KEEP_AGENCIES)
def agency_test(request: HttpRequest, id: UUID) -> HttpResponse:
    link = _link(id)

    def test() -> str:
        linking.test(link=link, by=actor(request), at=timezone.now())
        return _("A test is on its way to %(agency)s; what came of it is shown below.") % {"agency": link.agency}

    return _act(request, test)


@require_POST
@who(May.KEEP_AGENCIES)
def agency_secret(request: HttpRequest, id: UUID) -> HttpResponse:
    """Shown in this one answer, which no browser keeps; that it was is in the audit."""
    return _shown(request, _link(id))


@require_POST
@who(May.KEEP_AGENCIES)
def agency_new_secret(request: HttpRequest, id: UUID) -> HttpResponse:
    """From now on another one signs."""
    link = _link(id)
    renewed = linking.link(
        agency=link.agency,
        program=link.program,
        phone=link.phone,
        url=link.url,
        new_secret=True,
        by=actor(request),
        at=timezone.now(),
    )
    return _shown(request, renewed)


def _shown(request: HttpRequest, link: AgencyLink) -> HttpResponse:
    try:
        secret = linking.show_secret(link=link, by=actor(request), at=timezone.now())
    except Refused as refused:
        return _page(request, alert=str(refused), status=409)
    response = _page(request, secret=secret, secret_of=link.id)
    response["Cache-Control"] = "no-store"
    return response


def _act(request: HttpRequest, verb: Callable[[], str], *, form: str = "") -> HttpResponse:
    try:
        messages.success(request, verb())
    except Refused as refused:
        return _page(request, alert=str(refused), typed=Typed(form, typed(request.POST)), status=409)
    except Invalid as invalid:
        return _page(request, typed=Typed(form, typed(request.POST), invalid.errors), status=422)
    return redirect("dispatch:agencies")


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    programs = list(Program.objects.order_by("name").defer("area"))
    context = {
        "reached": _reached(),
        "kinds": HandoffTo.choices,
        "programs": [(each.slug, each.name) for each in programs],
        "zone": programs[0].time_zone if programs else None,
        "scope": Scope.HANDOFFS_WRITE.value,
        "alert": "",
        "typed": Typed(),
        "now": timezone.now(),
        **more,
    }
    return render(request, "dispatch/agencies.html", context, status=status)


def _reached() -> list[Reached]:
    """Those that are linked or whose system has a token; in five queries, however many they are."""
    links: dict[UUID, list[AgencyLink]] = defaultdict(list)
    standing = AgencyLink.objects.select_related("agency", "program").defer("program__area")
    for link in standing.order_by(F("program__name").asc(nulls_first=True)):
        links[link.agency_id].append(link)
    tokens: dict[UUID | None, list[ApiToken]] = defaultdict(list)
    theirs = ApiToken.objects.filter(agency__kind__in=HandoffTo.values, revoked_at=None)
    for token in theirs.filter(scopes__contains=[Scope.HANDOFFS_WRITE.value]).order_by("name"):
        tokens[token.agency_id].append(token)
    found = list(Agency.objects.filter(pk__in={*links, *filter(None, tokens)}).order_by("kind", "name"))
    sent = _sent([each.id for each in found])
    return [Reached(each, links[each.id], sent[each.id], tokens[each.id]) for each in found]


def _sent(ids: Sequence[UUID]) -> dict[UUID, list[Sent]]:
    """The latest messages to each of these."""
    place = Window(RowNumber(), partition_by="recipient_id", order_by=[F("put_at").desc(), F("id").asc()])
    every = Message.objects.filter(kind__in=(TO_THEIR_SYSTEM, OUR_ANSWER, linking.TEST), recipient_id__in=ids)
    latest = list(every.annotate(place=place).filter(place__lte=LATEST).order_by("-put_at", "id"))
    about = [each.subject_id for each in latest]
    handoffs = Handoff.objects.filter(pk__in=about).values_list("pk", "incident__number")
    named = {id: _("hand-off of incident %(number)s") % {"number": number} for id, number in handoffs}
    answers = Referral.objects.filter(pk__in=about).values_list("pk", "reference")
    named |= {id: _("our answer to their %(reference)s") % {"reference": reference} for id, reference in answers}
    found: dict[UUID, list[Sent]] = defaultdict(list)
    for each in latest:
        what = named.get(each.subject_id, "test")
        if each.kind == TO_THEIR_SYSTEM and each.occasion:
            what = _("end of the %(what)s") % {"what": what}
        found[each.recipient_id].append(Sent(each, what, words.came_of_webhook(each.status, each.error)))
    return found


def _program(slug: str) -> Program | None:
    if not slug:
        return None
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        raise Invalid({"program": _("Choose one of the list.")})
    return program


def _link(id: UUID) -> AgencyLink:
    links = AgencyLink.objects.select_related("agency", "program").defer("program__area")
    return get_object_or_404(links, pk=id)
