"""Hand-offs as a dispatcher sees and answers them."""

import re

from dispatch import handoffs
from tests.conftest import CALM
from tests.pages.test_console import text

ARMED = {**CALM, "weapon": "used"}


def test_each_state_says_what_to_do(take, dan, signed_in, clock):
    _, incident = take(ARMED)
    handoff, browser = incident.handoffs.get(), signed_in(dan)
    page = f"/incidents/{incident.number}/"
    assert "tell police" in text(browser.get("/"))
    shown = text(browser.get(page))
    assert "not told yet" in shown
    assert "<strong>Phone police</strong>" in shown

    browser.post(f"/handoffs/{handoff.id}/tell/", {"spoke_with": "Desk 4"})
    clock.advance(180)
    assert re.search(r"police told <time[^>]*>3 min</time> ago, no answer", text(browser.get("/")))
    assert "Ask police whether they take it" in text(browser.get(page))

    missing = browser.post(f"/handoffs/{handoff.id}/refuse/", {"reason": "", "refused_by": "Desk 4"})
    assert missing.status_code == 422
    assert 'value="Desk 4"' in text(missing)
    browser.post(f"/handoffs/{handoff.id}/refuse/", {"reason": "Outside our district", "refused_by": "Desk 4"})
    assert "police refused" in text(browser.get("/"))
    shown = text(browser.get(page))
    assert "Outside our district (Desk 4)" in shown
    assert "Somebody else must go." in shown
    assert "Police refused it: somebody else must go" in shown, "in the timeline"

    browser.post(f"{page}hand-off/", {"to": "police"})
    shown = text(browser.get(page))
    assert "Somebody else must go." not in shown
    assert shown.count("not told yet") == 1


def test_each_row_has_the_age_of_its_own_hand_off(take, dan, signed_in, clock):
    """Ages are put into rows that were rendered before: never into another's place."""
    _, incident = take(ARMED)
    clock.advance(300)
    asked = handoffs.propose(incident=incident, to="fire", by=dan, at=clock.now)
    handoffs.tell(handoff=asked, by=dan, at=clock.now)
    clock.advance(120)
    page = text(signed_in(dan).get("/"))
    assert re.search(r"fire told <time[^>]*>2 min</time> ago, no answer", page)
    assert "tell police" in page
