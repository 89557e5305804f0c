"""Moments out of Postgres: read fast, and the same as Django reads them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.adapt import Transformer

from config.postgres.base import Moment


@pytest.mark.django_db
def test_every_moment_comes_back_as_it_went_in():
    for moment in (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 11, 24, 20, 0, 0, 100, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::timestamptz, tstzrange(%s, NULL)", [moment, moment])
            told, during = cursor.fetchone()
        assert (told, told.tzinfo, during.lower) == (moment, UTC, moment)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'infinity'::timestamptz")
        with pytest.raises(DataError, match="infinity"):
            cursor.fetchone()


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_what_postgres_writes_is_read(moment):
    written = moment.strftime(f"{moment.year:04}-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".") + "+00"
    told = Moment(1184, Transformer()).load(written.encode())
    assert (told, told.tzinfo) == (moment, UTC)
