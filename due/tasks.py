"""Beat's tick: the second clock."""

from celery import shared_task
from django.utils import timezone

from due import sweep as sweeping


@shared_task(ignore_result=True)
def tick() -> None:
    at = timezone.now()
    sweeping.heard("beat", at=at)
    sweeping.fire_timers(at=at)
    sweeping.forget_the_dead(at=at)
