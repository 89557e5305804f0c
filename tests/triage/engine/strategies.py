"""Random policies, small enough to be checked answer by answer, and random calls for them."""

from typing import Any

from hypothesis import strategies as st

from tests.triage.engine import brute

FACTS = ["call_type", "weapon", "suicide_risk", "medical_need", "person_down", "yelling", "location_class", "age"]
CLOCKS = ["00:00", "05:30", "08:00", "12:00", "21:59", "23:59"]
WINDOWS = ["08:00-22:00", "22:00-06:00", "00:00-24:00", "12:00-12:01"]
AREAS = ["lents", "downtown"]


@st.composite
def tests(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from([*FACTS, *FACTS, "area", "weekday", "local_time", "holiday", "in_hours"]))
    if fact in ("holiday", "in_hours"):
        return {fact: draw(st.booleans())}
    if fact == "area":
        return {fact: draw(st.sampled_from([*AREAS, "outside", AREAS]))}
    if fact == "weekday":
        return {fact: draw(st.lists(st.sampled_from(brute.DAYS), min_size=1, max_size=3))}
    if fact == "local_time":
        return {fact: draw(st.sampled_from(WINDOWS))}
    if fact == "age":
        return {fact: draw(st.sampled_from([{"at_least": 65}, {"at_most": 17}, {"at_least": 18, "at_most": 64}, 40]))}
    some = brute.values(fact)[:4]
    if fact in brute.GRADES and draw(st.booleans()):
        return {fact: {draw(st.sampled_from(["at_least", "at_most"])): draw(st.sampled_from(brute.values(fact)))}}
    one = st.sampled_from(some)
    return {fact: draw(one | st.lists(one, min_size=1, max_size=3))}


def wider(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    parts = st.lists(inner, min_size=1, max_size=2)
    return (
        st.builds(lambda part: {"not": part}, inner)
        | st.builds(lambda parts: {"any": parts}, parts)
        | st.builds(lambda one, two: {**one, **two}, inner, inner)
        | st.builds(lambda parts: {"all": parts}, parts)
    )


CONDITIONS = st.recursive(tests(), wider, max_leaves=3)
EXCLUDED = ["police", "fire", "ems", "crisis_line", "co_response", "information"]


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    effect: dict[str, Any] = draw(
        st.sampled_from(EXCLUDED).map(lambda outcome: {"exclude": outcome})
        | st.sampled_from(["community", "community", "co_response", "crisis_line"]).map(lambda go: {"permit": go})
        | st.just({"note": "Bring water."})
    )
    agencies = ["fire", "ems", "crisis_line", *(["police"] if "exclude" in effect else [])]
    more = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "also": st.lists(st.sampled_from(agencies), min_size=1, max_size=2),
                "priority": st.integers(1, 5),
                "unknown": st.sampled_from(["yes", "no", *EXCLUDED]),
            },
        )
    )
    return {"text": "A rule.", "source": "made up", "when": draw(CONDITIONS), **effect, **more}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(rules(), min_size=1, max_size=6))
    more = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "hours": st.sampled_from(WINDOWS).map(lambda window: [window])
                | st.dictionaries(st.sampled_from(brute.DAYS), st.sampled_from(WINDOWS), min_size=1)
                | st.builds(
                    lambda days, holiday: {**days, "holiday": holiday},
                    st.dictionaries(st.sampled_from(brute.DAYS), st.sampled_from(WINDOWS), min_size=1),
                    st.sampled_from(["closed", "08:00-22:00", ["00:00-01:00", "12:00-24:00"]]),
                ),
                "areas": st.lists(st.sampled_from(AREAS), min_size=1, unique=True),
                "closed": st.sampled_from(["police", "crisis_line", "ems"]),
                "priority": st.integers(1, 5),
            },
        )
    )
    return {
        "slug": "random",
        "version": 1,
        "effective_from": "2020-01-01",
        "time_zone": "America/Los_Angeles",
        "holidays": "US-OR",
        "otherwise": draw(st.sampled_from(["police", "information"])),
        "rules": [{"id": f"rule_{number}", **rule} for number, rule in enumerate(chosen)],
        **more,
    }


@st.composite
def known(draw: st.DrawFn, document: dict[str, Any], *, most_open: int) -> tuple[dict[str, Any], list[str]]:
    """Some answers and a context, and the facts that stay open out of those that the document mentions."""
    mentioned = sorted(brute.facts_in(document))
    open_facts = draw(st.lists(st.sampled_from(mentioned), max_size=most_open, unique=True))
    answers = {
        fact: draw(st.sampled_from(brute.few_values(document, fact))) for fact in mentioned if fact not in open_facts
    }
    answers["weekday"] = draw(st.sampled_from(brute.DAYS))
    answers["local_time"] = draw(st.sampled_from(CLOCKS))
    answers["holiday"] = draw(st.booleans())
    if draw(st.booleans()):
        answers["area"] = draw(st.sampled_from([*AREAS, "elsewhere", "outside"]))
    return answers, open_facts
