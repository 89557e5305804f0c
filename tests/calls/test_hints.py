"""What is overheard in a narrative: every weapon in sixty remarks, none of their false friends, no fact by itself.

The remarks are invented, in the manner of dispatchers' shorthand.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from calls import hints
from calls.models import Call
from dispatch.models import Incident
from tests.conftest import SQUARE
from tests.facts import CALM
from triage.engine import facts

ARMED = [
    "TRANS MALE IFO MARKET W/KNIFE, YELLING AT PASSERBYS",
    "MALE PULLED A GUN ON RP AFTER FENDER BENDER, LS WB ON PINE",
    "FEM HAS MACHETE STICKING OUT OF HER BACKPACK, WALKING TWD PARK",
    "417 IN THE ALLEY BEHIND THE BAKERY",
    "SUBJ SWINGING A BAT AT PARKED CARS",
    "3 JUVS 415P, ONE GRABBED A BASEBALL BAT",
    "RP'S SON IS OFF HIS MEDS, SHARPENING AXE IN THE YARD",
    "MALE SAID HE WAS GOING TO STAB THE NEXT PERSON HE SEES",
    "HEARD 2 SHOTS FROM THE LOT, THEN TIRES SQUEALING",
    "SHOTS FIRED NEAR THE BRIDGE, UNK IF ANYONE HIT",
    "NEIGHBOR POINTED A RIFLE AT RP OVER THE FENCE",
    "EMP HELD AT GUNPOINT, SUSP LEFT ON FOOT",
    "GSW TO THE LEG, VICTIM IN THE LOBBY",
    "MALE HBD, BRANDISHING SOMETHING SHINY AT BUS DRIVER",
    "CTW ON BROTHER, HE TEXTED A PIC OF A PISTOL ON HIS BED",
    "HE HAS A BOX CUTTER AND WON'T PUT IT DOWN",
    "ROOMMATE CHASING RP WITH A HAMMER",
    "TRANSIENT THREATENING CUSTOMERS WITH A METAL PIPE",
    "245 JUST OCC, SUSP STILL 97",
    "MALE THREW A BRICK AT THE SECURITY GUARD",
    "SUBJ IN CREEK W/ BOW AND ARROWS",
    "FEM CUTTING HERSELF WITH A RAZOR BLADE",
    "SAYS HE IS ARMED AND WILL NOT COME OUT",
    "NO GUN SEEN, BUT HE DOES HAVE A LARGE KNIFE IN HIS BELT",
    "MALE NOT THREATENING ANYONE, JUST WAVING A SWORD AROUND",
    "RP JUST GOT PEPPER SPRAYED BY A FEM IN A GRY HOODIE",
    "HX OF CARRYING A KNIFE PER PRIOR CALLS, NOW 415V AT SHELTER",
    "PT IN LOBBY TOLD NURSE THERE IS A HANDGUN IN HIS BAG",
    "MALE AND FEM FIGHTING OVER A STICK, NOW HE IS SWINGING THE STICK AT HER",
    "OUTSIDE GUN CLUB ROAD MARKET - MALE HAS A SHOTGUN",
]

FALSE_FRIENDS = [
    "TRANS BATHING IN THE RESTROOM SINK, WON'T LEAVE BATHROOM",
    "FEM TRYING TO HITCH A RIDE, WALKING IN TURN LANE",
    "MALE PASSED OUT AFTER A SHOT OF VODKA",
    "SUBJ LOITERING BEHIND THE KNIFE SHOP",
    "HBD MALE SITTING ON CURB, GUN CLUB ROAD AT HILL",
    "LEFT HIS WALLET AT THE NAIL GUN STORE, 415V WITH CLERK",
    "PT C/O STABBING PAIN IN HER SIDE, AWAKE AND TALKING",
    "2 TRANS 415 WITH EACH OTHER, NO WEAPONS SEEN",
    "MALE YELLING AT CARS. WEAPONS: NONE",
    "NEG WEAPONS, JUST CRYING ON BENCH",
    "RP DIDN'T SEE A KNIFE OR GUN, MALE TALKING TO HIMSELF",
    "DENIES HAVING ANY WEAPON, WANTS A RIDE TO THE SHELTER",
    "ELDERLY FEM HAS A BAT IN HER ATTIC, NOT SURE WHO TO CALL",
    "DEAD BAT ON THE SIDEWALK IFO SCHOOL",
    "SMOKING OUT OF A PIPE BEHIND DUMPSTER, WANTS HIM MOVED ALONG",
    "WALKING WITH A WALKING STICK, SEEMS CONFUSED",
    "SAW 2 ARMED SECURITY AT THE BANK, ALL NORMAL PER RP",
    "STORE ALARM WAS NOT ARMED LAST NIGHT, WCB",
    "CTW RM 417, NOT ANSWERING PHONE",
    "LAYING ON THE LAWN AT 417 PALM ST, WON'T ANSWER",
    "CAME FOR FLU SHOT, NOW REFUSING TO LEAVE CLINIC",
    "KID WITH A WATER GUN SOAKING PEOPLE AT THE FOUNTAIN",
    "MAKING FINGER GUNS AT TRAFFIC AND LAUGHING",
    "GLUE GUN LEFT ON AT THE CRAFT TABLE, SMALL SMOKE",
    "HE GOT SHOT DOWN BY HIS GF, CRYING IN THE PLOT",
    "COMPLAINS OF SHOOTING PAIN DOWN HIS ARM SINCE TUES",
    "ROCK BAND PRACTICING IN GARAGE, LOUD SINCE NOON",
    "ON PEPPER BTWN MILL AND HIGH, FEM SLEEPING IN DOORWAY",
    "WATER BOTTLES AND TRASH ALL OVER, TRANS CAMP BEH FENCE",
    "WEARING A TOP GUN CAP, DANCING IN THE FOUNTAIN",
]


def weapons(remark: str) -> list[hints.Hint]:
    return [hint for hint in hints.found(remark) if hint.fact == "weapon"]


def values(remark: str) -> dict[str, Any]:
    return {each.fact: each.value for each in hints.proposals(remark, known={})}


@pytest.mark.parametrize("remark", ARMED)
def test_a_weapon_is_overheard(remark: str) -> None:
    assert weapons(remark)
    assert weapons(remark.lower())


@pytest.mark.parametrize("remark", FALSE_FRIENDS)
def test_a_false_friend_is_not(remark: str) -> None:
    assert weapons(remark) == []


def test_there_are_thirty_of_each() -> None:
    assert len(set(ARMED)) == len(set(FALSE_FRIENDS)) == 30


@pytest.mark.parametrize(
    ("remark", "heard"),
    [
        ("PT ON 5150 HOLD WALKED OFF", {"suicide_risk": "ideation", "mental_health_crisis": True}),
        ("HE TEXTED THAT HE WANTS TO DIE", {"suicide_risk": "ideation"}),
        ("SAYS SHE WILL JUMP OFF THE OVERPASS", {"suicide_risk": "threat"}),
        ("TOOK A BOTTLE OF PILLS", {}),
        ("SHE SWALLOWED 20 PILLS", {"suicide_risk": "attempt"}),
        ("NOT SUICIDAL, WANTS SOMEONE TO TALK TO", {}),
        ("MALE UI ON THE BENCH", {"intoxication": "affected"}),
        ("HBD MALE, CAN'T STAND UP", {"intoxication": "severe"}),
        ("WALKING IN AND OUT OF TRAFFIC", {"in_traffic": True}),
        ("FEM COLLAPSED, NOT BREATHING", {"person_down": True, "medical_need": "emergency"}),
        ("415V AT BUS STOP", {"violence": "verbal"}),
        ("PUNCHED THE CLERK, 415P", {"violence": "assaulting"}),
        ("WE PAID $417 FOR THE ROOM", {}),
        ("He asks for a blanket and a sandwich.", {}),
        ("", {}),
    ],
)
def test_other_facts_are_overheard(remark: str, heard: dict[str, Any]) -> None:
    assert values(remark) == heard


def test_a_hint_tells_its_words_and_where_they_stand() -> None:
    remark = "TRANS MALE IFO MARKET W/KNIFE, YELLING"
    [hint] = weapons(remark)
    assert (hint.fact, hint.value, hint.words, remark[hint.start : hint.end]) == ("weapon", "seen", "KNIFE", "KNIFE")


def test_the_gravest_is_proposed_with_its_words_shown() -> None:
    [first, *_] = hints.proposals("Has a knife in his bag, people say. He stabbed a man.", known={})
    assert (first.fact, first.value) == ("weapon", "used")
    [excerpt] = first.excerpts
    assert (excerpt.words, excerpt.after) == ("stabbed", " a man.")
    assert excerpt.before.startswith("…")


def test_no_hint_makes_a_call_safer() -> None:
    for lexicon in hints.lexicons():
        for entry in lexicon.entries:
            fact = facts.FACTS[entry.fact]
            assert entry.value != facts.UNKNOWN
            assert entry.value is not False
            assert fact.kind != "graded" or entry.value != fact.values[0]


def test_what_is_known_is_not_proposed_again_unless_it_says_less() -> None:
    remark = "HE HAS A KNIFE"
    assert hints.proposals(remark, known={"weapon": "seen"}) == []
    assert hints.proposals(remark, known={"weapon": "used"}) == []
    for known in ("none", "history", "unknown"):
        assert [each.value for each in hints.proposals(remark, known={"weapon": known})] == ["seen"]


def test_what_was_dismissed_stays_so_but_the_same_word_heard_again_is_asked() -> None:
    [proposal] = hints.proposals("He sells a knife.", known={})
    dismissed = proposal.mark.split("|")
    assert hints.proposals("He sells a knife. He is calm.", known={}, dismissed=dismissed) == []
    [again] = hints.proposals("He sells a knife. Now he shows the knife.", known={}, dismissed=dismissed)
    assert (again.fact, again.mark) == ("weapon", "weapon knife 2")


def test_words_do_not_reach_across_a_comma() -> None:
    assert values("POINTED TO THE DOOR, GUN SAFE DELIVERY") == {}
    assert values("NO SHIRT, KNIFE IN HAND")["weapon"] == "seen"
    assert values("NO GUN BUT A KNIFE")["weapon"] == "seen"
    assert values("NO GUN, KNIFE IN HAND")["weapon"] == "seen"


# What a call-taker does with it


OPEN = {
    name: str(value).lower() for name, value in CALM.items() if name not in ("weapon", "call_type", "location_class")
}
FORM = {
    "call_type": "welfare_check",
    "location.class": "outdoors",
    "location.address": SQUARE["address"],
    "location.latitude": str(SQUARE["latitude"]),
    "location.longitude": str(SQUARE["longitude"]),
    "caller.relation": "bystander",
    **{f"facts.{name}": value for name, value in OPEN.items() if name != "caller_relation"},
}


@pytest.fixture
def tess_browser(signed_in: Callable[[User], Client], tess: User, program: object) -> Client:
    return signed_in(tess)


def weigh(browser: Client, told: dict[str, str]) -> Any:
    return browser.post("/calls/weigh/", told, headers={"HX-Request": "true"})


@pytest.mark.django_db
def test_no_armed_remark_leads_to_a_community_team_once_its_hint_is_confirmed(tess_browser: Client) -> None:
    """All else is calm: it is the confirmed hint alone that keeps a team away."""
    for remark in ARMED:
        told = {**FORM, "narrative": remark}
        [heard] = [hint for hint in weigh(tess_browser, told).context["heard"] if hint.fact == "weapon"]
        answer = tess_browser.post("/calls/new/", {**told, heard.control: heard.value})
        call = Call.objects.get(incident_link__incident__number=answer.url.strip("/").rpartition("/")[2])
        assert call.narrative == remark
        assert call.facts["weapon"] == heard.value
        expected = "co_response" if heard.value == "history" else "police"
        assert call.assessments.get().outcome == expected, remark


@pytest.mark.django_db
def test_an_armed_remark_that_nobody_confirms_decides_nothing(tess_browser: Client) -> None:
    answer = weigh(tess_browser, {**FORM, "narrative": ARMED[0]})
    assert answer.context["decision"]["outcome"] == "undetermined"
    page = answer.content.decode()
    assert "W/<mark>KNIFE</mark>, YELLING" in page
    assert 'name="facts.weapon"\n              value="seen"' in page
    tess_browser.post("/calls/new/", {**FORM, "narrative": ARMED[0]})
    assert "weapon" not in Call.objects.get().facts


@pytest.mark.django_db
def test_dismissing_is_remembered_by_the_page_alone(tess_browser: Client) -> None:
    told = {**FORM, "narrative": "He sells a knife."}
    [heard] = weigh(tess_browser, told).context["heard"]
    told["dismissed"] = heard.dismissed
    assert weigh(tess_browser, told).context["heard"] == []
    assert 'value="weapon knife 1"' in tess_browser.post("/calls/weigh/", told).content.decode()
    tess_browser.post("/calls/new/", told)
    call = Call.objects.get()
    assert "weapon" not in call.facts
    assert "knife 1" not in str(vars(call))


@pytest.mark.django_db
def test_a_narrative_by_api_makes_no_fact_and_is_shown_with_its_hints(
    tess_browser: Client, api: Callable[..., APIClient], signed_in: Callable[[User], Client], dan: User
) -> None:
    body = {"call_type": "welfare_check", "narrative": "Man with a <b>knife", "location": SQUARE}
    posted = api().post("/api/v1/calls/", body, format="json").json()
    assert posted["facts"] == {"call_type": "welfare_check"}
    number = posted["incident"]["number"]
    page = tess_browser.get(f"/incidents/{number}/").content.decode()
    assert "Man with a &lt;b&gt;<mark>knife</mark>" in page
    answer = {"fact": "weapon", "value": "seen"}
    tess_browser.post(f"/calls/{posted['id']}/answer/", answer)
    call = Call.objects.get()
    assert call.facts == {"call_type": "welfare_check", "weapon": "seen"}
    assert Incident.objects.get().outcome == "police"
    assert "<mark>" not in tess_browser.get(f"/incidents/{number}/").content.decode()
