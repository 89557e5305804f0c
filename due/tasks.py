"""Beat's ticks: the second clock."""

from celery import shared_task
from django.utils import timezone

from due import sending
from due import sweep as sweeping


@shared_task(ignore_result=True, soft_time_limit=20, time_limit=30)
def tick() -> None:
    at = timezone.now()
    sweeping.heard("beat", at=at)
    sweeping.fire_timers(at=at)
    sweeping.forget_the_dead(at=at)


@shared_task(ignore_result=True, soft_time_limit=50, time_limit=60)
def send_notices() -> None:
    """One message at most: a provider that hangs holds this process no longer than its own time-out."""
    at = timezone.now()
    sending.end_stale(at=at)
    sending.send_one(at=at)
