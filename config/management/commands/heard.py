from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.health import SILENT_AFTER
from due.queries import last_heard


class Command(BaseCommand):
    help = "For health checks: fail unless a clock whose name starts so was heard from lately."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="beat, worker, or worker:HOST: for the workers of one machine")

    def handle(self, *args: Any, **options: Any) -> None:
        heard_at = last_heard(options["prefix"])
        if heard_at is None or timezone.now() - heard_at > SILENT_AFTER:
            raise CommandError(f"{options['prefix']} was {'never' if heard_at is None else 'not lately'} heard from.")
