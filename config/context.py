"""What every template may use and no single request knows."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from config.words import catalogue


def live(request: HttpRequest) -> dict[str, str]:
    """Where this page's live streams are; empty when they are at the page's own origin."""
    return {"live_origin": settings.LIVE_ORIGIN}


def tiles(request: HttpRequest) -> dict[str, str]:
    """What the map is drawn over; empty for a plain grid."""
    return {"tile_url": settings.TILE_URL, "tile_attribution": settings.TILE_ATTRIBUTION}


def words(request: HttpRequest) -> dict[str, str]:
    """Where the scripts' words are in the language of this page; empty in that in which they are written."""
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return {"words_url": ""}
    return {"words_url": reverse("words", args=[language, catalogue(language).stamp])}
