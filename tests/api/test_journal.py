"""`GET /api/v1/journal/?after=`: everything that changed, for whoever keeps a copy."""

import pytest


@pytest.mark.django_db(transaction=True)
def test_a_client_that_follows_next_sees_everything_once(take, api, clock):
    machine = api("journal:read")
    for _ in range(4):
        take()
    seen, cursor = [], ""
    while True:
        page = machine.get("/api/v1/journal/", {"after": cursor, "limit": 3}).json()
        if not page["entries"]:
            break
        seen += page["entries"]
        assert page["next"] == str(page["entries"][-1]["position"])
        cursor = page["next"]
    assert [entry["kind"] for entry in seen].count("call.taken") == 4
    positions = [entry["position"] for entry in seen]
    assert positions == sorted(set(positions))
    assert machine.get("/api/v1/journal/", {"after": cursor}).json() == {"entries": [], "next": cursor}


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"limit": "5000"}, {"after": "9" * 30}])
def test_a_cursor_that_is_none_is_a_400_that_names_it(api, query):
    answer = api("journal:read").get("/api/v1/journal/", query)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(query)
