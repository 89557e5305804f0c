"""The verbs of drafts: begin one (with a new policy or of one that is there), change a part of it, submit it for
review, send it back, discard it.

A draft is changed part by part: its settings, each rule, the order of the rules, each example. Whoever changes a part
says how it was when they saw it, so that two people at one draft never overwrite each other: different parts go through
side by side, the same part is refused to the second with what stands there now.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from json import dumps
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, Refused, fitting
from triage import entries, wording
from triage.engine import Policy as CompiledPolicy
from triage.engine import PolicyError, check, compile_policy, failures, take_example
from triage.engine.clock import take_zone
from triage.engine.document import take_slug
from triage.entries import code
from triage.models import Policy, PolicyVersion
from triage.states import BINDING, VERSION, VersionStatus

SETTINGS: Final = "settings"
ORDER: Final = "order"
RULE: Final = "rule:"
EXAMPLE: Final = "example:"

_GONE: Final = gettext_lazy("This draft was discarded meanwhile.")
_NAMELESS: Final = gettext_lazy("Name the version, such as 2026-01.")

Part = Mapping[str, Any] | list[Any] | None


class Changed(Refused):
    """Somebody else changed this part meanwhile. `now` is what stands there; None when it is gone."""

    def __init__(self, now: Part) -> None:
        super().__init__(_("Somebody else changed this meanwhile. Compare, then save again."))
        self.now = now


def parts_of(version: PolicyVersion) -> dict[str, Part]:
    """What a version is made of, by the names that `put` takes."""
    document = version.document
    return {
        SETTINGS: {key: value for key, value in document.items() if key not in ("rules", "slug")},
        ORDER: [rule["id"] for rule in document["rules"]],
        **{f"{RULE}{rule['id']}": rule for rule in document["rules"]},
        **{f"{EXAMPLE}{example['name']}": example for example in version.examples},
    }


def stamp(part: Part) -> str:
    """How a part was when somebody saw it; the empty text for a part that is not there."""
    return "" if part is None else sha256(dumps(part, sort_keys=True).encode()).hexdigest()


def begin_policy(*, slug: str, name: str, time_zone: str, version: str, by: Actor, at: datetime) -> PolicyVersion:
    """A policy that was not there, with a first draft by which no team goes yet. Until one of its versions is published
    it decides nothing, and only those who write see it.

    Raises Invalid naming every wrong field, a slug in use among them.
    """
    errors: dict[str, str] = {}
    with _gathered(errors):
        fitting(
            {"name": (name, 120), "slug": (slug, 50), "time_zone": (time_zone, 60), "version": (version, 20)},
            needed={
                "name": _("Name it as people call the program."),
                "slug": _("Give it a short name for addresses, such as portland-psr."),
                "time_zone": _("Name the city's time zone, such as America/Los_Angeles."),
                "version": str(_NAMELESS),
            },
        )
    with _gathered(errors), _refusing():
        take_slug(slug.strip(), "slug", "-")
    with _gathered(errors), _refusing():
        take_zone(time_zone.strip(), "time_zone")
    slug = slug.strip()
    if Policy.objects.filter(slug=slug).exists():
        errors.setdefault("slug", _("There is a policy %(slug)s already.") % {"slug": slug})
    if errors:
        raise Invalid(errors)
    try:
        with transaction.atomic():
            policy = Policy.objects.create(slug=slug, name=name.strip(), changed_at=at)
            return begin(policy=policy, version=version, time_zone=time_zone.strip(), by=by, at=at)
    except IntegrityError:  # begun by somebody else in this instant
        raise Invalid({"slug": _("There is a policy %(slug)s already.") % {"slug": slug}}) from None


def begin(
    *,
    policy: Policy,
    version: str,
    based_on: PolicyVersion | None = None,
    time_zone: str = "",
    by: Actor,
    at: datetime,
) -> PolicyVersion:
    """A new draft: a copy of another version, or a first one, by which no team goes yet. Where a first one is given no
    time zone, it has that of the version or the program that is there already.

    Whoever wrote a copied text that nobody has approved yet remains its writer: to approve it takes somebody else.

    Raises Invalid for a name that is empty or in use, Refused when the policy was discarded meanwhile.
    """
    (name,) = fitting({"version": (version, 20)}, needed={"version": str(_NAMELESS)})
    if based_on is None:
        document, examples = _blank(policy, time_zone), []
    else:
        document, examples = dict(based_on.document), list(based_on.examples)
    document |= {"version": name, "effective_from": at.isoformat(timespec="minutes"), "effective_until": None}
    with _refusing():
        compiled = compile_policy(document)
    try:
        with transaction.atomic():
            if _locked_policy(policy.pk) is None:
                raise Refused(_("This policy was discarded meanwhile."))
            draft = PolicyVersion.objects.create(
                policy=policy,
                version=name,
                status=VersionStatus.DRAFT,
                document=document,
                digest=compiled.digest,
                examples=examples,
                effective_from=compiled.effective_from,
                effective_until=compiled.effective_until,
                based_on=based_on,
                changed_at=at,
                **_written(based_on if based_on and based_on.state not in BINDING else None, by),
            )
            source = based_on.version if based_on else None
            told = entries.PolicyDrafted(policy=policy.slug, version=code(name), based_on=source and code(source))
            record(told, subject=draft, by=by, at=at)
    except IntegrityError:
        raise Invalid({"version": _("There is a version %(version)s already.") % {"version": name}}) from None
    return draft


def put(*, version: PolicyVersion, part: str, value: Part, was: str, by: Actor, at: datetime) -> PolicyVersion:
    """Change one part of a draft; a `value` of None removes it. `was` is the `stamp` of the part as it was seen.

    Raises Changed when the part is no longer as it was seen, Invalid naming the place when the draft would not
    compile, Refused when the version is no draft.
    """
    with transaction.atomic():
        draft = _locked(version)
        VERSION.guard(draft.state, VersionStatus.IN_REVIEW)  # only what can still be submitted can still be changed
        parts = parts_of(draft)
        if stamp(now := parts.get(part)) != was:
            raise Changed(now)
        document, examples = _join(draft, _replaced(parts, part, value))
        with _refusing():
            compiled = compile_policy(document)
            for index, example in enumerate(examples):
                take_example(example, f"examples[{index}]", compiled.time_zone)
        draft.version = compiled.version
        draft.document, draft.digest, draft.examples = document, compiled.digest, examples
        draft.effective_from, draft.effective_until = compiled.effective_from, compiled.effective_until
        draft.changed_at = at
        for name, each in _written(draft, by).items():
            setattr(draft, name, each)
        try:
            with transaction.atomic():
                draft.save()
        except IntegrityError:
            raise Invalid(
                {"version": _("There is a version %(version)s already.") % {"version": compiled.version}}
            ) from None
        told = entries.PolicyEdited(
            policy=draft.policy.slug, version=code(draft.version), part=code(part), digest=draft.digest
        )
        record(told, subject=draft, by=by, at=at)
    return draft


def unready(version: PolicyVersion) -> list[str]:
    """Why a draft cannot be reviewed yet: rules that make no sense, examples that fail. Empty when it can."""
    compiled = compile_policy(version.document)
    examples = [
        take_example(each, f"examples[{index}]", compiled.time_zone) for index, each in enumerate(version.examples)
    ]
    return [
        *(
            _("Rule %(rule)s: %(sentence)s") % {"rule": each.rule, "sentence": wording.told(each.sentence)}
            for each in check(compiled.text)
        ),
        *(
            _("Example %(example)s: %(sentence)s") % {"example": each.example, "sentence": wording.told(each.sentence)}
            for each in failures(examples, [always(version.document)])
        ),
        *(
            []
            if examples
            else [_("There is no example. Write down at least one case with the decision that is right.")]
        ),
    ]


def submit(*, version: PolicyVersion, by: Actor, at: datetime) -> PolicyVersion:
    """Hold a draft still for a second person to review. Raises Refused while it is not ready, and when somebody changes
    it while that is found out.

    Whether it is ready takes a compilation a rule, a second and more for thirty: nobody's edit waits that long for a
    lock, so it is found out before, of the text as it is read here, and what is locked must be that text.
    """
    seen = PolicyVersion.objects.select_related("policy").filter(pk=version.pk).first()
    if seen is None:
        raise Refused(str(_GONE))
    VERSION.guard(seen.state, VersionStatus.IN_REVIEW)
    if wrong := unready(seen):
        raise Refused(" ".join(wrong))
    with transaction.atomic():
        draft = _locked(version)
        VERSION.guard(draft.state, VersionStatus.IN_REVIEW)
        if (draft.digest, draft.examples) != (seen.digest, seen.examples):
            raise Refused(_("Somebody else changed this draft while it was checked. Look at it, then submit it again."))
        for name, each in _written(draft, by).items():
            setattr(draft, name, each)
        return _move(draft, VersionStatus.IN_REVIEW, by=by, at=at)


def send_back(*, version: PolicyVersion, words: str, by: Actor, at: datetime) -> PolicyVersion:
    """What is in review becomes a draft again. Raises Invalid without words that say why."""
    (words,) = fitting({"words": (words, 1000)}, needed={"words": _("Say what should change.")})
    with transaction.atomic():
        draft = _locked(version)
        VERSION.guard(draft.state, VersionStatus.DRAFT)
        draft.review_words = words
        return _move(draft, VersionStatus.DRAFT, by=by, at=at)


def discard(*, version: PolicyVersion, by: Actor, at: datetime) -> None:
    """Delete a draft for good, and with its last draft a policy that never decided anything and that no program names.

    Raises Refused for any other version.
    """
    with transaction.atomic():
        policy = _locked_policy(version.policy_id)  # before the version, as everywhere
        draft = _locked(version)
        VERSION.guard(draft.state, VersionStatus.IN_REVIEW)
        told = entries.PolicyDiscarded(policy=draft.policy.slug, version=code(draft.version))
        record(told, subject=draft, by=by, at=at)
        draft.delete()
        if policy and not policy.versions.exists() and not policy.programs.exists():
            policy.delete()


def _blank(policy: Policy, zone: str) -> dict[str, Any]:
    if not zone:
        latest = policy.versions.order_by("-effective_from").first()
        program = policy.programs.first()
        zone = latest.document["time_zone"] if latest else program.time_zone if program else "UTC"
    fire = {
        "id": "fire",
        "text": "A fire goes to the fire department.",
        "source": "To be written",
        "when": {"call_type": "fire"},
        "exclude": "fire",
        "unknown": "no",
    }
    return {"slug": policy.slug, "name": policy.name, "time_zone": zone, "otherwise": "police", "rules": [fire]}


def always(document: Mapping[str, Any]) -> CompiledPolicy:
    """The same rules in force at any time, for examples of any date."""
    return compile_policy({**document, "effective_from": "1970-01-02", "effective_until": None})


def _locked(version: PolicyVersion) -> PolicyVersion:
    try:
        return PolicyVersion.objects.select_for_update(of=("self",)).select_related("policy").get(pk=version.pk)
    except PolicyVersion.DoesNotExist:
        raise Refused(str(_GONE)) from None


def _locked_policy(pk: uuid.UUID) -> Policy | None:
    return Policy.objects.select_for_update().filter(pk=pk).first()


def _move(draft: PolicyVersion, status: VersionStatus, *, by: Actor, at: datetime) -> PolicyVersion:
    draft.status, draft.changed_at = status, at
    draft.save()
    told = entries.PolicyMoved(policy=draft.policy.slug, version=code(draft.version), status=status)
    record(told, subject=draft, by=by, at=at)
    return draft


def _written(draft: PolicyVersion | None, by: Actor) -> dict[str, Any]:
    """The writers with one more among them."""
    people, names = (list(draft.written_by), draft.writers) if draft else ([], "")
    if by.actor_id is not None and by.actor_id not in people:
        people.append(by.actor_id)
        names = f"{names}, {by.actor_name}".lstrip(", ")[:500]
    return {"written_by": people, "writers": names}


def _replaced(parts: Mapping[str, Part], part: str, value: Part) -> dict[str, Part]:
    """The parts with one put, renamed or taken away; the order of the rules follows."""
    order = [*(parts[ORDER] or ())]
    others = {name: each for name, each in parts.items() if name != part}
    if part == ORDER:
        if not isinstance(value, list) or sorted(value) != sorted(order):
            raise Invalid({ORDER: _("The order names every rule once.")})
        return {**parts, ORDER: value}
    if part == SETTINGS:
        if not isinstance(value, Mapping):
            raise Invalid({SETTINGS: _("A policy has settings.")})
        return {**parts, SETTINGS: value}
    if not part.startswith((RULE, EXAMPLE)):
        there = ", ".join((SETTINGS, ORDER, f"{RULE}ID", f"{EXAMPLE}NAME"))
        raise Invalid({part: _("A version has no such part; it has: %(parts)s.") % {"parts": there}})
    key = "id" if part.startswith(RULE) else "name"
    name = "" if value is None else str(value.get(key, "")) if isinstance(value, Mapping) else ""
    renamed = f"{part.partition(':')[0]}:{name}"
    if value is not None and renamed in others:
        raise Invalid({key: _("There is another one called %(name)s.") % {"name": name}})
    if part.startswith(RULE):
        old = part.removeprefix(RULE)
        if value is None:
            order = [each for each in order if each != old]
        else:
            order = [name if each == old else each for each in order] if old in order else [*order, name]
        others[ORDER] = order
    if value is not None:
        others[renamed] = value
    return others


def _join(draft: PolicyVersion, parts: Mapping[str, Part]) -> tuple[dict[str, Any], list[Any]]:
    settings, order = parts[SETTINGS], parts[ORDER]
    assert isinstance(settings, Mapping)
    rules = [parts[f"{RULE}{name}"] for name in order or ()]
    examples = [value for name, value in parts.items() if name.startswith(EXAMPLE)]
    return {**settings, "slug": draft.policy.slug, "rules": rules}, examples


@contextmanager
def _refusing() -> Iterator[None]:
    """What the engine refuses to read, as a form or a client is told of it."""
    try:
        yield
    except PolicyError as wrong:
        raise Invalid({wrong.place or "policy": wording.told(wrong.sentence)}) from None


@contextmanager
def _gathered(errors: dict[str, str]) -> Iterator[None]:
    """Keep what is wrong here beside what else is, so that all of it is told at once: of each field the first."""
    try:
        yield
    except Invalid as invalid:
        errors.update({field: sentence for field, sentence in invalid.errors.items() if field not in errors})
