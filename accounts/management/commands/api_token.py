from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts import tokens
from accounts.models import Agency
from accounts.roles import Scope
from journal.actors import Machine
from journal.refusals import Invalid


class Command(BaseCommand):
    help = "Issue an API token and print it, alone on its line. It is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who will use it, for the record")
        parser.add_argument("--scope", action="append", default=[], help=f"repeat for several: {', '.join(Scope)}")
        parser.add_argument("--agency", help="whose system it is, by name; see agency_link. Without it, our own")
        parser.add_argument("--expires", help="ISO moment after which it is refused, e.g. 2027-01-31T00:00Z")

    def handle(self, *args: Any, **options: Any) -> None:
        expires_at = None
        if options["expires"]:
            expires_at = parse_datetime(options["expires"])
            if expires_at is None or expires_at.tzinfo is None:
                raise CommandError("--expires wants a moment with its zone, e.g. 2027-01-31T00:00Z")
        agency = Agency.objects.filter(name=options["agency"]).first()
        if options["agency"] and agency is None:
            known = ", ".join(sorted(Agency.objects.values_list("name", flat=True))) or "none"
            raise CommandError(f"agency: there is no {options['agency']}. Known: {known}.")
        try:
            _, secret = tokens.issue(
                name=options["name"],
                scopes=options["scope"],
                agency=agency,
                expires_at=expires_at,
                by=Machine("command line"),
                at=timezone.now(),
            )
        except Invalid as invalid:
            raise CommandError("\n".join(f"{field}: {text}" for field, text in invalid.errors.items())) from None
        self.stdout.write(secret)
