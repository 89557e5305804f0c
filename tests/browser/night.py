"""One night in the demo city, with something of everything a screen can show. Its calls and people are invented."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.streets import import_places
from tests.city import City
from tests.facts import CALM

TOLD_OTHERWISE = ("call_type", "location_class", "caller_relation")
HOUR = timedelta(hours=1)


def _call(call_type: str, address: str, place: tuple[float, float], narrative: str, /, **facts: Any) -> dict[str, Any]:
    return {
        "source": "cad",
        "call_type": call_type,
        "narrative": narrative,
        "caller": {"name": "Robin", "phone": "503-555-0142", "relation": "bystander"},
        "location": {"address": address, "latitude": place[0], "longitude": place[1], "class": "outdoors"},
        "facts": {name: value for name, value in facts.items() if name not in TOLD_OTHERWISE},
    }


CALLS = {
    "asked": _call(
        "mental_health",
        "Pioneer Courthouse Square, SW Broadway and Yamhill",
        (45.5189, -122.6793),
        "A man of about forty sits by the fountain, talks to himself, has no shoes on and asks for water.",
        **CALM,
    ),
    "on scene": _call(
        "welfare_check",
        "SE Hawthorne Boulevard and SE César E. Chávez Boulevard, in front of the library",
        (45.5120, -122.6225),
        "An older woman sits on the kerb with two bags. She says that she is fine, but she has been there since noon.",
        **{**CALM, "mental_health_crisis": False, "yelling": False, "needs_referral": True, "age": 71},
    ),
    "waiting": _call(
        "intoxication",
        "Laurelhurst Park, by the pond",
        (45.5206, -122.6240),
        "A young man lies on a bench. He answers when he is spoken to.",
        **{**CALM, "intoxication": "affected"},
    ),
    "searching": _call(
        "welfare_check",
        "SE Belmont Street and SE 60th Avenue",
        (45.5164, -122.6020),
        "A man sits against a wall and does not want to get up. He is cold.",
        **CALM,
    ),
    "questions": _call(
        "unwanted_person",
        "Lents Town Center, SE 92nd Avenue",
        (45.4791, -122.5669),
        "A person will not leave the doorway of a shop.",
        weapon="none",
        channel="911",
    ),
    "police": _call(
        "disturbance",
        "NE Alberta Street and NE 15th Avenue",
        (45.5590, -122.6510),
        "Two people argue; one holds a knife.",
        **{**CALM, "weapon": "seen", "violence": "threatening"},
    ),
    "handed off": _call(
        "medical",
        "Waterfront Park, Salmon Street Springs",
        (45.5153, -122.6735),
        "A woman has fallen and holds her chest.",
        **{**CALM, "medical_need": "emergency"},
    ),
    "overridden": _call(
        "theft",
        "Northwest 23rd Avenue and Lovejoy Street, at the bakery",
        (45.5300, -122.6985),
        "A man took a loaf of bread and sits outside with it. The baker knows him.",
        **CALM,
    ),
    "turned": _call(
        "disturbance",
        "SE Division Street and 30th Avenue, by the bus stop",
        (45.5047, -122.6345),
        "A woman shouts at cars.",
        **CALM,
    ),
    "again": _call(
        "intoxication",
        "Laurelhurst Park, Ankeny entrance",
        (45.5212, -122.6248),
        "Somebody lies on a bench by the pond, very drunk.",
        **{**CALM, "intoxication": "affected"},
    ),
    "held": _call(
        "welfare_check",
        "Lents Park, SE 92nd Avenue, by the stand",
        (45.4790, -122.5690),
        "A man sleeps on a bench every noon; the caller asks that somebody comes when he is awake.",
        **CALM,
    ),
    "closed": _call(
        "service_referral",
        "Old Town, NW 4th Avenue and Couch Street",
        (45.5237, -122.6747),
        "A couple looks for a place to sleep.",
        **{**CALM, "needs_referral": True, "subject_has_phone": False},
    ),
}

# No machine overrides a policy, either.
OVERRIDE = """
from django.utils import timezone
from accounts.models import User
from dispatch import overriding
from dispatch.models import Incident

overriding.override(
    incident=Incident.objects.get(number={number}), outcome="community", reason="known_to_team",
    words="Rosa talks with him every week; the baker wants no police.",
    by=User.objects.get(username="dan"), at=timezone.now(),
)
"""

# No machine writes policies, so there is no API for it: the verbs themselves, in the city's own process.
DRAFTS = """
from django.utils import timezone
from accounts.models import User
from triage import deciding, drafting
from triage.models import Policy

