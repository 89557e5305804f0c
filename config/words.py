"""The words of scripts in other languages, as one script for each, at an address that changes with its content."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.i18n import JavaScriptCatalog


@dataclass(frozen=True)
class Catalogue:
    script: bytes
    stamp: str


@lru_cache(maxsize=16)
def catalogue(language: str) -> Catalogue:
    """Django's own script, made once in a process: compiled catalogues do not change while it runs."""
    request = HttpRequest()
    request.method = "GET"
    with translation.override(language):
        answer = JavaScriptCatalog.as_view()(request)
    assert isinstance(answer, HttpResponse)
    script = answer.content
    return Catalogue(script, hashlib.blake2s(script, digest_size=8).hexdigest())
