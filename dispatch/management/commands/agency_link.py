from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from dispatch import linking
from dispatch.models import HandoffTo
from journal.actors import Machine
from journal.refusals import Invalid
from triage.models import Program


class Command(BaseCommand):
    help = (
        "Say how another agency is reached when an incident is handed to it. With --webhook the secret that signs what"
        " is sent is printed, alone on its line. The agency is made when there is none of that name."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help='of the agency, such as "Portland Police Bureau"')
        parser.add_argument("--kind", required=True, choices=HandoffTo.values)
        parser.add_argument("--program", help="its slug; without it, for every program that has no link of its own")
        parser.add_argument("--phone", default="", help="shown to the dispatcher")
        parser.add_argument("--webhook", default="", metavar="URL", help="where their system takes messages")
        parser.add_argument("--new-secret", action="store_true", help="the old one is good no more")

    def handle(self, *args: Any, **options: Any) -> None:
        program = Program.objects.filter(slug=options["program"]).first()
        if options["program"] and program is None:
            known = ", ".join(sorted(Program.objects.values_list("slug", flat=True))) or "none"
            raise CommandError(f"program: there is no {options['program']}. Known: {known}.")
        by, at = Machine("command line"), timezone.now()
        try:
            with transaction.atomic():
                link = linking.link(
                    agency=linking.known_as(name=options["name"], kind=options["kind"]),
                    program=program,
                    phone=options["phone"],
                    url=options["webhook"],
                    new_secret=options["new_secret"],
                    by=by,
                    at=at,
                )
        except Invalid as invalid:
            raise CommandError("\n".join(f"{field}: {text}" for field, text in invalid.errors.items())) from None
        if link.url:
            self.stdout.write(linking.show_secret(link=link, by=by, at=at))
