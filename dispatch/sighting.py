"""All units of a program as they stand, in one statement.

Written by hand, for a team is looked for some hundreds of times in a bad second: to build five queries and a thousand
objects of rows took the ORM three times as long. `tests/dispatch/test_sighting.py` holds it against the models.
"""

import json
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db import connection

from dispatch.models import Incident
from dispatch.plans.recommend import Pace
from dispatch.ranking import Answer, Sight, Worked
from dispatch.states import ASSIGNMENT, AssignmentStatus
from dispatch.travel import Place, way
from responders.crews import Held, Member
from responders.models import Unit

_LONGEST_SHIFT, _LONGEST_OFFER = timedelta(hours=24), timedelta(hours=1)
_UNIT = [field.attname for field in Unit._meta.concrete_fields]

_SIGHTS = f"""
WITH on_shift AS (
  SELECT shift.unit_id, lower(shift.during) AS begins, upper(shift.during) AS ends,
    json_agg(json_build_array(
      member.id, person.name, responder.profession, responder.languages, held.kind, held.valid_from, held.valid_until
    ) ORDER BY member.id, held.id)::text AS crew
  FROM responders_shift shift
  LEFT JOIN responders_crewmember member ON member.shift_id = shift.id
  LEFT JOIN responders_responder responder ON responder.id = member.responder_id
  LEFT JOIN accounts_user person ON person.id = responder.user_id
  LEFT JOIN responders_credential held ON held.responder_id = responder.id
  WHERE shift.during @> %(at)s
  GROUP BY shift.id
), worked AS (
  SELECT unit_id, count(*) AS assignments, max(cleared_at) AS cleared_at,
    sum(coalesce(cleared_at, ended_at, %(at)s) - accepted_at) AS spent
  FROM dispatch_assignment JOIN on_shift USING (unit_id)
  WHERE accepted_at >= on_shift.begins AND offered_at > %(offered_after)s  -- so that its index bounds what is read
  GROUP BY unit_id
), answer AS (
  SELECT DISTINCT ON (unit_id) unit_id, status, offered_at
  FROM dispatch_assignment WHERE incident_id = %(incident)s AND status = ANY(%(unwilling)s)
  ORDER BY unit_id, offered_at DESC
)
SELECT {", ".join(f"unit.{column}" for column in _UNIT)}, on_shift.ends, on_shift.crew,
  busy.status, incident.number, worked.assignments, worked.spent, worked.cleared_at, answer.status, answer.offered_at
FROM responders_unit unit
LEFT JOIN on_shift ON on_shift.unit_id = unit.id
LEFT JOIN dispatch_assignment busy ON busy.unit_id = unit.id AND busy.status = ANY(%(open)s)
LEFT JOIN dispatch_incident incident ON incident.id = busy.incident_id
LEFT JOIN worked ON worked.unit_id = unit.id
LEFT JOIN answer ON answer.unit_id = unit.id
WHERE unit.program_id = %(program)s
"""  # noqa: S608 (our own names)

_FREE = """
SELECT EXISTS (
  SELECT FROM responders_unit unit JOIN responders_shift shift ON shift.unit_id = unit.id AND shift.during @> %(at)s
  WHERE unit.program_id = %(program)s AND unit.out_of_service_at IS NULL
    AND NOT EXISTS (SELECT FROM dispatch_assignment WHERE unit_id = unit.id AND status = ANY(%(open)s))
)
"""


def sights(incident: Incident, *, freed: Collection[UUID] = (), pace: Pace, at: datetime) -> Iterator[Sight]:
    """Each unit of the incident's program. Those that are `freed` count as free, whatever they have to do."""
    asked = {
        "program": incident.program_id,
        "incident": incident.pk,
        "at": at,
        "offered_after": at - _LONGEST_SHIFT - _LONGEST_OFFER,
        "open": [*ASSIGNMENT.open],
        "unwilling": [AssignmentStatus.DECLINED, AssignmentStatus.EXPIRED],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SIGHTS, asked)
        rows = cursor.fetchall()
    place = position(incident)
    for *columns, ends_at, crew, doing, number, many, spent, cleared_at, answer, offered_at in rows:
        unit = Unit.from_db(connection.alias, _UNIT, columns)
        yield Sight(
            unit=unit,
            busy=(doing, number) if doing and unit.id not in freed else None,
            shift_ends_at=ends_at,
            way=way(position(unit), place, pace=pace, at=at),
            crew=_crew(crew) if crew else (),
            worked=Worked(many, spent, cleared_at) if many else _NOTHING,
            asked=Answer(answer, offered_at) if answer else None,
        )


def anybody_is_free(incident: Incident, *, at: datetime) -> bool:
    """Whether any unit could fit at all. In a bad night none is, and then hundreds of incidents need no ranking."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"program": incident.program_id, "at": at, "open": [*ASSIGNMENT.open]})
        [(free,)] = cursor.fetchall()
    return bool(free)


def spoken(incident: Incident) -> frozenset[str]:
    """The languages of its callers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT language FROM calls_call JOIN dispatch_incidentcall ON call_id = id"
            " WHERE incident_id = %s AND language <> ''",
            [incident.pk],
        )
        return frozenset(language for (language,) in cursor)


def position(of: Incident | Unit) -> Place | None:
    return None if of.latitude is None or of.longitude is None else (of.latitude, of.longitude)


_NOTHING = Worked()


@lru_cache(maxsize=4096)
def _crew(told: str) -> tuple[Member, ...]:
    """A crew, from a row for each credential of a member, or one for none. It is read once for each text that tells of
    it: one that has changed is another text, so none is out of date."""
    crew = []
    for (member, name, profession, languages), rows in groupby(json.loads(told), key=lambda row: row[:4]):
        if member is not None:
            held = [_held(kind, begins, ends) for *_, kind, begins, ends in rows if kind]
            crew.append(Member(name, profession, tuple(languages), tuple(held)))
    return tuple(crew)


def _held(kind: str, begins: str, ends: str | None) -> Held:
    return Held(kind, date.fromisoformat(begins), date.fromisoformat(ends) if ends else None)
