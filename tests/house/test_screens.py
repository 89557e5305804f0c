"""No page is forgotten: each address that answers a GET is a screen that is looked at, or says why not."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.accounts.test_access import walk
from tests.browser.screens import NO_SCREEN, SCREENS


def names(patterns, space=""):
    """The addresses by name, in the order of `walk`."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"


@pytest.mark.django_db
def test_each_address_that_answers_a_get_is_looked_at(client):
    patterns = get_resolver().url_patterns
    named = zip(names(patterns), walk(patterns), strict=True)
    # The API's endpoints are no pages: they name their access by method.
    answering = {
        name for name, (path, view) in named if not hasattr(view, "cls") and client.get(path).status_code != 405
    }
    assert answering == {screen.url for screen in SCREENS if screen.url} | set(NO_SCREEN)
    assert not {screen.url for screen in SCREENS} & set(NO_SCREEN)


def test_each_screen_has_a_name_of_its_own():
    assert len({screen.name for screen in SCREENS}) == len(SCREENS)
