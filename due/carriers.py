"""How a notice is handed to a provider: by mail, through Apprise (text, voice, chat), or as a web push.

Each waits a few seconds at most. What a provider says becomes a code; its words stay out, for they repeat addresses.
"""

import json
import logging
import re
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from due import sealing

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
# The codes of what came of it. "refused-NNN" carries the provider's own status.
TAKEN, HANDING_OVER, UNANSWERED = "", "handing-over", "unanswered"
UNREACHABLE, REFUSED, GONE, NOT_SET_UP = "unreachable", "refused", "gone", "not-set-up"

_NEVER_GOT_THERE = re.compile(r"NewConnectionError|ConnectTimeoutError|NameResolutionError|ProxyError")
_CAME_TO_NOTHING = re.compile(r"Read timed out|RemoteDisconnected|Connection aborted|IncompleteRead")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is told: one line, one sentence, and the address of the page where it is answered."""

    subject: str
    text: str
    url: str


def final(code: str) -> bool:
    """Whether trying again by the same address is no use, or might tell it twice: a provider that fell silent may have
    taken it."""
    status = int(code.removeprefix("refused-")) if code.startswith("refused-") else 0
    return code in (HANDING_OVER, UNANSWERED, GONE, NOT_SET_UP) or (
        400 <= status < 500 and status not in (408, 425, 429)
    )


# Mail


def mail(address: str, notice: Notice, patience: timedelta) -> str:
    link = get_connection()
    try:
        link.open()
    except (OSError, smtplib.SMTPException):
        return UNREACHABLE
    try:
        EmailMessage(notice.subject, f"{notice.text} {notice.url}", None, [address], connection=link).send()
    except smtplib.SMTPRecipientsRefused as refused:
        [(status, _)] = refused.recipients.values()
        return _as_http(status)
    except smtplib.SMTPResponseException as refused:
        return _as_http(refused.smtp_code)
    except (OSError, smtplib.SMTPServerDisconnected):
        return UNANSWERED
    finally:
        link.close()
    return TAKEN


def _as_http(status: int) -> str:
    """SMTP's 4xx is for now and its 5xx for good: the other way round than HTTP, whose meaning our codes have."""
    return f"{REFUSED}-{500 if status < 500 else 400}"


# Apprise


def service(address: str, notice: Notice, patience: timedelta) -> str:
    plugin = _plugin(address)
    if plugin is None:
        return NOT_SET_UP
    with _overhearing() as lines:
        if plugin.notify(title=notice.subject, body=f"{notice.text} {notice.url}"):
            return TAKEN
    said = " ".join(lines)
    if status := re.search(r"\berror=(\d{3})\b", said):
        return f"{REFUSED}-{status[1]}"
    if _NEVER_GOT_THERE.search(said):
        return UNREACHABLE
    return UNANSWERED if _CAME_TO_NOTHING.search(said) else REFUSED


@contextmanager
def _overhearing() -> Iterator[list[str]]:
    """What Apprise logs in this thread: it answers yes or no, and says why in its log alone."""
    lines: list[str] = []
    us = threading.get_ident()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == us:
                lines.append(record.getMessage())

    ear, log = Ear(logging.DEBUG), logging.getLogger("apprise")
    log.addHandler(ear)
    try:
        yield lines
    finally:
        log.removeHandler(ear)


def text(address: str, notice: Notice, patience: timedelta) -> str:
    return service(settings.TEXT_URL.replace("{to}", address), notice, patience) if settings.TEXT_URL else NOT_SET_UP


def voice(address: str, notice: Notice, patience: timedelta) -> str:
    return service(settings.VOICE_URL.replace("{to}", address), notice, patience) if settings.VOICE_URL else NOT_SET_UP


def _plugin(address: str) -> Any:
    """The service of this address, with our patience instead of what the address asks for; None when it is none."""
    import apprise  # here, for it reads a hundred modules: only who needs them pays for them

    # No redirects: who answers must not choose whom we ask next. Nothing is kept on disk.
    memory = apprise.PersistentStoreMode.MEMORY
    asset = apprise.AppriseAsset(app_id="Rightcall", app_desc="Rightcall", http_redirects=False, storage_mode=memory)
    plugin = apprise.Apprise.instantiate(address, asset=asset)
    if plugin is not None:
        plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    return plugin


