"""Languages by their BCP 47 codes: which are one, and what people call them."""

from functools import lru_cache

from django.utils.translation import get_language_info, gettext


@lru_cache(maxsize=512)
def primary(code: str) -> str:
    """The language of a code, without script and region: es of es-MX."""
    return code.replace("_", "-").partition("-")[0].lower()


def name(code: str) -> str:
    """Spanish, for es or es-MX, as its reader calls it; a code that has no name stays as it is."""
    known = _english(code)
    return gettext(known) if known else code


@lru_cache(maxsize=512)
def _english(code: str) -> str:
    try:
        return str(get_language_info(code.lower())["name"])
    except KeyError:
        return ""