at, sue, policy = timezone.now(), User.objects.get(username="sue"), Policy.objects.get(slug="demo")
standing = deciding.version_at(policy, at)
rules = {rule["id"]: rule for rule in standing.document["rules"]}
heat = {
    "id": "heat", "text": "In the heat an ambulance comes too.", "source": "City Council, 1 December 2026",
    "why": "Two people collapsed in the summer of 2026 before a team could be with them.",
    "when": {"call_type": ["person_down", "welfare_check"], "local_time": "12:00-20:00"}, "also": ["ems"],
}
oldest = {**rules["severe_intoxication"], "when": {"any": [{"intoxication": "severe"}, {"age": {"at_least": 90}}]}}
noon = {
    "name": "Down at noon", "at": "2027-07-01T12:00", "expect": {"outcome": "community", "also": ["ems"]},
    "facts": {"call_type": "welfare_check", "weapon": "seen"},
}

def put(draft, part, value, was=None):
    drafting.put(version=draft, part=part, value=value, was=drafting.stamp(was), by=sue, at=at)

for name in ("2027-01", "2027-02"):
    draft = drafting.begin(policy=policy, version=name, based_on=standing, by=sue, at=at)
    put(draft, "rule:heat", heat)
    put(draft, "rule:severe_intoxication", oldest, rules["severe_intoxication"])
    put(draft, "rule:crime_reported", None, rules["crime_reported"])
    if name == "2027-01":
        put(draft, "example:Down at noon", noon)
    else:
        drafting.submit(version=draft, by=sue, at=at)

# One that would send police to the woman on the kerb.
draft = drafting.begin(policy=policy, version="draft", based_on=standing, by=sue, at=at)
put(draft, "rule:old", {
    "id": "old", "text": "Somebody of 65 or more: police go.", "source": "invented for a test",
    "when": {"age": {"at_least": 65}, "call_type": "welfare_check"}, "exclude": "police", "unknown": "no",
})
"""


# Time cannot be moved by hand between processes; a check-in can be late already.
MISSED = """
from django.db import transaction
from django.utils import timezone
from dispatch import limits, safety
from dispatch.models import CheckIn
from due.registry import Firing

at = timezone.now()
check_in = CheckIn.objects.get(assignment__unit__callsign="PSR2", ended_at=None)
if check_in.told_at is None:
    CheckIn.objects.filter(pk=check_in.pk).update(due_at=at)
    for _ in ("the team is asked", "the dispatcher is told"):
        with transaction.atomic():
            safety.miss(Firing(kind=limits.CHECK_IN, subject_id=check_in.id, due_at=at, at=at))
"""

# A person consents to it, and no machine does.
DIVERTED = """
from django.utils import timezone
from accounts.models import User
from dispatch import diverting
from dispatch.models import Assignment, Incident

diverting.preempt(
    assignment=Assignment.objects.get(pk="{assignment}"), incident=Incident.objects.get(number={number}),
    consent=True, words="She lies on the pavement, alone.", by=User.objects.get(username="dan"), at=timezone.now(),
)
"""

DURESS = """
from uuid import uuid4
from django.utils import timezone
from accounts.models import User
from dispatch import duress
from responders.models import Unit

duress.press(
    key=uuid4(), unit=Unit.objects.get(callsign="PSR2"), by=User.objects.get(username="omar"), at=timezone.now()
)
"""

CAUTION = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from dispatch import cautioning

at = timezone.now()
for told in (
    dict(hazard="weapons", severity="danger", words="A machete behind the counter.", source="Officer Hale"),
    dict(hazard="animal", severity="caution", words="A dog that is not on a leash.", source="PSR3"),
):
    cautioning.add(
        address="NE Alberta Street and NE 15th Avenue", by=User.objects.get(username="sue"), at=at, **told,
        review_at=at + timedelta(days=90), expires_at=at + timedelta(days=180),
    )
"""

WRITTEN = """
from django.utils import timezone
from accounts.models import User
from dispatch import desk_messages

by, to, words, at = User.objects.get(username="{by}"), "{to}", "{words}", timezone.now()
if to:
    desk_messages.send(to=User.objects.get(username=to), words=words, by=by, at=at)
else:
    desk_messages.ask_help(words=words, by=by, at=at)
"""

