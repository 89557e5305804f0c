"""Over the API: incidents end, are taken up again, merged, split, linked, and corrected."""

from datetime import timedelta

import pytest

from dispatch import assignments, handoffs
from journal.models import Entry


@pytest.fixture
def machine(api):
    return api("incidents:read", "incidents:write")


@pytest.fixture
def ask(machine):
    def ask(about, what, **told):
        return machine.post(f"/api/v1/incidents/{about.id}/{what}/", told, format="json")

    return ask


def written(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_an_incident_ends_and_is_taken_up_again(ask, incident):
    assert ask(incident, "close", disposition="cancelled_en_route").status_code == 400, "that resolves nothing"
    closed = ask(incident, "close", disposition="settled_by_phone").json()
    assert (closed["status"], closed["disposition"]) == ("closed", "settled_by_phone")
    assert ask(incident, "reopen").json()["errors"]["reason"]
    again = ask(incident, "reopen", reason="He rang once more").json()
    assert (again["status"], again["disposition"], again["closed_at"]) == ("pending", "", None)
    assert again["reopened_at"]
    assert again["next_due_at"]
    assert ask(incident, "cancel", reason="bored").status_code == 400
    cancelled = ask(incident, "cancel", reason="over").json()
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "over")
    refused = ask(incident, "cancel", reason="over")
    assert (refused.status_code, "already" in refused.json()["detail"]) == (409, True)


def test_two_are_merged_and_taken_apart_again(machine, ask, take):
    (first, one), (second, other) = take(), take()
    assert "There is no incident" in ask(one, "merge", into=str(first.id)).json()["errors"]["into"]
    merged = ask(other, "merge", into=str(one.id)).json()
    assert (merged["id"], sorted(merged["calls"])) == (str(one.id), sorted([str(first.id), str(second.id)]))
    gone = machine.get(f"/api/v1/incidents/{other.id}/").json()
    assert (gone["status"], gone["merged_into"], gone["calls"]) == ("merged", str(one.id), [])
    assert [each["id"] for each in machine.get("/api/v1/incidents/?status=merged").json()["results"]] == [str(other.id)]
    back = ask(other, "unmerge").json()
    assert (back["status"], back["calls"], back["merged_at"]) == ("pending", [str(second.id)], None)
    assert ask(other, "unmerge").status_code == 409
    for incident, kinds in ((one, ["took_in", "gave_back"]), (other, ["merged", "unmerged"])):
        told = [row["kind"] for row in machine.get(f"/api/v1/incidents/{incident.id}/timeline/").json()]
        assert [kind for kind in told if kind.removeprefix("incident.") in kinds] == [
            f"incident.{each}" for each in kinds
        ]


def test_a_call_is_split_off(ask, take):
    (first, one), (second, other) = take(), take()
    ask(other, "merge", into=str(one.id))
    assert "has no call" in ask(other, "split", call=str(second.id)).json()["errors"]["call"]
    made = ask(one, "split", call=str(second.id))
    assert made.status_code == 201
    assert made.json()["calls"] == [str(second.id)]
    assert ask(one, "split", call=str(first.id)).status_code == 409


def test_incidents_are_linked_and_no_words_leave_the_console(machine, ask, take):
    (_, one), (_, other) = take(), take()
    made = ask(one, "links", incident=str(other.id), words="Brothers")
    assert (made.status_code, made.json()["number"]) == (201, other.number)
    for here, there in ((one, other), (other, one)):
        [link] = machine.get(f"/api/v1/incidents/{here.id}/").json()["links"]
        assert link["incident"] == str(there.id)
        assert "Brothers" not in str(link)
    address = f"/api/v1/incidents/{one.id}/links/{link['id']}/"
    assert [machine.delete(address).status_code for _ in range(2)] == [204, 409]
    assert machine.get(f"/api/v1/incidents/{one.id}/").json()["links"] == []


def test_a_stamp_is_corrected_and_both_are_read(machine, ask, incident, dan, rosa, psr1, clock):
    visit = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(300)
    assignments.move(assignment=visit, status="on_scene", by=rosa, at=clock.now)
    right = clock.now - timedelta(seconds=90)
    told = {"stamp": "on_scene", "to": right.isoformat(), "reason": "Pressed late"}
    assert "stamp" in ask(incident, "corrections", **told).json()["errors"], "the incident has none of its own"
    assert ask(incident, "corrections", assignment=str(incident.id), **told).json()["errors"]["assignment"]
    assert ask(incident, "corrections", assignment=str(visit.id), **told).status_code == 201
    later = {**told, "to": (clock.now + timedelta(seconds=1)).isoformat(), "assignment": str(visit.id)}
    assert ask(incident, "corrections", **later).json()["errors"] == {"to": "Lies in the future."}
    whole = machine.get(f"/api/v1/incidents/{incident.id}/").json()
    assert whole["assignments"][0]["on_scene_at"] == whole["on_scene_at"] == written(right)
    [correction] = whole["corrections"]
    assert (correction["before"], correction["by"]) == (written(clock.now), "CAD")
    assert "Pressed late" not in str(Entry.objects.get(kind="assignment.corrected").payload)


def test_a_stamp_of_a_hand_off_is_corrected(machine, ask, incident, dan, clock):
    handoff = handoffs.propose(incident=incident, to="ems", by=dan, at=clock.now)
    clock.advance(90)
    handoffs.tell(handoff=handoff, by=dan, at=clock.now)
    right = clock.now - timedelta(seconds=60)
    told = {"stamp": "sent", "to": right.isoformat(), "reason": "Typed late"}
    assert ask(incident, "corrections", handoff=str(incident.id), **told).json()["errors"]["handoff"]
    made = ask(incident, "corrections", handoff=str(handoff.id), **told)
    assert (made.status_code, made.json()["handoff"], made.json()["assignment"]) == (201, str(handoff.id), None)
    whole = machine.get(f"/api/v1/incidents/{incident.id}/").json()
    assert whole["handoffs"][0]["sent_at"] == written(right)
    assert [each["before"] for each in whole["corrections"]] == [written(clock.now)]
