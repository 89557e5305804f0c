from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dispatch import paper, printing
from journal.actors import Machine
from journal.refusals import Invalid, Refused
from triage.models import Program


class Command(BaseCommand):
    help = "Reserve incident numbers for paper and write the forms for the printer: one HTML file that needs no other."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--program", required=True, help="the slug of the program whose questions are printed")
        parser.add_argument("--count", type=int, default=50, help=f"how many forms, at most {paper.MOST}")
        parser.add_argument("--directory", type=Path, default=Path(), help="where the file goes; here if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        program = Program.objects.select_related("policy").filter(slug=options["program"]).first()
        if program is None:
            known = ", ".join(sorted(Program.objects.values_list("slug", flat=True))) or "none"
            raise CommandError(f"program: name one of: {known}.")
        if not options["directory"].is_dir():
            raise CommandError(f"directory: there is none at {options['directory']}.")
        at = timezone.now()
        try:
            block = paper.reserve(program=program, count=options["count"], by=Machine("command line"), at=at)
        except Invalid as invalid:
            raise CommandError("\n".join(f"{name}: {text}" for name, text in invalid.errors.items())) from None
        except Refused as refused:
            raise CommandError(str(refused)) from None
        numbers = list(block.forms.order_by("number").values_list("number", flat=True))
        file = options["directory"] / f"downtime-{program.slug}-{numbers[0]}-{numbers[-1]}.html"
        file.write_text(printing.whole(block, at=at))
        self.stdout.write(str(file))
