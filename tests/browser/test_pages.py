"""Every screen, light and dark: readable by everyone, whole at its width, and without a fault."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.night import Night
from tests.browser.people import People
from tests.browser.screens import SCREENS, open_screen
from tests.city import City

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def night(city: City) -> Night:
    return Night(city).begin()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_readable_by_everyone(screen, people: People, night: Night) -> None:
    page = open_screen(screen, people, night)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        seen = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
        assert seen.violations_count == 0, f"{scheme}: {seen.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "nobody should have to scroll sideways"
    if screen.fault:
        assert all(screen.fault in fault for fault in people.faults)
        people.faults.clear()
