"""What every template may use and no single request knows."""

from django.conf import settings
from django.http import HttpRequest


def live(request: HttpRequest) -> dict[str, str]:
    """Where this page's live streams are; empty when they are at the page's own origin."""
    return {"live_origin": settings.LIVE_ORIGIN}


def tiles(request: HttpRequest) -> dict[str, str]:
    """What the map is drawn over; empty for a plain grid."""
    return {"tile_url": settings.TILE_URL, "tile_attribution": settings.TILE_ATTRIBUTION}
