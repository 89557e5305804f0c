"""The verb of plans: a program adopts one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from dispatch import entries
from dispatch.models import Plan as Stored
from dispatch.plans import Plan, PolicyError
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid
from triage.models import Program


def adopt(*, program: Program, document: Mapping[str, Any], by: Actor, at: datetime) -> Stored:
    """From now on this is what the program does when nobody acts; what is under way keeps what it began with.

    Raises Invalid naming the place in the document, and what would be right.
    """
    try:
        Plan.take(document)
    except PolicyError as error:
        raise Invalid({error.place or "plan": error.sentence}) from None
    with transaction.atomic():
        there = Program.objects.select_for_update().only("changed_at").get(pk=program.pk)
        # Plans are kept in each process by this moment (`queries.plan_of`): no two may have the same.
        program.changed_at = max(at, there.changed_at + timedelta(microseconds=1))
        program.save(update_fields=["changed_at"])
        stored = Stored.objects.create(
            program=program, document=dict(document), at=at, by_id=by.actor_id, by_name=by.actor_name
        )
        record(entries.PlanAdopted(program=program.slug), subject=stored, by=by, at=at)
    return stored
