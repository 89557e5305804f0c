"""`make screenshots`: every screen as it looks, light and dark, into docs/screens/."""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bench.stack import running
from config.datadir import BASE_DIR
from tests.browser.night import Night
from tests.browser.people import CHROMIUM, NO_CHROMIUM, People, chromium
from tests.browser.screens import SCREENS, open_screen
from tests.city import City

TARGET = BASE_DIR / "docs" / "screens"
COLOURS = 48  # enough for text on grounds; a quarter of the bytes


def main() -> int:
    if CHROMIUM is None:
        sys.stderr.write(f"{NO_CHROMIUM}\n")
        return 1
    TARGET.mkdir(exist_ok=True)
    for old in TARGET.glob("*.png"):
        old.unlink()
    with TemporaryDirectory() as directory, running(Path(directory) / "var") as stack, chromium() as browser:
        city, people = City(stack, "CAD"), People(browser, stack)
        night = Night(city).begin()
        for screen in SCREENS:
            for scheme in ("light", "dark"):
                page = open_screen(screen, people, night, scheme)
                picture = Image.open(BytesIO(page.screenshot(full_page=screen.phone)))
                small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                small.save(TARGET / f"{screen.name}-{scheme}.png", optimize=True)
                people.leave()
        city.database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
