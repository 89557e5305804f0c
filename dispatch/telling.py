"""Who is told of something outside a page: rows for the outbox, written in the transaction of what they tell of.

Of an exercise nobody outside is told. Who is at work is judged here and once more when the message is sent
(`dispatch.notices`): in between a shift may have ended.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from accounts.queries import logged_in
from accounts.roles import Role
from dispatch.models import Incident
from due import messages
from due.delivery import reachable
from responders.models import Unit
from responders.queries import crew_of
from triage.models import Program


def crew(
    *, unit: Unit, incident: Incident, kind: str, subject_id: UUID, occasion: int = 0, deadline: datetime, at: datetime
) -> int:
    """The people on duty in this unit. Like the others: how many are told."""
    people = [] if incident.exercise else reachable(person.id for person in crew_of(unit.id, at=at))
    return _tell(people, incident, kind=kind, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)


def supervisors(
    *, incident: Incident, kind: str, subject_id: UUID, occasion: int = 0, deadline: datetime, at: datetime
) -> int:
    """The supervisors who are logged in anywhere."""
    people = [] if incident.exercise else reachable(_at_work(Role.SUPERVISOR, at=at))
    return _tell(people, incident, kind=kind, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)


def dispatchers(
    *, incident: Incident, kind: str, subject_id: UUID, occasion: int = 0, deadline: datetime, at: datetime
) -> int:
    """The dispatchers who are logged in anywhere."""
    people = [] if incident.exercise else reachable(_at_work(Role.DISPATCHER, at=at))
    return _tell(people, incident, kind=kind, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)


def on_call(
    *, incident: Incident, kind: str, subject_id: UUID, occasion: int = 0, deadline: datetime, at: datetime
) -> int:
    """The on-call phone of the incident's program, of every program where it is in none: a position, whoever holds it
    now. Where none is set a message that failed shows for it: the last to be told must not be nobody without a word."""
    one = incident.program_id
    positions = [one] if one else list(Program.objects.filter(exercise=False).values_list("id", flat=True))
    return _tell(positions, incident, kind=kind, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)


def _at_work(role: Role, *, at: datetime) -> Iterable[UUID]:
    return logged_in(role, at=at).values_list("id", flat=True)


def _tell(
    recipients: Collection[UUID],
    incident: Incident,
    *,
    kind: str,
    subject_id: UUID,
    occasion: int,
    deadline: datetime,
    at: datetime,
) -> int:
    if incident.exercise:
        return 0
    messages.put(kind=kind, recipients=recipients, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)
    return len(recipients)
