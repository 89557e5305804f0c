"""Bad policies are refused, with the place and a sentence."""

from typing import Any

import pytest

from triage.engine import PolicyError, compile_policy, facts, read_yaml, take_pack


def rule(**changes: Any) -> dict[str, Any]:
    right = {
        "id": "weapon_seen",
        "text": "A weapon is seen.",
        "source": "made up",
        "when": {"weapon": {"at_least": "seen"}},
        "exclude": "police",
    }
    return {key: value for key, value in {**right, **changes}.items() if value is not None}


def document(*rules: Any, **changes: Any) -> dict[str, Any]:
    right = {
        "slug": "small",
        "version": 1,
        "effective_from": "2025-01-01",
        "time_zone": "America/Los_Angeles",
        "otherwise": "police",
        "rules": list(rules) or [rule()],
    }
    return {key: value for key, value in {**right, **changes}.items() if value is not None}


BAD = [
    (document(slug=None), "", "The key slug is missing."),
    (document(slug="No Slug"), "slug", '"No Slug" must be lower-case'),
    (document(colour="red"), "colour", 'There is no key "colour" here'),
    (document(version=0), "version", "whole number from 1"),
    (document(version=True), "version", "not true"),
    (document(effective_from="soon"), "effective_from", "a date such as 2025-03-06"),
    (document(effective_until="2025-01-01"), "effective_until", "ends before it begins"),
    (document(time_zone="Portland"), "time_zone", "no time zone called Portland"),
    (document(time_zone="../../etc/passwd"), "time_zone", "no time zone"),
    (document(otherwise="community"), "otherwise", "must be one of crisis_line, police"),
    (document(closed="co_response"), "closed", "must be one of crisis_line, police"),
    (document(priority=6), "priority", "whole number from 1 to 5"),
    (document(hours=["8-22"]), "hours / monday", "a window of time such as 08:00-22:00"),
    (document(hours={"mon": ["08:00-22:00"]}), "hours / mon", "did you mean monday?"),
    (document(hours={"monday": ["08:00-08:00"]}), "hours / monday", "This window is empty"),
    (document(hours={}), "hours", "No day has hours"),
    (document(areas=[]), "areas", "at least one entry"),
    (document(rules=[]), "rules", "at least one entry"),
    (document("no rule"), "rules[0]", "a set of keys with values"),
    (document(rule(), rule()), "rules[1] weapon_seen / id", "a rule called weapon_seen already"),
    (document(rule(id="floor")), "rules[0] floor / id", "decisions use for something else"),
    (document(rule(id=7)), "rules[0] / id", "must be text, not 7"),
    (document(rule(text=None)), "rules[0] weapon_seen", "The key text is missing."),
    (document(rule(text=" ")), "rules[0] weapon_seen / text", "must be text"),
    (document(rule(source=None)), "rules[0] weapon_seen", "The key source is missing."),
    (document(rule(when=None)), "rules[0] weapon_seen", "The key when is missing."),
    (document(rule(when={})), "rules[0] weapon_seen / when", "names at least one fact"),
    (document(rule(when={"any": []})), "rules[0] weapon_seen / when / any", "at least one entry"),
    (document(rule(when={"all": [{}]})), "rules[0] weapon_seen / when / all[0]", "names at least one fact"),
    (document(rule(when={"wepon": "seen"})), "rules[0] weapon_seen / when / wepon", "did you mean weapon?"),
    (document(rule(when={"weapon": "gun"})), "rules[0] weapon_seen / when / weapon", 'weapon cannot be "gun"'),
    (document(rule(when={"weapon": "unknown"})), "rules[0] weapon_seen / when / weapon", "cannot test for unknown"),
    (document(rule(when={"channel": 911})), "rules[0] weapon_seen / when / channel", "channel cannot be 911"),
    (document(rule(when={"yelling": "yes"})), "rules[0] weapon_seen / when / yelling", "must be true, false"),
    (document(rule(when={"weapon": {}})), "rules[0] weapon_seen / when / weapon", "at_least, at_most or both"),
    (document(rule(when={"weapon": {"over": "seen"}})), "rules[0] weapon_seen / when / weapon / over", "no key"),
    (
        document(rule(when={"location_class": {"at_least": "shelter"}})),
        "rules[0] weapon_seen / when / location_class",
        "has no order",
    ),
    (
        document(rule(when={"not": {"age": {"at_least": 18, "at_most": 17}}})),
        "rules[0] weapon_seen / when / not / age",
        "No answer to age can meet this.",
    ),
    (document(rule(when={"age": {"at_least": 200}})), "rules[0] weapon_seen / when / age / at_least", "0 to 130"),
    (document(rule(when={"local_time": "25:00-26:00"})), "rules[0] weapon_seen / when / local_time", "window of time"),
    (document(rule(when={"weekday": "mon"})), "rules[0] weapon_seen / when / weekday", "one of monday"),
    (document(rule(exclude="community")), "rules[0] weapon_seen / exclude", "must be one of co_response"),
    (document(rule(exclude=None, permit="police")), "rules[0] weapon_seen / permit", "must be one of community"),
    (document(rule(permit="community")), "rules[0] weapon_seen", "permits or excludes, not both"),
    (document(rule(exclude=None)), "rules[0] weapon_seen", "does nothing"),
    (document(rule(unknown="community")), "rules[0] weapon_seen / unknown", "must be one of yes, no"),
    (document(rule(unknown=True)), "rules[0] weapon_seen / unknown", "not true"),
    (document(rule(also=["army"])), "rules[0] weapon_seen / also", "must be one of police, fire, ems"),
    (document(rule(exclude=None, permit="community", also="police")), "rules[0] weapon_seen / also", "co_response"),
    (document(rule(priority=0)), "rules[0] weapon_seen / priority", "whole number from 1 to 5"),
    (document(rule(mode="fast")), "rules[0] weapon_seen / mode", "must be one of solo"),
    (document(rule(skills=[3])), "rules[0] weapon_seen / skills[0]", "must be text, not 3"),
    ([], "", "a set of keys with values"),
]


