"""Messages to another agency's system, signed: what is handed to it, that it is needed no more, and what we answer to
what it handed to us. Its own answer may be an acknowledgement at once.

The headers are those of Standard Webhooks, for which receivers find a library in every language. Workers send them from
the outbox; the hand-off's own timer goes on beside, so a system that is silent never delays a dispatcher.
"""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from dispatch import entries, handoffs, packet, queries
from dispatch.linking import fault_of, secret_of
from dispatch.models import AgencyLink, Handoff, Referral
from dispatch.states import HandoffStatus
from due.delivery import turn
from due.models import Message
from due.registry import Moot, Undelivered
from journal.actors import CLOCK, Machine
from journal.kinds import Payload
from journal.recording import record
from journal.refusals import Invalid, Refused

CONNECT = 5.0  # seconds
ANSWER = 10.0  # seconds for the whole of it: a claim on a message holds for thirty
_LONGEST_ANSWER = 64 * 1024


def send(message: Message) -> None:
    """Sender of `handoff.webhook`: what they are asked; on the second occasion, that they are needed no more. The
    same bears the same id, however often it is sent."""
    at = message.claimed_at
    assert at
    handoff = Handoff.objects.select_related("incident__program", "agency").get(pk=message.subject_id)
    if handoff.incident.exercise:
        raise Moot("exercise")
    withdrawn = handoff.state is HandoffStatus.WITHDRAWN
    if not (withdrawn if message.occasion else handoff.is_awaited):
        raise Moot("answered")
    link = _link(queries.links(handoff.incident.program_id).get(handoff.to), message)
    data = {"id": str(handoff.id), "number": handoff.incident.number} if withdrawn else packet.build(handoff, at=at)
    kind = "withdrawn" if withdrawn else "proposed"
    answer = _hand_over(message, link, handoff, f"handoff_{handoff.id}_{kind}", f"handoff.{kind}", data, at=at)
    if not withdrawn:
        _answered(handoff, answer, by=Machine(str(link.agency)), at=at)


def send_answer(message: Message) -> None:
    """Sender of `referral.webhook`: whether we take what they handed to us."""
    at = message.claimed_at
    assert at
    referral = Referral.objects.select_related("call", "agency").get(pk=message.subject_id)
    if referral.call.exercise:
        raise Moot("exercise")
    link = _link(queries.links(referral.call.program_id).get(referral.agency.kind), message)
    data = {"id": str(referral.id), "reference": referral.reference, "reason": referral.reason}
    _hand_over(message, link, referral, f"referral_{referral.id}", f"referral.{referral.status}", data, at=at)
    with transaction.atomic():
        told = entries.ReferralTold(call=referral.call_id, agency=referral.agency_id)
        record(told, subject=referral, by=Machine(str(link.agency)), at=at)


def send_test(message: Message) -> None:
    """Sender of `agency.test`: nothing about anybody, to this link alone."""
    at = message.claimed_at
    assert at
    link = AgencyLink.objects.select_related("agency").filter(pk=message.subject_id).first()
    if link is None or not link.url:
        raise Moot("not-linked")
    with turn(f"agency {link.agency_id}"):
        post(link, f"test_{message.id}", "test", {}, at=at)


def _link(link: AgencyLink | None, message: Message) -> AgencyLink:
    if link is None or not link.url or link.agency_id != message.recipient_id:
        raise Moot("not-linked")
    return link


def _hand_over(
    message: Message,
    link: AgencyLink,
    about: Handoff | Referral,
    id: str,
    kind: str,
    data: dict[str, Any],
    *,
    at: datetime,
) -> dict[str, Any]:
    """Their answer. That it does not get through at once is said at once, for somebody can phone meanwhile."""
    try:
        with turn(f"agency {link.agency_id}"):
            return post(link, id, kind, data, at=at)
    except Undelivered as failure:
        if failure.again and message.attempts == 1:
            _undelivered(about, str(failure), given_up=False, at=at)
        raise


def given_up(message: Message) -> None:
    """It is tried no more: the timeline says so, and every console that shows the incident."""
    handoff = Handoff.objects.get(pk=message.subject_id)
    if handoff.is_awaited or (message.occasion and handoff.state is HandoffStatus.WITHDRAWN):
        _given_up(handoff, message)