# Web push


def push(address: str, notice: Notice, patience: timedelta) -> str:
    import requests
    from py_vapid import Vapid
    from pywebpush import WebPushException, webpush

    session = requests.Session()
    session.max_redirects = 0
    told = {"subject": notice.subject, "text": notice.text, "url": notice.url}
    try:
        webpush(
            json.loads(address),
            json.dumps(told),
            vapid_private_key=Vapid(sealing.signing_key()),
            vapid_claims={"sub": settings.VAPID_SUBJECT},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            ttl=max(int(patience.total_seconds()), 1),
            headers={"Urgency": "high"},
            requests_session=session,
        )
    except WebPushException as refused:
        status = refused.status_code
        return GONE if status in (404, 410) else f"{REFUSED}-{status}" if status else REFUSED
    except requests.TooManyRedirects:
        return f"{REFUSED}-300"
    except requests.RequestException as error:
        return UNREACHABLE if _NEVER_GOT_THERE.search(repr(error)) else UNANSWERED
    return TAKEN


CARRIERS: dict[str, Callable[[str, Notice, timedelta], str]] = {
    "mail": mail,
    "text": text,
    "voice": voice,
    "service": service,
    "push": push,
}


def provider(way: str, address: str) -> str:
    """Who carries it: the same for all addresses of one provider."""
    if way == "push":
        return urlsplit(json.loads(address)["endpoint"]).hostname or way
    if way == "service":
        parts, plugin = urlsplit(address), _plugin(address)
        own = plugin is not None and "host" in plugin.template_tokens
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if own else parts.scheme
    return way


# What people may enter


def read(way: str, told: str) -> tuple[str, str]:
    """An address as it is kept, and the little of it that is shown again. Raises ValueError: what would be right."""
    told = told.strip()
    match way:
        case "mail":
            return _read_mail(told)
        case "text" | "voice":
            return _read_number(told)
        case "service":
            return _read_service(told)
        case "push":
            return _read_push(told)
    raise ValueError(_("Choose one of the ways."))


def _read_mail(told: str) -> tuple[str, str]:
    try:
        validate_email(told)
    except ValidationError:
        raise ValueError(_("A mail address, such as rosa@example.org.")) from None
    name, host = told.rsplit("@", 1)
    return told, f"{name[0]}…@{host}"


def _read_number(told: str) -> tuple[str, str]:
    number = re.sub(r"[\s().-]", "", told)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise ValueError(_("A number with its country, such as +1 503 555 0100."))
    return number, f"ends in {number[-3:]}"


def _read_service(told: str) -> tuple[str, str]:
    scheme = urlsplit(told).scheme
    if scheme not in settings.CONTACT_SCHEMES:
        known = ", ".join(sorted(settings.CONTACT_SCHEMES))
        raise ValueError(_("An Apprise address that begins with one of: %(known)s.") % {"known": known})
    plugin = _plugin(told)
    if plugin is None:
        raise ValueError(_("Not a whole %(scheme)s:// address: Apprise cannot read it.") % {"scheme": scheme})
    if len(plugin) > 1:
        raise ValueError(_("One receiver to each address."))
    return told, str(plugin.service_name)


def _read_push(told: str) -> tuple[str, str]:
    wrong = ValueError(_("This browser’s push service is not one that we send to."))
    try:
        asked = json.loads(told)
        endpoint, keys = urlsplit(asked["endpoint"]), asked["keys"]
        kept = {"endpoint": asked["endpoint"], "keys": {name: str(keys[name]) for name in ("p256dh", "auth")}}
        host = endpoint.hostname or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        raise wrong from None
    known = any(host == each or host.endswith(f".{each}") for each in settings.PUSH_HOSTS)
    if not known or (endpoint.scheme != "https" and host != "127.0.0.1"):
        raise wrong
    return json.dumps(kept, sort_keys=True), "this browser"