@pytest.mark.parametrize(("bad", "place", "words"), BAD)
def test_a_bad_policy_is_refused_at_its_place(bad: Any, place: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy(bad)
    assert caught.value.place == place
    assert words in caught.value.sentence


def test_deep_nesting_is_refused() -> None:
    when: dict[str, Any] = {"yelling": True}
    for _ in range(2000):
        when = {"not": when}
    with pytest.raises(PolicyError, match="nested more than"):
        compile_policy(document(rule(when=when)))


def test_a_policy_that_entangles_too_much_is_refused() -> None:
    with pytest.raises(PolicyError, match="more than 20 nodes") as caught:
        compile_policy(document(), node_limit=20)
    assert caught.value.place == "rules"
    assert compile_policy(document(), node_limit=1000).node_count < 60


def test_the_digest_follows_the_words_and_not_the_order_of_keys() -> None:
    one = document()
    assert compile_policy(one).digest == compile_policy(dict(reversed(one.items()))).digest
    assert compile_policy(one).digest != compile_policy(document(rule(text="A weapon is in sight."))).digest
    assert len(compile_policy(one).digest) == 64


PACK = """
slug: small
name: Small
time_zone: America/Los_Angeles
versions:
  - version: 1
    effective_from: 2025-01-01
    {until}
    hours: [10:00-18:00]
    otherwise: police
    rules:
      - {{id: down, text: Down., source: made up, when: {{person_down: true}}, permit: community, unknown: no}}
  - version: {version}
    effective_from: {begins}
    otherwise: police
    rules:
      - {{id: down, text: Down., source: made up, when: {{person_down: yes}}, permit: community}}
"""


def test_yaml_means_what_it_says() -> None:
    content = read_yaml("{no: no, clock: 10:00, day: 2025-03-06, yes: true, count: 12, none: null}")
    assert content == {"no": "no", "clock": "10:00", "day": "2025-03-06", "yes": True, "count": 12, "none": None}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3", "line 1", "a stands here twice"),
        ("a: [1,", "line 1", "not YAML"),
        ("a: !!python/object:os.system {}", "line 1", "not YAML"),
    ],
)
def test_bad_yaml_is_refused(text: str, place: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_yaml(text)
    assert caught.value.place == place
    assert words in caught.value.sentence


@pytest.mark.parametrize(
    ("version", "until", "begins", "place", "words"),
    [
        (2, "", "2025-02-01", "versions[1] / effective_from", "begins before version 1 ends"),
        (2, "effective_until: 2025-03-01", "2025-02-01", "versions[1] / effective_from", "begins before version 1"),
        (2, "effective_until: 2025-03-01", "2024-02-01", "versions[1] / effective_from", "must begin after version 1"),
        (1, "effective_until: 2025-03-01", "2025-03-01", "versions[1] / version", "a version 1 already"),
    ],
)
def test_versions_of_a_pack_never_overlap(version: int, until: str, begins: str, place: str, words: str) -> None:
    text = PACK.format(version=version, until=until, begins=begins).replace("yes", "true")
    with pytest.raises(PolicyError) as caught:
        take_pack(read_yaml(text))
    assert caught.value.place == place
    assert words in caught.value.sentence


def test_no_two_examples_of_a_pack_share_a_name() -> None:
    content = read_yaml(PACK.format(version=2, until="effective_until: 2025-03-01", begins="2025-03-01"))
    assert isinstance(content, dict)
    for version in content["versions"]:
        version["rules"] = document()["rules"]
    example = {"name": "The same", "at": "2025-02-01", "facts": {}, "expect": {"outcome": "undetermined"}}
    assert take_pack({**content, "examples": [example, {**example, "name": "Another"}]}).examples
    with pytest.raises(PolicyError) as caught:
        take_pack({**content, "examples": [example, {**example, "at": "2025-02-02"}]})
    assert caught.value.place == "examples[1] / name"


def test_a_pack_says_in_which_version_it_is_wrong() -> None:
    text = PACK.format(version=2, until="effective_until: 2025-03-01", begins="2025-03-01")
    with pytest.raises(PolicyError) as caught:
        take_pack(read_yaml(text))
    assert caught.value.place == "versions[1] / rules[0] down / when / person_down"


def test_deciding_refuses_what_is_no_fact() -> None:
    policy = compile_policy(document())
    moment = policy.effective_from
    for wrong in ({"weapn": "none"}, {"weapon": "gun"}, {"yelling": "loud"}, {"weapon": ["seen"]}, {"weekday": "mon"}):
        with pytest.raises(facts.FactErrors) as caught:
            policy.decide(wrong, at=moment)  # type: ignore[arg-type]
        assert list(caught.value.errors) == list(wrong)
    with pytest.raises(ValueError, match="time zone"):
        policy.decide({}, at=moment.replace(tzinfo=None))
