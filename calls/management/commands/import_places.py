from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from calls import importing, place_files
from calls.place_files import Line, Named, Wrong
from journal.actors import Machine
from journal.refusals import Invalid

_TOLD = 20  # rows that were left out are named up to here, and counted beyond

T = TypeVar("T", bound=Named | Line)


def _source(text: str) -> str:
    if not 1 <= len(text) <= 80:
        raise ArgumentTypeError("1 to 80 characters")
    return text


class Command(BaseCommand):
    help = (
        "Import places that are found while an address is typed: addresses (CSV or JSON lines), crossings and"
        " landmarks (GeoJSON, or JSON with `streets`). Imported again, a file replaces what it brought before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="its name ends in .csv, .jsonl, .json or .geojson")
        parser.add_argument("--source", type=_source, help="what it is called here; the file's name, if absent")

    def handle(self, *args: Any, **options: Any) -> None:
        self.take_in(options, self.good(place_files.places(options["file"])))

    def take_in(self, options: dict[str, Any], found: Iterable[Named | Line]) -> None:
        source = options["source"] or _source(options["file"].name[:80])
        try:
            done = importing.take_in(source=source, found=found, by=Machine("command line"), at=timezone.now())
        except Invalid as invalid:
            raise CommandError("\n".join(f"{field}: {text}" for field, text in invalid.errors.items())) from None
        except OSError as error:
            raise CommandError(f"file: {error}") from None
        self.stdout.write(f"{source}: {done.places:,} places, {done.streets:,} pieces of streets.")

    def good(self, found: Iterable[T | Wrong]) -> Iterator[T]:
        """What could be read; what could not is told as it comes."""
        wrong = 0
        for each in found:
            if isinstance(each, Wrong):
                wrong += 1
                if wrong <= _TOLD:
                    self.stderr.write(f"Left out: {each}")
            else:
                yield each
        if wrong > _TOLD:
            self.stderr.write(f"Left out: {wrong - _TOLD:,} more.")
