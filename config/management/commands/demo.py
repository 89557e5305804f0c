import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from config.demo import PLAYED, keep_on_duty
from planning import demo
from planning.scenario import Scenario

LOOK, IDLE = 1.0, 5.0  # seconds
ON_DUTY = 3600.0  # between two looks at the shifts


class Command(BaseCommand):
    help = "Play the demo city: invented calls while somebody watches. Runs until it is ended; `make run` starts it."

    def handle(self, *args: Any, **options: Any) -> None:
        scenario, planned_at = Scenario.load(PLAYED), time.monotonic()
        while True:
            goes_on = False
            try:
                goes_on = demo.play(scenario, at=timezone.now())
                if time.monotonic() - planned_at > ON_DUTY:
                    keep_on_duty(at=timezone.now())
                    planned_at = time.monotonic()
            except DatabaseError as error:
                # Postgres is away or restarts: what is due is found at the next look.
                self.stderr.write(f"demo: {type(error).__name__}, trying again")
                close_old_connections()
            time.sleep(LOOK if goes_on else IDLE)
