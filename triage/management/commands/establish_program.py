import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Agency
from journal.actors import Machine
from journal.refusals import Invalid
from triage import publishing
from triage.models import Policy


class Command(BaseCommand):
    help = "Establish a program: where it serves, by which policy. Its agency is made when there is none of that name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its short name, such as portland")
        parser.add_argument("--name", required=True)
        parser.add_argument("--agency", required=True, help="the name of the organisation whose teams go")
        parser.add_argument("--policy", required=True, help="the slug of a published pack")
        parser.add_argument("--time-zone", required=True, help="such as America/Los_Angeles")
        parser.add_argument("--area", required=True, type=Path, help="a GeoJSON FeatureCollection of named polygons")
        parser.add_argument("--offer-seconds", type=int, default=90, help="how long a team has to answer")
        parser.add_argument("--rank", type=int, default=100, help="where areas overlap, the lowest decides first")
        parser.add_argument("--exercise", action="store_true", help="for training: nobody outside is told")

    def handle(self, *args: Any, **options: Any) -> None:
        policy = Policy.objects.filter(slug=options["policy"]).first()
        if policy is None:
            known = ", ".join(sorted(Policy.objects.values_list("slug", flat=True))) or "none"
            raise CommandError(f"policy: there is no {options['policy']}. Known: {known}.")
        try:
            area = json.loads(options["area"].read_text())
            with transaction.atomic():
                agency, _ = Agency.objects.get_or_create(
                    name=options["agency"], defaults={"kind": Agency.Kind.COMMUNITY}
                )
                program = publishing.establish(
                    slug=options["slug"],
                    name=options["name"],
                    agency=agency,
                    policy=policy,
                    time_zone=options["time_zone"],
                    area=area,
                    exercise=options["exercise"],
                    offer_seconds=options["offer_seconds"],
                    rank=options["rank"],
                    by=Machine("command line"),
                    at=timezone.now(),
                )
        except Invalid as invalid:
            raise CommandError("\n".join(f"{field}: {text}" for field, text in invalid.errors.items())) from None
        except (OSError, ValueError) as error:
            raise CommandError(f"area: {error}") from None
        self.stdout.write(program.slug)
