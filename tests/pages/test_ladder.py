"""The ladder at the console: what is tried, and every word of a person in it."""

import pytest

from dispatch import climbing
from dispatch.models import Run, Rung


@pytest.fixture
def proposed(take, clock):
    """Nobody is on duty and nobody can be called back: the first proposal stands."""
    _, incident = take()
    clock.advance(120)
    return incident


def page(browser, incident):
    return " ".join(browser.get(f"/incidents/{incident.number}/").content.decode().split())


def test_each_step_says_where_it_stands(proposed, dan, signed_in):
    shown = page(signed_in(dan), proposed)
    assert "Search for a team" in shown
    assert "nobody to turn to" in shown
    assert "in 15 min are asked; if none is free, one that has not answered for something less urgent" in shown
    assert "Agree: a community team goes together with police" in shown
    assert "not yet" in shown


def test_the_board_says_what_is_asked_of_a_person(proposed, dan, signed_in, clock):
    board = " ".join(signed_in(dan).get("/").content.decode().split())
    assert "No team could come yet, and you are asked" in board
    assert "team with police instead?" in board
    for _ in range(2):
        clock.advance(60)
    board = " ".join(signed_in(dan).get("/").content.decode().split())
    assert "No team and no step is left: somebody must take these" in board
    assert "nobody has it: take it" in board
    climbing.take(incident=proposed, by=dan, at=clock.now)
    assert "Dan sees to it" in signed_in(dan).get("/").content.decode()


def test_a_dispatcher_takes_pauses_resumes_skips_and_stands_down(proposed, dan, signed_in):
    browser, url = signed_in(dan), f"/incidents/{proposed.number}/ladder/"

    def status():
        return Run.objects.get(incident=proposed).status

    assert browser.post(url, {"do": "skip"}).status_code == 302
    assert Rung.objects.filter(run__incident=proposed, result="skipped").count() == 1
    for do, more, after in [
        ("take", {}, "taken"),
        ("resume", {}, "climbing"),
        ("pause", {"minutes": "5", "words": "PSR2 is nearly clear"}, "paused"),
        ("resume", {}, "climbing"),
        ("stand_down", {"words": "Ivo goes in his own car"}, "stood_down"),
    ]:
        assert browser.post(url, {"do": do, **more}).status_code == 302
        assert status() == after


def test_what_was_typed_is_kept_when_the_pause_is_refused(proposed, dan, signed_in):
    answer = signed_in(dan).post(
        f"/incidents/{proposed.number}/ladder/", {"do": "pause", "minutes": "soon", "words": "PSR2 calls back"}
    )
    assert answer.status_code == 422
    assert "PSR2 calls back" in answer.content.decode()
    assert "From 1 to 60." in answer.content.decode()


def test_a_proposal_is_agreed_to_by_a_button(proposed, dan, tess, signed_in):
    rung = Rung.objects.get(run__incident=proposed, to="co_response")
    assert signed_in(tess).post(f"/ladder/{rung.id}/answer/", {"yes": "yes"}).status_code == 403
    assert signed_in(dan).post(f"/ladder/{rung.id}/answer/", {"yes": "yes"}).status_code == 302
    proposed.refresh_from_db()
    assert proposed.outcome == "co_response"
    assert "Agreed: together with police" in page(signed_in(dan), proposed)
    assert signed_in(dan).post(f"/ladder/{rung.id}/answer/", {"yes": "no"}).status_code == 409
