"""Languages by their BCP 47 codes: which are one, and what people call them."""

from functools import lru_cache

from django.utils.translation import get_language_info


@lru_cache(maxsize=512)
def primary(code: str) -> str:
    """The language of a code, without script and region: es of es-MX."""
    return code.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=512)
def name(code: str) -> str:
    """Spanish, for es or es-MX; a code that has no name stays as it is."""
    try:
        return str(get_language_info(code.lower())["name"])
    except KeyError:
        return code
