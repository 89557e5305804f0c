"""The API keeps what its schema says, whatever is sent to it."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import tokens
from accounts.roles import Scope
from tests.conftest import TESTS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())


@pytest.fixture
def bearer(incident, psr1, clock):
    """A token with every scope, in a city with an incident and a unit."""
    # A request's end closes its connection, which here is the test's own.
    request_finished.disconnect(close_old_connections)
    request_started.disconnect(close_old_connections)
    _, secret = tokens.issue(name="CAD", scopes=list(Scope), by=TESTS, at=clock.now)
    yield {"Authorization": f"Bearer {secret}"}
    request_finished.connect(close_old_connections)
    request_started.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_endpoint_keeps_its_schema(case, bearer):
    case.call_and_validate(headers=bearer, checks=CHECKS)
