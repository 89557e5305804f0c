from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from journal.actors import Machine
from journal.refusals import Refused
from triage import publishing
from triage.engine import Pack, PolicyError, check, failures, load_pack


class Command(BaseCommand):
    help = "Policy packs (docs/policies.md): check their sense, test them by their examples, install them."

    def add_arguments(self, parser: CommandParser) -> None:
        does = "check: do the rules make sense? test: do the examples hold? install: both, then publish what is new"
        parser.add_argument("action", choices=["check", "test", "install"], help=does)
        parser.add_argument("file", type=Path, help="such as triage/packs/portland-psr.yaml")

    def handle(self, *args: Any, **options: Any) -> None:
        action: str = options["action"]
        try:
            pack = load_pack(options["file"])
            if action != "test":
                self._check(pack)
            if action != "check":
                self._test(pack)
            if action == "install":
                publishing.publish_pack(pack=pack, by=Machine("command line"), at=timezone.now())
        except (OSError, PolicyError, Refused) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{pack.slug}: {', '.join(policy.version for policy in pack.policies)}")

    def _check(self, pack: Pack) -> None:
        found = [
            f"version {policy.version}, rule {finding.rule}: {finding.sentence}"
            for policy in pack.policies
            for finding in check(policy.text)
        ]
        if found:
            raise CommandError("\n".join(found))

    def _test(self, pack: Pack) -> None:
        if failed := failures(pack.examples, pack.policies):
            raise CommandError("\n".join(f"example {each.example}: {each.sentence}" for each in failed))
        self.stdout.write(f"{len(pack.examples)} examples hold.")
