"""In which language a page speaks: its reader's own, where they have chosen one; a stranger's from a cookie; else the
first that the browser asks for and we have. What machines read is said in the site's."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from accounts.models import User

MACHINES = ("/api/", "/metrics", "/healthz", "/readyz")


class Speech(LocaleMiddleware):
    """By cookie and browser, which needs no database: so that the page that tells of its loss is understood, too."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(MACHINES):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        answer = super().process_response(request, response)
        translation.deactivate()  # whatever this thread does next is not for this reader
        return answer


def speak_to(user: object, request: HttpRequest) -> None:
    """From here on in the language of this person. Another cookie in this browser may say otherwise: they may have
    chosen in another one."""
    if isinstance(user, User) and user.language in dict(settings.LANGUAGES):
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language


def remember(answer: HttpResponse, language: str) -> None:
    """For the pages that know no person."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=timedelta(days=365),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget(answer: HttpResponse) -> None:
    """Whoever sits down here next is asked in their browser's."""
    answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
