"""`/metrics` for Prometheus: read from Postgres when asked, so that each of several web processes tells the same.

Every figure comes by an index over rows that are open or recent: a scrape costs the same after ten years.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.access import May, who
from calls.models import Call
from config import health
from dispatch import auditing
from dispatch.availability import standings
from dispatch.models import Override
from dispatch.queries import live_counts
from dispatch.states import LIVE, UnitState
from due import queries as due
from due.models import Contact, Message
from due.registry import HANDLERS
from journal.queries import newest
from responders.models import Unit

LATENESS_OVER = timedelta(minutes=5)
COUNTED_OVER = timedelta(hours=1)
QUANTILES = (0.5, 0.95, 0.99, 1.0)
PATIENCE = "3s"  # for any one query: watching must not weigh on what is watched
EXERCISE = {False: "false", True: "true"}


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rightcall_{name}", help_text, labels=labels)


def _one(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rightcall_{name}", help_text, value=value)


class Rightcall(Collector):
    """What is told at each scrape. With Postgres away it still says so, and how the broker is."""

    def collect(self) -> Iterator[Metric]:
        at = timezone.now()
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
                from_tables = [
                    *_incidents(),
                    *_overrides(),
                    *_calls(at),
                    *_timers(at),
                    _untimed(at),
                    *_messages(at),
                    *_units(at),
                    *_clocks(at),
                ]
                from_tables.append(_journal())
        except DatabaseError:
            from_tables = []
        yield _one("database_up", "1 when Postgres answered this scrape.", float(bool(from_tables)))
        yield _one("broker_up", "1 when Valkey or Redis answered.", float(health.broker(at)["ok"]))
        yield from from_tables


def _incidents() -> Iterator[Metric]:
    counts = live_counts()
    live = _gauge("incidents_open", "Incidents that somebody here must still do something about.", "status", "exercise")
    overdue = _gauge("incidents_overdue", "Open incidents that wait longer than promised.", "exercise")
    for exercise, label in EXERCISE.items():
        for status in sorted(LIVE):
            live.add_metric([status, label], counts.get((status, exercise), (0, 0))[0])
        late = sum(each for (_, drill), (_, each) in counts.items() if drill == exercise)
        overdue.add_metric([label], late)
    yield live
    yield overdue


def _overrides() -> Iterator[Metric]:
    waiting = Override.objects.filter(reviewed_at=None).values("incident__exercise").order_by()
    counts = dict(waiting.annotate(count=Count("id")).values_list("incident__exercise", "count"))
    unreviewed = _gauge("overrides_unreviewed", "Overrides of a policy that no supervisor has reviewed.", "exercise")
    for exercise, label in EXERCISE.items():
        unreviewed.add_metric([label], counts.get(exercise, 0))
    yield unreviewed


def _calls(at: datetime) -> Iterator[Metric]:
    lately = Call.objects.filter(taken_at__gte=at - COUNTED_OVER).values("exercise").order_by()
    counts = dict(lately.annotate(count=Count("id")).values_list("exercise", "count"))
    taken = _gauge("calls_taken_last_hour", "Calls stored in the last hour.", "exercise")
    for exercise, label in EXERCISE.items():
        taken.add_metric([label], counts.get(exercise, 0))
    yield taken


def _timers(at: datetime) -> Iterator[Metric]:
    counts = due.pending()
    pending = _gauge("timers_pending", "Timers that are set, due or not.", "kind")
    failing = _gauge("timers_failing", "Pending timers that have failed and are tried again.", "kind")
    for kind in sorted(HANDLERS.keys() | counts.keys()):
        pending.add_metric([kind], counts.get(kind, (0, 0))[0])
        failing.add_metric([kind], counts.get(kind, (0, 0))[1])
    yield pending
    yield failing
    worst = due.worst_lateness(at=at).total_seconds()
    yield _one("timer_lateness_seconds_worst", "How late the latest timer is that has not fired.", worst)
    lateness = _gauge(
        "timer_lateness_seconds", "How late timers began that were done in the last 5 minutes.", "quantile"
    )
    for quantile, late in zip(QUANTILES, due.lateness(QUANTILES, since=at - LATENESS_OVER) or (), strict=False):
        lateness.add_metric([str(quantile)], late.total_seconds())
    yield lateness


def _untimed(at: datetime) -> Metric:
    untimed = _gauge("untimed", "What is open and has nothing due, by what it is: 0, or there is a bug.", "what")
    for what, count in auditing.untimed(at=at).items():
        untimed.add_metric([what], count)
    return untimed


def _messages(at: datetime) -> Iterator[Metric]:
    counts = due.messages(since=at - COUNTED_OVER)
    messages = _gauge("messages", "Messages put into the outbox in the last hour, by their status now.", "status")
    for status in Message.Status.values:
        messages.add_metric([status], counts.get(status, 0))
    yield messages
    tried = _gauge("handed_over", "Messages handed to providers in the last hour.", "way", "outcome")
    handed = due.tried(since=at - COUNTED_OVER)
    for way in Contact.Way.values:
        for outcome in sorted({"taken", "refused", "unreachable", "unanswered"} | {each for _, each in handed}):
            tried.add_metric([way, outcome], handed.get((way, outcome), 0))
    yield tried


def _units(at: datetime) -> Iterator[Metric]:
    every = Unit.objects.select_related("program").defer("program__area")
    counts = Counter((each.state, each.unit.program.exercise) for each in standings(every, at=at))
    units = _gauge("units", "Units by what they are doing.", "state", "exercise")
    for exercise, label in EXERCISE.items():
        for state in UnitState:
            units.add_metric([state, label], counts[state, exercise])
    yield units


def _clocks(at: datetime) -> Iterator[Metric]:
    ages = _gauge("heartbeat_age_seconds", "Since the last sign of any such clock; +Inf when never heard.", "clock")
    for clock in ("worker", "beat", "live"):
        heard_at = due.last_heard(clock)
        ages.add_metric([clock], (at - heard_at).total_seconds() if heard_at else float("inf"))
    yield ages


def _journal() -> Metric:
    return CounterMetricFamily("rightcall_journal_position", "Changes recorded, ever.", value=newest())


REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(Rightcall())


@never_cache
@who(May.MEASURE)
def metrics(request: HttpRequest) -> HttpResponse:
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(REGISTRY), content_type=content_type)
