"""DRF's side of access: tokens by bearer header, permission by the table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import tokens
from accounts.access import May, allows
from accounts.models import ApiToken

if TYPE_CHECKING:  # DRF's views import this module's classes through the settings
    from rest_framework.views import APIView


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer rc_…`. Cookies do not open the API, so no page can make a browser call it."""

    def authenticate(self, request: Request) -> tuple[ApiToken, None] | None:
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise AuthenticationFailed("Send the header as: Authorization: Bearer TOKEN")
        token = tokens.recognise(words[1].decode("latin-1"), at=timezone.now())
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return token, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="rightcall"'


class ByTable(BasePermission):
    """A view has `access`, an entry of the table for each method. No entry, no access."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        access: Mapping[str, May] = getattr(view, "access", {})
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method == "OPTIONS":
            return any(allows(request.user, may) for may in access.values())
        may = access.get(method)
        if may is None:
            return method not in view.allowed_methods  # a 405 tells more than a 403
        if may.value.scope is not None:
            self.message = f"This token needs the scope {may.value.scope}."
        return allows(request.user, may)
