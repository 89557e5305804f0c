"""How long a way takes: from a routing server of the test's own, which is up, slow, broken or gone; else estimated."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dispatch import travel
from dispatch.plans import Plan
from dispatch.recommendation import look_ahead, recommend
from dispatch.travel import distance_km, way

AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
PACE = Plan.take({}).recommend.travel
SQUARE, NEAR, FAR = (45.5189, -122.6793), (45.5200, -122.6780), (45.5300, -122.6600)


class Routing(ThreadingHTTPServer):
    """Answers as OSRM's table does, 100 s for the first place, 200 s for the second; or `answers` instead."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked, self.answers, self.status, self.go_on = [], None, 200, threading.Event()
        self.go_on.set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def durations(self, path):
        return [[100.0 * number] for number in range(1, path.split("sources=")[1].split("&")[0].count(";") + 2)]


class Asked(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        server.go_on.wait(20)
        told = server.answers
        if told is None:
            told = json.dumps({"code": "Ok", "durations": server.durations(self.path)})
        try:
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(told.encode())
        except OSError:
            pass  # whoever asked has given up

    def log_message(self, *arguments):
        pass


@pytest.fixture(autouse=True)
def forgetful():
    travel.forget()
    yield
    travel.forget()


@pytest.fixture
def routing(settings, monkeypatch):
    monkeypatch.setattr(travel, "WAIT", 20)  # no answer is late because the machine is busy
    with Routing() as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        settings.ROUTING_URL = server.url
        yield server
        server.go_on.set()
        server.shutdown()
        serving.join()


def minutes(origin=NEAR, at=AT):
    found = way(origin, SQUARE, pace=PACE, at=at)
    return None if found is None or found.estimated else found.minutes


def test_distances():
    assert distance_km(*SQUARE, *SQUARE) == 0
    # One degree of latitude on a sphere of 6,371 km.
    assert distance_km(0, 0, 1, 0) == pytest.approx(111.19, abs=0.01)
    assert distance_km(None, None, 1, 0) is None


def test_without_a_server_the_straight_line_is_driven_at_the_programs_pace(settings):
    settings.ROUTING_URL = ""
    travel.look_ahead([NEAR], SQUARE, at=AT)
    found = way((0.0, 0.0), (1.0, 0.0), pace=PACE, at=AT)
    assert found.estimated
    assert found.minutes == pytest.approx(111.19 * 1.3 / 30 * 60, abs=0.1)
    assert way(None, SQUARE, pace=PACE, at=AT) is None
    assert way(SQUARE, None, pace=PACE, at=AT) is None


def test_one_request_tells_all_ways_and_they_are_kept_for_five_minutes(routing):
    travel.look_ahead([NEAR, FAR, NEAR], SQUARE, at=AT)
    assert routing.asked == [
        "/table/v1/driving/-122.678,45.52;-122.66,45.53;-122.6793,45.5189"
        "?sources=0;1&destinations=2&annotations=duration"
    ]
    assert (minutes(NEAR), minutes(FAR)) == (100 / 60, 200 / 60)
    later = AT + timedelta(minutes=4)
    travel.look_ahead([NEAR, (45.52001, -122.67801)], SQUARE, at=later)  # a metre aside
    assert len(routing.asked) == 1
    travel.look_ahead([NEAR, (45.4795, -122.5670)], SQUARE, at=later)
    assert routing.asked[1:] == [
        "/table/v1/driving/-122.567,45.4795;-122.6793,45.5189?sources=0&destinations=1&annotations=duration"
    ]
    assert minutes(at=AT + timedelta(minutes=5)) is None, "too old to be told"
    travel.look_ahead([NEAR], SQUARE, at=AT + timedelta(minutes=5))
    assert len(routing.asked) == 3


def test_where_the_server_knows_no_way_it_is_estimated(routing):
    routing.answers = json.dumps({"code": "Ok", "durations": [[None], [90]]})
    travel.look_ahead([NEAR, FAR], SQUARE, at=AT)
    assert (minutes(NEAR), minutes(FAR)) == (None, 1.5)


@pytest.mark.parametrize(
    "answers",
    [
        "<html>",
        "[]",
        "{}",
        '{"durations": null}',
        '{"durations": [[60], [60]]}',
        '{"durations": [60]}',
        '{"durations": [["60"]]}',
        '{"durations": [[-60]]}',
        '{"durations": [[NaN]]}',
        "\x80",
        "9" * 2_000_000,
        "[" * 900_000,
    ],
)
def test_what_is_no_table_of_durations_is_no_answer(routing, answers):
    routing.answers = answers
    travel.look_ahead([NEAR], SQUARE, at=AT)
    assert len(routing.asked) == 1
    assert minutes() is None
    assert way(NEAR, SQUARE, pace=PACE, at=AT).estimated


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_is_no_answer_and_the_server_is_let_alone_for_half_a_minute(routing, status):
    routing.status = status
    travel.look_ahead([NEAR], SQUARE, at=AT)
    travel.look_ahead([NEAR], SQUARE, at=AT + timedelta(seconds=29))
    assert (len(routing.asked), minutes()) == (1, None)
    routing.status = 200
    travel.look_ahead([NEAR], SQUARE, at=AT + timedelta(seconds=30))
    assert minutes(at=AT + timedelta(seconds=30)) == 100 / 60


def test_a_server_that_is_slow_holds_nobody(routing, monkeypatch):
    monkeypatch.setattr(travel, "WAIT", 0.05)
    routing.go_on.clear()
    travel.look_ahead([NEAR], SQUARE, at=AT)  # returns while the server still waits
    assert not routing.go_on.is_set()
    assert minutes() is None
    routing.go_on.set()
    travel.look_ahead([NEAR], SQUARE, at=AT)
    assert minutes() is None, "it is let alone for a while"


def test_a_server_that_speaks_no_http_is_estimated_for(settings, monkeypatch):
    monkeypatch.setattr(travel, "WAIT", 20)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            with listening.accept()[0] as caller:
                caller.sendall(b"220 mail.example.org\r\n")

        answering = threading.Thread(target=hang_up)
        answering.start()
        settings.ROUTING_URL = f"http://127.0.0.1:{listening.getsockname()[1]}"
        travel.look_ahead([NEAR], SQUARE, at=AT)
        answering.join()
    assert minutes() is None


def test_a_server_that_is_gone_is_estimated_for(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.ROUTING_URL = f"http://127.0.0.1:{port}"
    travel.look_ahead([NEAR], SQUARE, at=AT)
    assert minutes() is None


def test_a_recommendation_knows_the_roads_once_somebody_has_looked_ahead(routing, incident, psr1, psr2, clock):
    reasons = {each.unit.callsign: each.reasons[0] for each in recommend(incident, at=clock.now)}
    assert reasons["PSR1"] == "1 min away (estimated, 0.2 km)"
    assert routing.asked == [], "with rows locked nobody waits for a network"
    routing.answers = json.dumps({"durations": [[720], [240]]})
    look_ahead(incident, at=clock.now)
    best, other = recommend(incident, at=clock.now)
    assert (best.unit, best.reasons[0]) == (psr2, "4 min away (1.9 km)")
    assert (other.minutes, other.reasons[0]) == (12, "12 min away (0.2 km)")


def test_the_page_asks_once_for_its_incident(routing, signed_in, dan, incident, psr1, psr2):
    page = signed_in(dan).get(f"/incidents/{incident.number}/").content.decode()
    assert len(routing.asked) == 1
    assert "2 min away (0.2 km)" in page
