"""Where the map's tiles come from: an address that is wrong is refused at the start, not seen as a blank map."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def origin_of(url: str, *, https: bool) -> str:
    """The origin that browsers may load tiles from; empty when there are none, or when they are of our own origin."""
    if not url:
        return ""
    parts = urlsplit(url)
    # What goes into the Content-Security-Policy must be one host, and nothing that could end the directive.
    elsewhere = parts.scheme in ("http", "https") and re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc)
    here = not parts.scheme and not parts.netloc and url.startswith("/")
    if not (elsewhere or here) or not all(place in parts.path for place in ("{z}", "{x}", "{y}")):
        raise ImproperlyConfigured(f"TILE_URL: one host, {{z}}, {{x}} and {{y}}, as in {_EXAMPLE}; not {url}")
    if https and parts.scheme == "http":
        raise ImproperlyConfigured(f"TILE_URL: browsers load no {parts.scheme} tiles into an https page")
    return f"{parts.scheme}://{parts.netloc}" if elsewhere else ""


_EXAMPLE = "https://tiles.example.org/{z}/{x}/{y}.png"