def answer_given_up(message: Message) -> None:
    """The same of our answer: until somebody phones, they do not know whose it is."""
    _given_up(Referral.objects.get(pk=message.subject_id), message)


def _given_up(about: Handoff | Referral, message: Message) -> None:
    assert message.ended_at
    _undelivered(about, message.error or "not-tried-in-time", given_up=True, at=message.ended_at)


def _undelivered(about: Handoff | Referral, why: str, *, given_up: bool, at: datetime) -> None:
    lost: dict[str, Any] = {"why": why, "given_up": given_up}
    with transaction.atomic():
        if isinstance(about, Handoff):
            told: Payload = entries.HandoffUndelivered(incident=about.incident_id, to=about.to, **lost)
        else:
            told = entries.ReferralUndelivered(call=about.call_id, agency=about.agency_id, **lost)
        record(told, subject=about, by=CLOCK, at=at)


def _answered(handoff: Handoff, answer: dict[str, Any], *, by: Machine, at: datetime) -> None:
    """They have it in their system; with a name and a number they have said that they take it."""
    with transaction.atomic():
        packet.note_read(handoff=handoff, by=by, at=at)
        try:
            handoffs.tell(handoff=handoff, way=Handoff.Way.WEBHOOK, by=by, at=at)
        except Refused:
            return  # a dispatcher was faster
    who, reference = answer.get("acknowledged_by"), answer.get("reference")
    if not (isinstance(who, str) and isinstance(reference, str) and who.strip() and reference.strip()):
        return
    try:
        handoffs.acknowledge(
            handoff=handoff, acknowledged_by=who, reference=reference, acknowledged_at=at, by=by, at=at
        )
    except (Refused, Invalid):
        # Too long, or answered meanwhile: they are told all the same, and a person asks them.
        return


def post(link: AgencyLink, id: str, kind: str, data: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """Hand this over; their answer, empty when it is no JSON object. Raises Undelivered for anything but a 2xx, with a
    code that says why."""
    body = json.dumps({"type": kind, "timestamp": at, "data": data}, cls=DjangoJSONEncoder).encode()
    if fault_of(link.url):
        raise Undelivered("address-not-allowed")
    parts = urlsplit(link.url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    cut = threading.Timer(ANSWER, _cut, [connection])
    cut.start()
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", path, body, _headers(link, id, body, at=at))
        # A redirect is not followed: only the address that a person entered is told of people.
        response = connection.getresponse()
        text = response.read(_LONGEST_ANSWER)
    except TimeoutError:
        raise Undelivered("no-answer-in-time", again=True) from None
    except ssl.SSLError:
        raise Undelivered("certificate", again=True) from None
    except (OSError, HTTPException) as failure:
        raise Undelivered(type(failure).__name__, again=True) from None
    finally:
        cut.cancel()
        connection.close()
    if not 200 <= response.status < 300:
        # What they refuse as it is (4xx) they refuse again; but not for being asked too often, or for being slow.
        again = response.status >= 500 or response.status in (408, 425, 429)
        raise Undelivered(f"status-{response.status}", again=again)
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _headers(link: AgencyLink, id: str, body: bytes, *, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret_of(link).removeprefix("whsec_"))
    signed = hmac.new(key, b".".join([id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Rightcall",
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "http":  # to this machine, for development and tests (linking.fault_of)
        return HTTPConnection(host, port, timeout=CONNECT)
    connection = HTTPSConnection(host, port, timeout=CONNECT, context=ssl.create_default_context())
    connection._create_connection = _connect  # type: ignore[attr-defined]
    return connection


def _cut(connection: HTTPConnection) -> None:
    """End it wherever it stands: who sends a byte a second would never be too slow for a socket's own limit."""
    with suppress(OSError):
        if connection.sock:
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _connect(address: tuple[str, int], timeout: float, source: None = None) -> socket.socket:
    """A socket to what the name stands for now; never to this machine, or to what only its neighbours may reach (a
    cloud's metadata). Private networks pass: a city's systems are in one. Looked at here, where it is used, for a name
    may stand for another address a moment later."""
    host, port = address
    for *_, found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        ip = ip_address(found[0])
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        if mapped.is_loopback or mapped.is_link_local or mapped.is_multicast or mapped.is_unspecified:
            continue
        return socket.create_connection((str(found[0]), port), timeout)
    raise Undelivered("address-not-allowed")