# Somebody who has gone home with a call half taken.
LEFT = """
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from accounts import people
from accounts.models import User
from calls import drafts
from calls.models import Draft
from config.demo import SEED

values = {{"call_type": "welfare_check", "location.address": "{address}", "narrative": "She sits on the steps."}}
at = timezone.now() - timedelta(minutes=6)
by = User.objects.filter(username="theo").first() or people.enroll(
    username="theo", name="Theo", role="call_taker", password=None, by=SEED, at=at
)
if not Draft.objects.filter(owner_id=by.pk).exists():
    drafts.save(id=uuid4(), values=values, count=1, base=0, page="one", by=by, at=at)
"""

# Taken only once everything else was looked at: two calls, and one team that both want.
TWO_NEEDS = {
    "may wait": _call(
        "service_referral",
        "Montavilla, SE Stark Street and 80th Avenue",
        (45.5193, -122.5810),
        "A man asks where he can shower.",
        **{**CALM, "mental_health_crisis": False, "needs_referral": True, "subject_has_phone": False},
    ),
    "urgent": _call(
        "person_down",
        "NE Sandy Boulevard and 72nd Avenue",
        (45.5460, -122.5890),
        "A woman lies on the pavement beside the bus stop. She breathes, and does not want to get up.",
        **{**CALM, "person_down": True},
    ),
}


