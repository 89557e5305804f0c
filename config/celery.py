"""The Celery application: `celery -A config worker` and `celery -A config beat`."""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("rightcall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By name: the step needs Django's apps, which a worker sets up only after this module is read.
app.steps["worker"].add("due.bootstep:Sweeper")


@setup_logging.connect
def _log_like_everything_else(**_: object) -> None:
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
