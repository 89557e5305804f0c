"""What a change of the outcome means for teams that are under way to what it was: each is told, none is taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dispatch import entries, limits
from dispatch.models import Alert, Incident
from dispatch.states import ENGAGED
from due import timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry


def changed(incident: Incident) -> dict[str, list[Any]]:
    """What the newest decision knows otherwise than the one before it: facts with both values, None for not asked."""
    chosen = incident.decisions.filter(beside=None).order_by("-id")
    after, before = ([*chosen.values_list("facts", flat=True)[:2], {}, {}])[:2]
    names = dict.fromkeys([*after, *before])
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def alert_teams(
    incident: Incident, *, was: str, changed: Mapping[str, list[Any]], by: Actor, at: datetime
) -> list[Entry]:
    """Tell every team under way that the outcome is no longer `was`; the entries that tell of it.

    A team that was told before is told anew of all that is now otherwise than when it was sent; when nothing is, its
    alert ends. The caller holds the incident's lock and has set the new outcome.
    """
    told: list[Entry] = []
    standing = {alert.assignment_id: alert for alert in incident.alerts.filter(ended_at=None)}
    for team in incident.assignments.filter(status__in=ENGAGED).order_by("offered_at"):
        before, facts = was, dict(changed)
        if earlier := standing.get(team.id):
            before, facts = earlier.before, _together(earlier.changed, changed)
            restored = before == incident.outcome
            end(earlier, ending=Alert.Ending.RESTORED if restored else Alert.Ending.REPLACED, at=at)
            if restored:
                over = entries.AssignmentAlertOver(incident=incident.id, unit=team.unit_id, outcome=before)
                told.append(entry(over, subject=team, by=by, at=at))
                continue
        alert = Alert.objects.create(
            incident=incident, assignment=team, at=at, before=before, after=incident.outcome, changed=facts
        )
        timers.put(kind=limits.RADIO, subject_id=alert.id, due_at=at + limits.TURNED, at=at)
        alerted = entries.AssignmentAlerted(
            incident=incident.id, unit=team.unit_id, before=before, after=incident.outcome, facts=tuple(facts)
        )
        told.append(entry(alerted, subject=team, by=by, at=at))
    return told


def end(alert: Alert, *, ending: Alert.Ending, at: datetime) -> None:
    """It stands no more. The caller holds the incident's lock, and tells of it."""
    alert.ended_at, alert.ending = at, ending
    alert.save()
    timers.cancel(kinds=[limits.RADIO], subject_id=alert.id, at=at)


def _together(earlier: Mapping[str, list[Any]], later: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    both = {
        name: [(earlier.get(name) or later[name])[0], (later.get(name) or earlier[name])[1]]
        for name in dict.fromkeys([*earlier, *later])
    }
    return {name: values for name, values in both.items() if values[0] != values[1]}
