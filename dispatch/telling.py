"""Who is told of something outside a page: rows for the outbox, written in the transaction of what they tell of.

Of an exercise nobody outside is told.
"""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from accounts.roles import Role
from dispatch.models import Incident
from due import messages
from responders.models import Unit
from responders.queries import crew_of


def crew(*, unit: Unit, incident: Incident, kind: str, subject_id: UUID, deadline: datetime, at: datetime) -> None:
    """The people on duty in this unit."""
    _tell(crew_of(unit.id, at=at), incident, kind=kind, subject_id=subject_id, deadline=deadline, at=at)


def supervisors(
    *, incident: Incident, kind: str, subject_id: UUID, occasion: int = 0, deadline: datetime, at: datetime
) -> None:
    """The supervisors who are at work."""
    people = list(User.objects.filter(role=Role.SUPERVISOR, is_active=True))
    _tell(people, incident, kind=kind, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)


def _tell(
    people: list[User],
    incident: Incident,
    *,
    kind: str,
    subject_id: UUID,
    occasion: int = 0,
    deadline: datetime,
    at: datetime,
) -> None:
    if incident.exercise:
        return
    reachable = [person.id for person in people if person.email]
    messages.put(kind=kind, recipients=reachable, subject_id=subject_id, occasion=occasion, deadline=deadline, at=at)
