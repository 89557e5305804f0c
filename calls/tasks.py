"""What need not happen at once: the weights of questions, and the places where calls were."""

from celery import shared_task
from django.utils import timezone

from calls import places, weighing
from journal.actors import CLOCK
from triage.models import Policy


@shared_task(ignore_result=True)
def learn_weights() -> None:
    for policy in Policy.objects.order_by("slug"):
        weighing.learn(policy=policy, by=CLOCK, at=timezone.now())


@shared_task(ignore_result=True)
def learn_places() -> None:
    places.learn()
