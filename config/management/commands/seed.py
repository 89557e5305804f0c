import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from config import demo

TRY_FIRST = """
Try first:
  1. As dan, watch the console: invented calls come in, simulated teams answer, one hand-off runs overdue.
  2. Open a call with “no team yet” and offer it to PSR1: Rosa's team, which nobody plays.
  3. As rosa, in a private window: accept it, report “On scene”, clear it; dan's console follows.
  4. As tess, take a call with New call: each answer changes what is asked next, and who may go.
  5. Under Policies, read in plain words why.
The calls stop when nobody watches; DEMO=0 make run starts without them.
"""

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


def _password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


class Command(BaseCommand):
    help = "Fill an empty installation with the demo city, keep its teams on duty, and print the demo log-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        path = Path(settings.DATA_DIR) / "demo_password"
        password = path.read_text().strip() if path.exists() else _password()
        if demo.seed(password=password, at=at):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(password)
        demo.keep_on_duty(at=at)
        if path.exists():
            self.stdout.write(f"Demo log-ins, all with the password {path.read_text().strip()}")
            for username, (_, role) in demo.LOG_INS.items():
                self.stdout.write(f"  {username:6} {role.label}")
            self.stdout.write(TRY_FIRST)