@dataclass
class Night:
    city: City
    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    draft: str = "2027-01"
    in_review: str = "2027-02"
    wanted: str = ""  # the assignment that a more urgent incident may take

    def handoff(self, name: str) -> str:
        (handoff,) = self.incidents[name]["handoffs"]
        return str(handoff["id"])

    def number(self, name: str) -> int:
        return int(self.incidents[name]["number"])

    def begin(self) -> "Night":
        """All at once; only the call that waits too long came an hour ago. Nobody searches for the one that waits."""
        # What is asked stays asked for as long as somebody looks.
        self.city.database.execute("UPDATE triage_program SET offer_seconds = 3600, changed_at = now()")
        # Ivo's team has nothing to do, Olga is on no team, Abe's is told of a change; the demo has log-ins for none.
        self.city.stack.manage("enroll", "olga", "--name", "Olga", "--role", "responder")
        self.city.database.execute(
            "UPDATE accounts_user SET password = (SELECT password FROM accounts_user WHERE username = 'rosa')"
            " WHERE username IN ('ivo', 'olga', 'abe')"
        )
        self._run(DRAFTS)
        self._run(CAUTION)
        import_places(self.city)
        for name, call in CALLS.items():
            self._take(name, call, received=self._received(name))
        self._assign("asked", "PSR1", send=False)
        self._move(self._assign("on scene", "PSR2"), "en_route", "on_scene")
        self._move(self._assign("closed", "PSR3"), "en_route", "on_scene", "cleared", disposition="referred")
        self._move(self._assign("turned", "PSR5"), "en_route")
        (call,) = self.incidents["turned"]["calls"]
        self.city.ask("PATCH", f"/api/v1/calls/{call}/", {"facts": {"weapon": "seen", "violence": "threatening"}})
        self._run(OVERRIDE.format(number=self.number("overridden")))
        number = ["--phone", "503-555-0100"]
        self.city.stack.manage("agency_link", "Police Bureau", "--kind", "police", *number)
        address = ["--webhook", "https://cad.example.org/rightcall"]
        self.city.stack.manage("agency_link", "Fire Bureau", "--kind", "fire", "--phone", "503-555-0101", *address)
        self.city.ask(
            "POST",
            f"/api/v1/handoffs/{self.handoff('handed off')}/acknowledge/",
            {"acknowledged_by": "Medic desk, Ortiz", "reference": "26-4471"},
        )
        self._ask("again", "merge", into=self.incidents["waiting"]["id"])
        concern = "He was seen at the bus stop five minutes earlier."
        self._ask("police", "links", incident=self.incidents["turned"]["id"], words=concern)
        rang = datetime.fromisoformat(self.incidents["closed"]["received_at"]) - timedelta(seconds=40)
        self._ask(
            "closed", "corrections", stamp="received", to=rang.isoformat(), reason="The clock of the desk is slow."
        )
        self.city.ask(
            "POST",
            f"/api/v1/incidents/{self.incidents['held']['id']}/hold/",
            {
                "reason": "person_away",
                "words": "He is at the kitchen until one.",
                "until": (datetime.now(UTC) + timedelta(minutes=25)).isoformat(),
            },
        )
        # Time cannot be moved by hand between processes; a timer can. The search for a team begins with it.
        self.city.database.execute(
            "UPDATE due_timer SET due_at = now()"
            " + CASE WHEN subject_id = %s THEN interval '-4 minutes' ELSE interval '1 hour' END"
            " WHERE kind = 'incident.watch' AND done_at IS NULL AND cancelled_at IS NULL",
            [self.incidents["searching"]["id"]],
        )
        return self

    def person(self, username: str) -> str:
        [(id,)] = self.city.database.execute("SELECT id FROM accounts_user WHERE username = %s", [username])
        return str(id)

    def sit(self, username: str, page: str, name: str) -> None:
        """As their page would tell, were they logged in."""
        self.city.database.execute(
            "INSERT INTO accounts_session (session_key, session_data, expire_date, user_id, active_at)"
            " VALUES (%s, '', now() + interval '1 hour', %s, now()) ON CONFLICT DO NOTHING",
            [f"seat of {username}", self.person(username)],
        )
        self.city.database.execute(
            "INSERT INTO dispatch_seat (person_id, page, incident_id, draft_id, since, heard_at)"
            " SELECT %s, %s, id, NULL, now(), now() + interval '1 hour' FROM dispatch_incident WHERE number = %s"
            " ON CONFLICT (person_id) DO UPDATE SET page = excluded.page, incident_id = excluded.incident_id,"
            " draft_id = NULL, since = now(), heard_at = excluded.heard_at",
            [self.person(username), page, self.number(name)],
        )

    def leave_call(self, address: str) -> None:
        self._run(LEFT.format(address=address))

    def write(self, by: str, to: str, words: str) -> None:
        """Once, for as long as nobody has acknowledged it."""
        standing = "SELECT 1 FROM dispatch_deskmessage WHERE words = %s AND acknowledged_at IS NULL"
        if not self.city.rows(standing, words):
            self._run(WRITTEN.format(by=by, to=to, words=words))

    # What follows changes the night for good, and once: it is looked at after everything else.

    def miss(self) -> None:
        """The team on scene is silent: it was asked, and now the dispatcher is told."""
        self._run(MISSED)

    def want_one_team(self) -> None:
        """A team has accepted what may wait, and a more urgent call comes in."""
        if "urgent" in self.incidents:
            return
        for name, call in TWO_NEEDS.items():
            self._take(name, call, received=datetime.now(UTC).isoformat())
        self.wanted = self._assign("may wait", "PSR4")

    def divert(self) -> None:
        """It is turned to the more urgent one."""
        self.want_one_team()
        if self.wanted:
            self._run(DIVERTED.format(assignment=self.wanted, number=self.number("urgent")))
            self.wanted = ""

    def press_duress(self) -> None:
        if not self.city.rows("SELECT 1 FROM dispatch_duress WHERE cleared_at IS NULL"):
            self._run(DURESS)

    def _run(self, script: str) -> None:
        self.city.stack.manage("shell", "--no-imports", "-c", script)

    def _take(self, name: str, call: dict[str, Any], *, received: str) -> None:
        taken = self.city.ask("POST", "/api/v1/calls/", {**call, "received_at": received})
        self.incidents[name] = self.city.ask("GET", f"/api/v1/incidents/{taken['incident']['id']}/")

    def _ask(self, name: str, what: str, **told: str) -> None:
        self.city.ask("POST", f"/api/v1/incidents/{self.incidents[name]['id']}/{what}/", told)

    def _received(self, name: str) -> str:
        early = HOUR if name == "searching" else timedelta(minutes=list(CALLS).index(name))
        return (datetime.now(UTC) - early).isoformat()

    def _assign(self, name: str, unit: str, *, send: bool = True) -> str:
        path = f"/api/v1/incidents/{self.incidents[name]['id']}/assignments/"
        return str(self.city.ask("POST", path, {"unit": unit, "send": send})["id"])

    def _move(self, assignment: str, *statuses: str, **last: str) -> None:
        for status in statuses:
            more = last if status == statuses[-1] else {}
            self.city.ask("POST", f"/api/v1/assignments/{assignment}/status/", {"status": status, **more})
