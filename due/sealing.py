"""Addresses at rest: sealed with a key that is derived from SECRET_KEY, so that a dump alone tells nobody's number.

With a new SECRET_KEY give the old one in SECRET_KEY_FALLBACKS, else what it sealed cannot be read any more.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

_ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)  # of the curve P-256


class Unreadable(Exception):
    """Sealed with a key that we do not have."""


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unreadable when SECRET_KEY has changed since."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable from None


def fingerprint(text: str) -> str:
    """The same for the same address, and nothing to anybody without the key."""
    return hmac.digest(_derived(settings.SECRET_KEY, "fingerprints", 32), text.encode(), hashlib.sha256).hex()


def signing_key() -> ec.EllipticCurvePrivateKey:
    """What we sign pushes with (VAPID). Derived, like the seal: every machine that shares SECRET_KEY has the same, and
    there is no further secret to keep."""
    number = int.from_bytes(_derived(settings.SECRET_KEY, "web push", 48)) % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def public_key() -> str:
    """The half of `signing_key` that a browser asks for when somebody subscribes."""
    point = signing_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, "addresses", 32))) for key in keys])


def _derived(key: str, use: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=f"rightcall {use}".encode()).derive(key.encode())
