"""A whole Rightcall for each module, and the cast at their browsers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bench.stack import running
from tests.browser.people import CHROMIUM, NO_CHROMIUM, People, chromium
from tests.city import City


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def city(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with running(tmp_path_factory.mktemp("city") / "var") as stack:
        city = City(stack)
        try:
            yield city
        finally:
            city.database.close()


@pytest.fixture(scope="module")
def everyone(browser: Browser, city: City) -> People:
    return People(browser, city.stack)


@pytest.fixture
def people(everyone: People) -> Iterator[People]:
    """Their windows are closed after each test, and none of them may have had a fault."""
    everyone.faults.clear()
    yield everyone
    everyone.leave()
    assert everyone.faults == []
