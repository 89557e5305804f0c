from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dispatch import planned
from dispatch.plans import Plan, PolicyError
from journal.actors import Machine
from journal.refusals import Invalid
from triage.models import Program


class Command(BaseCommand):
    help = "What a program does when nobody acts (docs/plans.md): check a plan, or have a program adopt it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check", "install"], help="install: check, then adopt")
        parser.add_argument("file", type=Path, help="YAML, such as dispatch/plans/default.yaml")
        parser.add_argument("--program", help="the slug of the program that adopts it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            document = yaml.safe_load(options["file"].read_text())
            Plan.take(document)
        except (OSError, yaml.YAMLError, PolicyError) as error:
            raise CommandError(str(error)) from None
        if options["action"] == "install":
            self._install(document, options["program"])
        self.stdout.write("The plan is sound." if options["action"] == "check" else "The plan is in force.")

    def _install(self, document: dict[str, Any], slug: str | None) -> None:
        program = Program.objects.filter(slug=slug or "").first()
        if program is None:
            known = ", ".join(sorted(Program.objects.values_list("slug", flat=True))) or "none"
            raise CommandError(f"program: name one of: {known}.")
        try:
            planned.adopt(program=program, document=document, by=Machine("command line"), at=timezone.now())
        except Invalid as invalid:
            raise CommandError("\n".join(f"{place}: {text}" for place, text in invalid.errors.items())) from None
