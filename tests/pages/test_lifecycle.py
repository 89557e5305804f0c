"""At the console: two incidents beside each other, merged and taken apart; reopened, linked, corrected."""

import re

import pytest
from django.urls import reverse

from dispatch import assignments, ending, merging
from dispatch.models import Incident
from journal.models import Entry
from tests.pages.forms import form_in
from tests.pages.test_incident import page_of, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, dan):
    return signed_in(dan)


@pytest.fixture
def two(take):
    return take(narrative="A man shouts.")[1], take(narrative="Somebody is loud.")[1]


def beside(browser, one, told):
    return browser.get(reverse("dispatch:compare", args=[one.number]), {"with": told})


def test_both_are_shown_before_anything_is_done_and_reading_them_is_noted(browser, two):
    one, other = two
    assert form_in(page_of(browser, one), reverse("dispatch:compare", args=[one.number])) == {"with": [""]}
    page = beside(browser, one, other.number).content.decode()
    assert "A man shouts." in page
    assert "Somebody is loud." in page
    assert f"Merge {one.number} into {other.number}" in page
    assert Entry.objects.filter(kind="call.read").values("subject_id").distinct().count() == 2
    assert not Incident.objects.filter(status="merged").exists()


@pytest.mark.parametrize(("told", "sentence"), [("9999", "There is no incident 9999."), ("x", "The number of an")])
def test_a_number_that_is_none_is_said_and_kept(browser, two, told, sentence):
    answer = beside(browser, two[0], told)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{told}"' in page


def test_merged_and_taken_back(browser, two):
    one, other = two
    merged = browser.post(reverse("dispatch:merge", args=[other.number, one.number]))
    assert merged.url == f"/incidents/{one.number}/"
    assert re.search(rf"With\s*<a[^>]*>{other.number}</a>", page_of(browser, one))
    page = page_of(browser, other)
    assert re.search(rf"merged into\s*<a[^>]*>{one.number}</a>", page)
    assert "Take the merge back" in page
    assert "Close incident" not in page
    assert post(browser, "unmerge", other.number).status_code == 302
    assert "The merge into incident" in page_of(browser, other)
    assert post(browser, "unmerge", other.number).status_code == 409


def test_what_cannot_be_merged_says_why_and_offers_the_other_way(browser, two, dan, psr1, clock):
    one, other = two
    assignments.offer(incident=one, unit=psr1, by=dan, at=clock.now)
    page = beside(browser, one, other.number).content.decode()
    assert f"PSR1 has been asked for incident {one.number}" in page
    assert f"Merge {one.number} into {other.number}" not in page
    assert f"The other way round: {other.number} into {one.number}" in page
    answer = browser.post(reverse("dispatch:merge", args=[one.number, other.number]))
    assert answer.status_code == 409
    assert "PSR1 has been asked" in answer.content.decode()


def test_a_call_is_given_an_incident_of_its_own(browser, two, dan, clock):
    one, other = two
    assert "This call is about something else" not in page_of(browser, one)
    merging.merge(incident=other, into=one, by=dan, at=clock.now)
    assert "This call is about something else" in page_of(browser, one)
    link = one.links.exclude(home=one).get()
    answer = post(browser, "split", link.call_id)
    new = Incident.objects.latest("number")
    assert answer.url == f"/incidents/{new.number}/"
    assert f"A call was split off: incident {new.number}" in page_of(browser, one)
    assert post(browser, "split", link.call_id).status_code == 409


def test_reopened_with_a_reason_that_the_timeline_keeps(browser, incident, dan, clock):
    ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    assert post(browser, "reopen", incident.number, reason="").status_code == 422
    post(browser, "reopen", incident.number, reason="He rang once more")
    page = page_of(browser, incident)
    assert re.search(r"Taken up again.*?He rang once more", page, re.DOTALL)
    assert "reopened" in page


def test_a_cancellation_keeps_its_words(browser, incident):
    post(browser, "cancel", incident.number, reason="other", words="A film is shot there")
    page = page_of(browser, incident)
    assert re.search(r"Cancelled: another reason.*?A film is shot there", page, re.DOTALL)


def test_linked_from_the_page_that_shows_both(browser, two):
    one, other = two
    address = reverse("dispatch:link", args=[one.number, other.number])
    assert browser.post(address, {"words": " "}).status_code == 422
    assert browser.post(address, {"words": "Brothers"}).url == f"/incidents/{one.number}/"
    for here, there in ((one, other), (other, one)):
        assert re.search(rf"See\s*<a[^>]*>{there.number}</a> \(waiting\): Brothers", page_of(browser, here))
    assert "Link the two" not in beside(browser, one, other.number).content.decode()
    [action] = re.findall(rf'"(/incidents/{one.number}/unlink/[^"]+)"', page_of(browser, one))
    browser.post(action)
    assert "Brothers" not in page_of(browser, one)


def test_a_wrong_time_is_put_right_by_the_clock_of_the_city(browser, incident, dan, rosa, psr1, clock):
    visit = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(600)
    assignments.move(assignment=visit, status="on_scene", by=rosa, at=clock.now)
    told = {"stamp": f"on_scene {visit.id}", "to": "12:07:30", "reason": "Pressed inside the house"}
    for wrong, sentence in (
        ({"to": "noon"}, "A time of day such as"),
        ({"to": "11:59"}, "Lies before offered, 12:00:00 PST"),
        ({"to": "12:10:01"}, "Lies in the future"),
        ({"stamp": "x"}, "Choose one of the times"),
        ({"reason": ""}, "Why was it wrong?"),
    ):
        answer = post(browser, "correct", incident.number, **{**told, **wrong})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    post(browser, "correct", incident.number, **told)
    page = page_of(browser, incident)
    assert re.search(r"PSR1 on scene: corrected to 12:07:30, was 12:10:00.*?Pressed inside the house", page, re.DOTALL)
    assert re.search(r"PSR1 is on scene</span>\s*<span class=\"tag\">corrected: <time[^>]*>12:07:30", page)
    assert re.search(r"<dt>PSR1 on scene</dt>\s*<dd>\s*<time[^>]*>12:07:30</time>\s*<span[^>]*>corrected, was", page)


def test_the_journal_is_told_in_sentences(browser, two, dan, clock):
    """No kind of this part is left to be shown plainly."""
    one, other = two
    browser.post(reverse("dispatch:link", args=[one.number, other.number]), {"words": "Brothers"})
    browser.post(reverse("dispatch:merge", args=[other.number, one.number]))
    post(browser, "unmerge", other.number)
    for incident in two:
        assert not re.search(r">Incident (took in|gave back|unmerged|linked|merged)<", page_of(browser, incident))
