from typing import Any

from calls import importing, place_files
from calls.management.commands import import_places


class Command(import_places.Command):
    help = (
        "Import the base map from GeoJSON: lines are the streets under the console's map; points with `streets` are"
        " crossings. Where it has none, they are found where streets of different names meet. Imported again, a file"
        " replaces what it brought before."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.take_in(options, importing.with_crossings(self.good(place_files.streets(options["file"]))))
