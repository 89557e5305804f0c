"""One table says who may: every address is walked with each role, with each token, and as a stranger."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import tokens
from accounts.access import May, address_of, allows
from accounts.models import ApiToken
from accounts.roles import Role, Scope
from journal.refusals import Invalid
from tests.conftest import PASSWORD, TESTS

SAMPLES = {"uuid": str(uuid4()), "int": "1", "slug": "demo", "str": "x", "path": "x"}


def walk(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            path = re.sub(r"<(\w+):\w+>", lambda match: SAMPLES[match[1]], prefix + str(pattern.pattern))
            yield "/" + path.replace("^", "").replace("$", ""), pattern.callback


URLS = list(walk(get_resolver().url_patterns))
# The API's description, made by a library; it tells nothing about anybody.
DESCRIPTION = {"/api/v1/schema/"}
PAGES = [(path, view.access) for path, view in URLS if hasattr(view, "access")]
DOORS = [(path, view.cls) for path, view in URLS if hasattr(view, "cls") and path not in DESCRIPTION]
OPEN = {"/accounts/log-in/", "/healthz", "/readyz", "/api/v1/docs/", "/public/policies/", "/public/policies/demo/"}
OPEN |= {"/accounts/language/", "/words/x/x.js"}
MEASURED = {"/metrics"}


@pytest.fixture(autouse=True)
def _metrics_token(settings):
    """The tests come from loopback, which is let through only where no token is set."""
    settings.METRICS_TOKEN = "a token of the monitoring"


def test_every_address_names_its_entry():
    named = {path for path, _ in PAGES} | {path for path, _ in DOORS} | DESCRIPTION
    assert [path for path, _ in URLS if path not in named] == []
    for path, door in DOORS:
        methods = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(door, name)}
        assert set(door.access) == methods, path


def test_only_these_pages_are_open_to_everyone():
    assert {path for path, may in PAGES if may is May.ENTER} == OPEN
    assert {path for path, may in PAGES if may is May.MEASURE} == MEASURED


@pytest.mark.django_db
def test_a_stranger_gets_nothing(client):
    for path, may in PAGES:
        if may is May.ENTER:
            continue
        for method in (client.get, client.post):
            answer = method(path)
            if may is May.MEASURE:
                assert answer.status_code == 403
                assert answer["Content-Type"] == "application/problem+json"
                continue
            refused = answer.status_code == 405 or (
                answer.status_code == 302 and answer["Location"].startswith("/accounts/log-in/")
            )
            assert refused, f"{path}: {answer.status_code}"
    for path, door in DOORS:
        for method in door.access:
            answer = client.generic(method, path, "{}", content_type="application/json")
            assert answer.status_code == 401, f"{method} {path}"
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_person_passes_where_the_table_says_so(role, person, signed_in):
    user = person("cleo", role)
    browser = signed_in(user)
    for path, may in PAGES:
        answer = browser.post(path) if browser.get(path).status_code == 405 else browser.get(path)
        if allows(user, may):
            assert answer.status_code != 403, path
            assert not answer.get("Location", "").startswith("/accounts/log-in/") or path == "/accounts/log-out/", path
        else:
            assert answer.status_code == 403, path
        if path == "/accounts/log-out/":
            browser = signed_in(user)
    for path, door in DOORS:
        # A browser's cookie does not open the API.
        assert browser.generic(next(iter(door.access)), path).status_code == 401, path


@pytest.mark.django_db
@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_what_its_scope_says(scope, api):
    machine = api(scope)
    for path, door in DOORS:
        for method, may in door.access.items():
            answer = machine.generic(method, path, "{}", content_type="application/json")
            if may.value.scope == scope:
                assert answer.status_code not in (401, 403), f"{method} {path}"
            else:
                assert answer.status_code == 403, f"{method} {path}"
                assert may.value.scope in answer.json()["detail"]


@pytest.mark.django_db
def test_tokens_are_stored_as_digests_and_end(clock, api):
    token, secret = tokens.issue(name="CAD", scopes=["units:read"], by=TESTS, at=clock.now)
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert secret not in str(row)
    machine = api()
    machine.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert machine.get("/api/v1/units/").status_code == 200
    token.refresh_from_db()
    assert token.last_used_at == clock.now

    tokens.revoke(token=token, by=TESTS, at=clock.now)
    answer = machine.get("/api/v1/units/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_an_expired_token_is_refused(clock):
    _, secret = tokens.issue(
        name="CAD", scopes=["units:read"], expires_at=clock.now + timedelta(hours=1), by=TESTS, at=clock.now
    )
    assert tokens.recognise(secret, at=clock.now) is not None
    assert tokens.recognise(secret, at=clock.now + timedelta(hours=1)) is None


@pytest.mark.django_db
def test_a_token_names_every_fault_at_once(clock):
    with pytest.raises(Invalid) as wrong:
        tokens.issue(name=" ", scopes=["units:rob"], expires_at=clock.now, by=TESTS, at=clock.now)
    assert set(wrong.value.errors) == {"name", "scope", "expires_at"}


@pytest.mark.django_db
def test_log_in_is_throttled_for_one_account_from_one_address(client, tess, dan):
    def attempt(username, password):
        return client.post("/accounts/log-in/", {"username": username, "password": password}).status_code

    assert [attempt("tess", "wrong") for _ in range(4)] == [422] * 4
    assert attempt("tess", "wrong") == 429
    assert attempt("tess", PASSWORD) == 429
    assert attempt("dan", PASSWORD) == 302


@pytest.mark.django_db
def test_log_in_ignores_case_and_goes_where_it_was_asked_to_within_this_site(client, tess):
    told = {"username": "TESS", "password": PASSWORD, "next": "/calls/new/"}
    assert client.post("/accounts/log-in/", told)["Location"] == "/calls/new/"
    client.post("/accounts/log-out/")
    told["next"] = "https://evil.example/"
    assert client.post("/accounts/log-in/", told)["Location"] == "/"


def test_passwords_are_stored_as_argon2():
    assert make_password(PASSWORD).startswith("argon2")


def measure(client, token=None, **more):
    return client.get("/metrics", headers={"Authorization": token} if token else {}, **more).status_code


@pytest.mark.django_db
def test_the_monitoring_passes_by_its_token_alone(client, api, sue, signed_in, settings):
    settings.METRICS_TOKEN = "s3cret"
    assert measure(client, "Bearer s3cret") == 200
    assert measure(client, "bearer s3cret", REMOTE_ADDR="203.0.113.9") == 200
    for wrong in ("Bearer s3cre", "Bearer ", "Basic s3cret", "Bearer", "s3cret", "Bearer s3crét"):
        assert measure(client, wrong) == 403, wrong
    assert measure(signed_in(sue)) == 403
    assert api().get("/metrics").status_code == 403  # no API token opens it, whatever its scopes


@pytest.mark.django_db
def test_without_a_token_only_this_machine_measures(client, settings):
    settings.METRICS_TOKEN = ""
    assert measure(client) == 200
    assert measure(client, REMOTE_ADDR="::1") == 200
    assert measure(client, "Bearer ", REMOTE_ADDR="203.0.113.9") == 403
    assert measure(client, REMOTE_ADDR="") == 403
    # What a proxy on this machine passes on seems to come from here, whoever sent it.
    for header in ("X_FORWARDED_FOR", "FORWARDED", "VIA"):
        assert measure(client, **{f"HTTP_{header}": "127.0.0.1"}) == 403, header
    settings.HTTPS = True
    assert measure(client) == 403


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "198.51.100.1", "192.0.2.7"),  # nobody stands in front: whoever sends the header made it up
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the first is the client's own claim
        (2, "6.6.6.6, 198.51.100.1, 192.0.2.8", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.7"),
        (1, "nonsense", ""),
    ],
)
def test_a_client_is_known_behind_the_proxies_that_are_there(rf, settings, proxies, told, address):
    settings.PROXIES = proxies
    assert address_of(rf.get("/", REMOTE_ADDR="192.0.2.7", headers={"X-Forwarded-For": told})) == address


@pytest.mark.django_db
def test_behind_a_proxy_one_address_is_locked_out_not_all(client, tess, settings):
    settings.PROXIES = 1

    def attempt(address, password):
        told = {"username": "tess", "password": password}
        return client.post("/accounts/log-in/", told, headers={"X-Forwarded-For": address}).status_code

    assert [attempt("198.51.100.1", "wrong") for _ in range(5)][-1] == 429
    assert attempt("198.51.100.2", PASSWORD) == 302
