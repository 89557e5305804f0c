"""Versions of a policy as people read them: their state, their dates, their whole text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.access import May, allows
from triage import plain
from triage.engine.document import take_policy
from triage.engine.examples import take_example
from triage.models import PolicyVersion
from triage.states import BINDING, VersionStatus


@dataclass(frozen=True)
class Mark:
    """A version in a list: what it is called, where it stands, on whose word."""

    version: str
    status: str
    state: str
    is_in_force: bool
    has_ended: bool
    begins: str
    ends: str
    authority: tuple[str, ...]
    why: tuple[str, ...]
    source: tuple[str, ...]
    gaps: tuple[str, ...]
    writers: str
    approved_by: str
    changed: str
    review_words: str
    retired_by: str
    retired_reason: str


@dataclass(frozen=True)
class ExampleWords:
    name: str
    at: str
    facts: list[str]
    expects: list[str]


@dataclass(frozen=True)
class VersionWords:
    """A version's whole text."""

    hours: list[str]
    holidays: str
    time_zone: str
    areas: list[str]
    otherwise: str
    closed: str
    priority: int
    rules: list[tuple[str, list[plain.RuleWords]]]
    digest: str

    @property
    def count(self) -> int:
        return sum(len(group) for _, group in self.rules)


def found(request: HttpRequest, slug: str, version: str) -> PolicyVersion:
    """The version, for whoever may see it: what is being written is seen by those who write."""
    versions = PolicyVersion.objects.select_related("policy", "based_on")
    there = get_object_or_404(versions, policy__slug=slug, version=version)
    if not is_seen(request, there):
        raise Http404
    return there


def is_seen(request: HttpRequest, version: PolicyVersion) -> bool:
    return version.state in BINDING or allows(request.user, May.WRITE_POLICIES)


def mark(version: PolicyVersion, *, at: datetime) -> Mark:
    document = version.document
    return Mark(
        version=str(version.version),
        status=version.status,
        state=state(version, at),
        is_in_force=decides(version, at),
        has_ended=has_ended(version, at),
        begins=moment(version, version.effective_from),
        ends=moment(version, version.effective_until),
        authority=texts(document.get("authority")),
        why=texts(document.get("why")),
        source=texts(document.get("source")),
        gaps=texts(document.get("gaps")),
        writers=version.writers,
        approved_by=version.approved_by_name,
        changed=moment(version, version.changed_at),
        review_words=version.review_words,
        retired_by=version.retired_by_name,
        retired_reason=version.retired_reason,
    )


def words(version: PolicyVersion) -> VersionWords:
    text = take_policy(version.document)
    return VersionWords(
        hours=plain.hours(text.hours),
        holidays=text.calendar.holidays or "",
        time_zone=str(text.calendar.zone),
        areas=sorted(text.areas),
        otherwise=plain.goes(text.otherwise),
        closed=plain.goes(text.closed),
        priority=text.priority,
        rules=plain.as_heard(plain.rule(rule) for rule in text.rules),
        digest=version.digest,
    )


def examples(version: PolicyVersion) -> list[ExampleWords]:
    return [example_words(version, each) for each in version.examples]


def example_words(version: PolicyVersion, written: Any) -> ExampleWords:
    example = take_example(written, "example", ZoneInfo(version.document["time_zone"]))
    return ExampleWords(
        name=example.name,
        at=moment(version, example.at),
        facts=[plain.statement(name, value) for name, value in example.facts.items()],
        expects=plain.expected(example.expect),
    )


def in_force(versions: Iterable[PolicyVersion], *, at: datetime) -> PolicyVersion | None:
    return next((each for each in versions if decides(each, at)), None)


def following(versions: Iterable[PolicyVersion], *, at: datetime) -> PolicyVersion | None:
    """The published version that begins next."""
    coming = [each for each in versions if each.state is VersionStatus.PUBLISHED and each.effective_from > at]
    return min(coming, key=lambda each: each.effective_from, default=None)


def decides(version: PolicyVersion, at: datetime) -> bool:
    """Whether it is in force: published, begun and not ended."""
    begun = version.state is VersionStatus.PUBLISHED and version.effective_from <= at
    return begun and not has_ended(version, at)


def has_ended(version: PolicyVersion, at: datetime) -> bool:
    ended = version.effective_until is not None and version.effective_until <= at
    return version.state is VersionStatus.PUBLISHED and version.effective_from <= at and ended


def state(version: PolicyVersion, at: datetime) -> str:
    match version.state:
        case VersionStatus.DRAFT:
            return pgettext("version", "draft")
        case VersionStatus.IN_REVIEW:
            return pgettext("version", "in review")
        case VersionStatus.RETIRED:
            return pgettext("version", "retired")
    if version.effective_from > at:
        return _("begins on %(moment)s") % {"moment": moment(version, version.effective_from)}
    return pgettext("version", "ended") if has_ended(version, at) else pgettext("version", "in force")


def moment(version: PolicyVersion, at: datetime | None) -> str:
    """On the policy's own clock; a midnight is a date."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(version.document["time_zone"]))
    # Translators: a day with its month in words, as Django's filter `date` writes it.
    day = date_format(local, _("j F Y"))
    return day if (local.hour, local.minute) == (0, 0) else f"{day}, {local:%H:%M %Z}"


def texts(value: str | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
