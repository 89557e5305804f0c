"""What takes long: previews. Beat calls again and again; the tables say what is left, so nothing need be published."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from planning import previews

TURN = timedelta(seconds=4)  # others wait in the same queue; the next turn goes on


@shared_task(ignore_result=True)
def work_on_previews() -> None:
    begun = timezone.now()
    previews.work(at=begun, go_on=lambda: timezone.now() - begun < TURN)
