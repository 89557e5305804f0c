"""Calls that come with their city's own words for what they are about.

Which source speaks by which map says `TYPE_MAPS` in the settings. Words that no map knows are taken all the same: the
call is `other`, keeps them, and is counted here for whoever keeps the maps.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Q

from calls import type_maps
from calls.models import Call
from triage.engine import FactValue

logger = logging.getLogger(__name__)

LOOKED_BACK: Final = timedelta(days=90)
UNTRANSLATED: Final[Mapping[str, FactValue]] = {"call_type": "other"}


@dataclass(frozen=True)
class Translated:
    """What the words state, and the map with its version that said so; no map where the source has none."""

    facts: Mapping[str, FactValue]
    type_map: str = ""


@dataclass(frozen=True)
class Unmapped:
    """Words that no map knew when their calls came."""

    source: str
    local_type: str
    type_map: str
    calls: int
    exercises: int
    last_at: datetime
    since_mapped: bool  # the newest version of the map knows them


def translate(words: str, *, source: str, at: datetime) -> Translated:
    """What this source means by these words, by the version in force at that moment."""
    name = settings.TYPE_MAPS.get(source)
    if name is None:
        return Translated(UNTRANSLATED)
    try:
        by = type_maps.in_force(name, at)
    except type_maps.MapError:
        # A slip in the settings or in a map must not cost the call; `check` tells of it before.
        logger.exception("map of types not read", extra={"type_map": name})
        return Translated(UNTRANSLATED)
    meaning = by.spoken(words)
    # What a replay rejects was sent here by somebody who means it to be taken.
    known = meaning.facts if meaning and not meaning.rejected else UNTRANSLATED
    return Translated(known, str(by))


def misnamed() -> list[str]:
    """What is wrong with the maps that the settings name, one sentence each."""
    wrong = []
    for source, name in settings.TYPE_MAPS.items():
        try:
            type_maps.versions(name)
        except type_maps.MapError as error:
            wrong.append(f"TYPE_MAPS, {source}: {error}")
    return wrong


def unmapped(*, at: datetime) -> list[Unmapped]:
    """Words of the last 90 days that no map knew, the most frequent first."""
    seen = (
        Call.objects.filter(taken_at__gte=at - LOOKED_BACK, simulated=False)
        .exclude(local_type="")
        .values("source", "local_type", "type_map")
        .annotate(calls=Count("id"), exercises=Count("id", filter=Q(exercise=True)), last_at=Max("taken_at"))
        .order_by("-calls", "source", "local_type")
    )
    return [
        Unmapped(**each, since_mapped=_knows(each["type_map"].partition("@")[0], each["local_type"]))
        for each in seen
        if not _knows(each["type_map"], each["local_type"])
    ]


def _knows(name: str, words: str) -> bool:
    try:
        return bool(name) and type_maps.load(name).spoken(words) is not None
    except type_maps.MapError:  # a map that has since been taken away
        return False
