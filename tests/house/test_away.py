"""While Postgres does not answer: calm pages that keep what was typed, problems for machines, and no endless wait."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from accounts import tokens
from calls.models import Call
from tests.conftest import TESTS

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = {
    "key": "1d8f",
    "call_type": "welfare_check",
    "location.address": "SW Oak & 5th",
    "narrative": "Sits in the rain.\nNo shoes <b>",
}


@contextmanager
def away(when: str = "") -> Iterator[None]:
    """Statements with this word in them fail, as on a connection that Postgres has dropped."""

    def fail(execute, sql, params, many, context):
        if when in sql:
            raise OperationalError("the server closed the connection")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def calm(browser):
    browser.raise_request_exception = False
    return browser


def test_a_page_says_so_and_what_to_do(signed_in, dan, program):
    browser = calm(signed_in(dan))
    with away():
        answer = browser.get("/?x=1")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    page = answer.content.decode()
    assert "Rightcall cannot reach its database" in page
    assert "Take calls on paper" in page
    assert 'href="/?x=1"' in page
    assert "may not have been stored" not in page


def test_what_was_typed_is_shown_and_can_be_sent_again(signed_in, tess, program):
    browser = calm(signed_in(tess))
    with away("INSERT"):
        answer = browser.post("/calls/new/", TYPED)
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "holds all that you typed" in page
    assert "Sits in the rain.<br>No shoes &lt;b&gt;" in page
    assert page.count("1d8f") == 1, "what the page itself had put there was not typed"
    fields = dict(re.findall(r'<textarea name="([\w.]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL))
    assert fields.keys() == TYPED.keys()
    assert re.search(r'<form method="post" action="/calls/new/">', page)
    assert Call.objects.count() == 0

    again = {
        name: value.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") for name, value in fields.items()
    }
    assert again == TYPED
    for _ in range(2):  # also when the first had been stored after all: the key makes both one call
        assert browser.post("/calls/new/", again).status_code == 302
    assert Call.objects.get().narrative == TYPED["narrative"]


def test_a_password_does_not_come_back(program):
    with away():
        answer = Client(raise_request_exception=False).post(
            "/accounts/log-in/", {"username": "dan", "password": "hush hush"}
        )
    assert answer.status_code == 503
    assert "hush" not in answer.content.decode()


def test_the_api_answers_a_problem(program):
    _, token = tokens.issue(name="feed", scopes=["calls:write"], by=TESTS, at=program.changed_at)
    with away("INSERT"):
        answer = Client().post(
            "/api/v1/calls/",
            {"call_type": "welfare_check"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Service Unavailable"
    assert Call.objects.count() == 0


def test_a_fault_of_our_own_stays_one(signed_in, dan, program, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("dispatch.views.panes.queue", fail)
    assert calm(signed_in(dan)).get("/").status_code == 500


def test_the_server_ends_what_takes_too_long():
    with connection.cursor() as cursor:
        for name, limit in {
            "statement_timeout": "10s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "20s",
        }.items():
            cursor.execute("SELECT current_setting(%s)", [name])
            assert cursor.fetchone() == (limit,)


def test_a_server_that_is_silent_is_given_up(monkeypatch):
    """Nobody waits the minute that it would sleep; the next question goes over a new connection."""
    connection.ensure_connection()
    silent = connection.connection.info.backend_pid
    monkeypatch.setattr(connection, "_patience", 0.3)
    begun = time.monotonic()
    with pytest.raises(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    assert time.monotonic() - begun < 9, "not by the limits of the server"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [silent])
        assert cursor.fetchone() == (True,)
