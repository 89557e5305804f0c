from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from journal.actors import Machine
from journal.refusals import Refused
from triage import publishing
from triage.engine import PolicyError, load_pack


class Command(BaseCommand):
    help = "Publish the versions of a policy pack (docs/policies.md) that are not there yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="such as triage/packs/portland-psr.yaml")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pack = load_pack(options["file"])
            policy = publishing.publish_pack(pack=pack, by=Machine("command line"), at=timezone.now())
        except (OSError, PolicyError, Refused) as error:
            raise CommandError(str(error)) from None
        versions = ", ".join(policy.versions.order_by("effective_from").values_list("version", flat=True))
        self.stdout.write(f"{policy.slug}: {versions}")
