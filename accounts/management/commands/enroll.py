import secrets
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import people
from accounts.models import Agency
from accounts.roles import Role
from journal.actors import Machine
from journal.refusals import Invalid


class Command(BaseCommand):
    help = "Enroll a person. Prints the password made for them, alone on its line, unless --ask is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="one word, as they will type it")
        parser.add_argument("--name", required=True, help="as colleagues call them")
        parser.add_argument("--role", required=True, help=", ".join(Role))
        parser.add_argument("--agency", help="by its name; see establish_program")
        parser.add_argument("--email", default="", help="where offers are mailed to")
        parser.add_argument("--ask", action="store_true", help="type a password instead")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = Agency.objects.filter(name=options["agency"]).first()
        if options["agency"] and agency is None:
            known = ", ".join(sorted(Agency.objects.values_list("name", flat=True))) or "none"
            raise CommandError(f"agency: there is no {options['agency']}. Known: {known}.")
        password = getpass("Password: ") if options["ask"] else secrets.token_urlsafe(12)
        try:
            people.enroll(
                username=options["username"],
                name=options["name"],
                role=options["role"],
                password=password,
                agency=agency,
                email=options["email"],
                by=Machine("command line"),
                at=timezone.now(),
            )
        except Invalid as invalid:
            raise CommandError("\n".join(f"{field}: {text}" for field, text in invalid.errors.items())) from None
        if not options["ask"]:
            self.stdout.write(password)
