"""Every page that a person can open, as one table: for the tests that look at it, and for `make screenshots`."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.night import CALLS, Night
from tests.browser.people import DESK, PHONE, WIDE, People, Scheme

Then = Callable[[Page, Night], None]


@dataclass(frozen=True)
class Screen:
    """A page in one of its states. `url` names its address, empty where there is none; `who` sees it, None is a
    stranger; `shows` is the heading that tells it from others; `then` does there what leads to this state."""

    name: str
    url: str
    who: str | None
    path: str | Callable[[Night], str]
    shows: str
    then: Then | None = None
    phone: bool = False
    wide: bool = False
    fault: str = ""  # that its window must tell of


def _incident(name: str) -> Callable[[Night], str]:
    return lambda night: f"/incidents/{night.number(name)}/"


def _beside(night: Night) -> str:
    return f"/incidents/{night.number('questions')}/compare/?with={night.number('waiting')}"


def _wrong_password(page: Page, night: Night) -> None:
    page.get_by_label("User name").fill("dan")
    page.get_by_label("Password").fill("not his password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _too_little(page: Page, night: Night) -> None:
    page.get_by_label("In the caller’s words").fill("He is crying.")
    page.get_by_role("button", name="Take the call").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _looking(page: Page, night: Night) -> None:
    """A street is typed, wrongly; what was meant is taken from the list, and its position comes along."""
    field = page.get_by_label("Address, crossing or landmark")
    field.press_sequentially("hawthron & 39")
    expect(page.locator(".places__option").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.locator("[data-place-here]").first).to_contain_text("Served by")


def _picking(page: Page, night: Night) -> None:
    page.get_by_role("button", name="Pick on the map").first.click()
    expect(page.locator("[data-place-map]").first).to_have_attribute("data-fitted", "")
    page.locator("[data-place-map]").first.click(position={"x": 200, "y": 140})
    expect(page.locator("[data-place-here]").first).to_contain_text("Served by")


def _overheard(page: Page, night: Night) -> None:
    """A knife is typed, and asked about before the field is left."""
    page.get_by_label("In the caller’s words").press_sequentially("Shouting, has a knife in his belt")
    expect(page.get_by_text("Heard:").first).to_be_visible()
    page.get_by_label("In the caller’s words").press("Escape")
    # The first key brings the question into sight: nobody confirms what they have not seen. While an answer is being
    # weighed keys wait.
    _press_until(page, "y", "seen")
    _press_until(page, "u", "")


def _half_taken(page: Page, address: str) -> None:
    page.goto("/calls/new/")
    page.get_by_label("What is the call about?").select_option("welfare_check")
    page.get_by_label("Address, crossing or landmark").fill(address)
    page.get_by_label("In the caller’s words").fill("A man in a red jacket sits on the kerb.")
    expect(page.locator("form.intake")).to_have_attribute("data-kept", "")


def _given_to_dan(night: Night, address: str, *, left: str = "0") -> None:
    night.city.database.execute(
        "UPDATE calls_draft SET owner_id = u.id, owner_name = u.name, page = '', touched_at = now() - %s::interval"
        " FROM accounts_user u WHERE username = 'dan' AND values->>'location.address' = %s",
        [left, address],
    )


def _side_by_side(page: Page, night: Night) -> None:
    """Two calls of one person, and a colleague's, which was left."""
    if page.locator("#drafts .drafts__tab", has_text="SE Foster").count() == 0:
        for address in ("SE Foster and 92nd", "Lents Park", "NE Sandy and 33rd"):
            _half_taken(page, address)
        _given_to_dan(night, "Lents Park", left="4 minutes")
        page.reload()
    page.locator("#drafts-others summary").click()
    expect(page.locator("#drafts-others")).to_contain_text("left")


def _taken_over(page: Page, night: Night) -> None:
    """By Dan, while words were on their way that he does not have."""
    _half_taken(page, "SW Barbur and Terwilliger")
    _given_to_dan(night, "SW Barbur and Terwilliger")
    page.get_by_label("In the caller’s words").press_sequentially(" Her")
    expect(page.locator("#drafts [data-locked]")).to_contain_text("Dan")


def _typed_elsewhere(page: Page, night: Night) -> None:
    page.locator("#drafts-others summary").click()
    page.locator("#drafts-others li", has_text="SW Barbur").get_by_role("link").first.click()
    page.get_by_role("button", name="Take it over").click()
    expect(page.locator("#aside")).to_contain_text("Typed elsewhere")


def _the_same(page: Page, night: Night) -> None:
    """A second caller about the one who waits, three minutes later."""
    place = CALLS["waiting"]["location"]
    page.get_by_label("What is the call about?").select_option("welfare_check")
    page.get_by_label("Latitude", exact=True).fill(str(place["latitude"]))
    page.get_by_label("Longitude", exact=True).fill(str(place["longitude"]))
    page.get_by_label("Address, crossing or landmark").fill("Across from there")
    page.get_by_label("In the caller’s words").press("Escape")
    expect(page.get_by_text("The same as").first).to_be_visible()
    page.get_by_text("The same as").first.scroll_into_view_if_needed()


def _looked_up(page: Page, night: Night) -> None:
    """By its key, for a place where somebody was before."""
    place = CALLS["waiting"]["location"]
    page.get_by_label("Latitude", exact=True).fill(str(place["latitude"]))
    page.get_by_label("Longitude", exact=True).fill(str(place["longitude"]))
    page.get_by_label("Latitude", exact=True).press("Escape")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="History of the place")).to_be_visible()
    page.get_by_role("heading", name="History of the place").scroll_into_view_if_needed()


def _press_until(page: Page, key: str, weapon: str) -> None:
    answer = page.get_by_label("Weapon", exact=True)
    for _ in range(20):
        if answer.input_value() == weapon:
            break
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    expect(answer).to_have_value(weapon)


def _filter(page: Page, night: Night) -> None:
    """Only San Antonio, where nothing happens: what is urgent in Portland shows all the same."""
    page.goto("/desk/")
    page.get_by_label("San Antonio").check()
    page.get_by_role("button", name="Keep the filter").click()
    expect(page.get_by_text("hidden").and_(page.locator("strong"))).to_be_visible()


def _too_quiet(page: Page, night: Night) -> None:
    page.get_by_label("Volume").fill("5")
    page.get_by_role("button", name="Keep the sounds").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()


def _unfold(page: Page, night: Night) -> None:
    page.get_by_text("types", exact=False).and_(page.locator("summary")).first.click()


def _reached(page: Page, night: Night) -> None:
    if page.get_by_text("Never tested").count() == 0:
        page.get_by_label("A further way").select_option("mail")
        page.get_by_label("Number or address").fill("rosa@example.org")
        page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Never tested")).to_be_visible()


def _secret_shown(page: Page, night: Night) -> None:
    page.get_by_role("button", name="Show the secret").click()
    expect(page.get_by_text("whsec_")).to_be_visible()


def _nobody_linked(page: Page, night: Night) -> None:
    page.get_by_text("Link another agency").click()
    page.get_by_label("Agency", exact=True).fill("County Sheriff")
    page.get_by_label("It is").select_option("police")
    page.get_by_role("button", name="Link it").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _no_incident(page: Page, night: Night) -> None:
    """The table of incidents refuses its next row: the call is stored all the same."""
    database = night.city.database
    database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused by a test'; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON dispatch_incident FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        page.get_by_label("What is the call about?").select_option("welfare_check")
        page.get_by_label("Address, crossing or landmark").fill("Lents Park, by the swings")
        page.get_by_role("button", name="Take the call").click()
        expect(page.get_by_role("heading", name="The call is stored")).to_be_visible()
    finally:
        database.execute("DROP FUNCTION refuse CASCADE")


def _run_preview(page: Page, night: Night) -> None:
    """Asked for once; a worker takes it up at its next beat."""
    ask = page.get_by_role("button", name="Run the preview")
    if ask.count():
        ask.click()
    again = page.get_by_role("link", name="Look again")
    for _ in range(100):
        if not again.count():
            break
        page.wait_for_timeout(300)
        page.reload()


def _previewed(night: Night) -> str:
    [(call,)] = night.city.database.execute(
        "SELECT call_id FROM dispatch_incidentcall JOIN dispatch_incident i ON i.id = incident_id WHERE number = %s",
        [night.number("on scene")],
    )
    return f"/policies/demo/draft/preview/{call}/"


def _draft(path: str = "edit/") -> Callable[[Night], str]:
    return lambda night: f"/policies/demo/{night.draft}/{path}"


def _nothing_said(page: Page, night: Night) -> None:
    page.get_by_role("button", name="Save", exact=False).last.click()
    expect(page.get_by_role("alert")).to_be_visible()


def _begun_empty(page: Page, night: Night) -> None:
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _a_group(page: Page, night: Night) -> None:
    page.get_by_role("button", name="Put into a group").last.click()
    expect(page.get_by_label("It holds when")).to_have_count(2)


def _overtaken(page: Page, night: Night) -> None:
    """As if a colleague had stored another name since the form was opened."""
    page.get_by_text("Add words, correct the place").click()
    form = page.locator("form.amend")
    form.locator("[name=shown]").evaluate("input => { input.value = '{}' }")
    form.get_by_label("Caller’s name").fill("Robyn")
    form.get_by_role("button", name="Store").press("Enter")
    expect(page.get_by_label("Yours: Robyn")).to_be_visible()
    page.get_by_label("Yours: Robyn").evaluate("input => input.closest('.clash').scrollIntoView()")


def _watched(night: Night) -> str:
    """Dan has an incident before him, and calls half taken are left behind."""
    night.sit("dan", "incident", "waiting")
    return f"/positions/{night.person('dan')}/"


def _watch(page: Page, night: Night) -> None:
    watch = page.get_by_role("button", name="Watch", exact=False).filter(has_text="Watch Dan")
    if watch.count():
        watch.click()
    expect(page.get_by_text("and Dan sees that you do")).to_be_visible()
    expect(page.locator("#before-them .incident-head")).to_be_visible()


def _left(night: Night) -> str:
    night.sit("dan", "incident", "waiting")
    night.leave_call("SE Powell and 82nd")
    return "/positions/"


def _written_to(page: Page, night: Night) -> None:
    """By Sue; and Tess has asked for help."""
    night.write("sue", "dan", "When 1042 is done, take your break: I see to your board.")
    page.reload()
    expect(page.locator("#notes")).to_contain_text("take your break")


def _help_wanted(page: Page, night: Night) -> None:
    night.write("tess", "", "He says that he will jump")
    page.reload()
    expect(page.locator("#notes")).to_contain_text("asks for help")


def _help_asked(page: Page, night: Night) -> None:
    page.keyboard.press("Alt+Shift+H")
    if not page.locator("#notes").is_visible():
        page.get_by_label("What for?").fill("He says that he will jump")
        page.get_by_role("button", name="Ask all supervisors").click()
    expect(page.locator("#notes")).to_contain_text("You asked the supervisors for help")
    page.keyboard.press("Alt+Shift+H")
    expect(page.get_by_label("What for?")).to_be_focused()


def _lock(page: Page, night: Night) -> None:
    """As if its person had gone: by what the page itself sends, in a log-in of its own."""
    page.get_by_label("User name").fill("dan")
    page.get_by_label("Password").fill((night.city.stack.data_dir / "demo_password").read_text().strip())
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()
    page.goto(f"/incidents/{night.number('waiting')}/")
    page.get_by_text("Add words, correct the place").first.click()
    page.evaluate(
        """async () => {
            const body = new FormData(document.querySelector('#lock form'));
            body.set('lock', '1');
            await fetch('/accounts/attend/', { method: 'POST', body });
        }"""
    )
    expect(page.get_by_role("heading", name="Locked", exact=True)).to_be_visible(timeout=25_000)


def _locked_page(page: Page, night: Night) -> None:
    _lock(page, night)
    page.goto("/")


def _cut_off(page: Page, night: Night) -> None:
    """The live process is gone, as far as this window can tell."""
    page.route("**/live/**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("NOT LIVE")).to_be_visible()


def _turnable(night: Night) -> str:
    night.want_one_team()
    return f"/incidents/{night.number('urgent')}/"


def _unfold_taking(page: Page, night: Night) -> None:
    page.get_by_text(f"Take from incident {night.number('may wait')}…").click()
    page.get_by_role("heading", name="Could be turned to this one").scroll_into_view_if_needed()


def _diverted(night: Night) -> str:
    night.divert()
    return "/field/"


def _missed(night: Night) -> str:
    night.miss()
    return f"/incidents/{night.number('on scene')}/"


def _asked(night: Night) -> str:
    night.miss()
    return "/field/"


def _fold_end(page: Page, night: Night) -> None:
    page.get_by_text("We are clear…").click()


def _in_duress(night: Night) -> str:
    night.press_duress()
    return "/"


def _call_in_duress(night: Night) -> str:
    night.press_duress()
    return "/calls/new/"


def _completed(page: Page, night: Night) -> None:
    page.keyboard.press("/")
    page.keyboard.type("C PSR1 ")
    expect(page.locator("#command-options").get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def _refused_command(page: Page, night: Night) -> None:
    page.keyboard.press("/")
    page.keyboard.type("C PSR1 settled")
    page.keyboard.press("Enter")
    expect(page.get_by_text("could be settled_by_contact")).to_be_visible()


def _found(page: Page, night: Night) -> None:
    page.keyboard.press("/")
    page.keyboard.type("F robin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Found")).to_be_visible()


def _helped(page: Page, night: Night) -> None:
    page.keyboard.press("/")
    page.keyboard.type("?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Commands and keys")).to_be_visible()


def _reserved(page: Page, night: Night) -> None:
    """A block is there, of the first program."""
    if page.get_by_role("link", name="Print").count() == 0:
        page.get_by_label("Program", exact=True).select_option(index=1)
        page.get_by_label("How many forms").fill("3")
        page.get_by_role("button", name="Reserve them").click()
        expect(page.get_by_role("link", name="Print").first).to_be_visible()


def _missing(page: Page, night: Night) -> None:
    """A downtime was declared, and its forms are not accounted for."""
    _reserved(page, night)
    if page.get_by_text("not accounted for").count() == 0:
        night.city.database.execute(
            "UPDATE dispatch_paperform SET seen_at = seen_at - interval '2 hours'; INSERT INTO dispatch_downtime"
            " (id, began_at, ended_at, words, at, by_name) VALUES (gen_random_uuid(), now() - interval '50 minutes',"
            " now() - interval '10 minutes', 'Power cut', now(), 'Sue')"
        )
        page.reload()
    expect(page.get_by_text("not accounted for").first).to_be_visible()


def _printed(page: Page, night: Night) -> None:
    _reserved(page, night)
    page.get_by_role("link", name="Print").first.click()
    page.emulate_media(media="print")


def _no_reason(page: Page, night: Night) -> None:
    page.get_by_label("Numbers").fill("1-2")
    page.get_by_role("button", name="Make them void").click()
    expect(page.get_by_role("alert").filter(visible=True).first).to_be_visible()


def _on_paper(page: Page, night: Night) -> None:
    """A paper is entered, and an hour was misread."""
    page.goto("/downtime/")
    _missing(page, night)
    page.locator(".downtime__missing a").first.click()
    page.get_by_label("Call received").fill("25:10")
    page.get_by_label("Unit").first.select_option(index=1)
    page.get_by_role("button", name="Enter the paper").click()
    expect(page.get_by_role("alert").filter(visible=True).first).to_be_visible()


SCREENS = [
    Screen("log-in", "accounts:log-in", None, "/accounts/log-in/", "Log in"),
    Screen("log-in-refused", "accounts:log-in", None, "/accounts/log-in/", "Log in", _wrong_password),
    Screen("incident-locked", "dispatch:incident", None, "/accounts/log-in/", "Locked", _lock),
    Screen("locked", "home", None, "/accounts/log-in/", "This screen is locked", _locked_page),
    Screen("console", "home", "dan", "/", "What needs attention"),
    Screen("console-wide", "home", "dan", "/", "What needs attention", wide=True),
    Screen("queue-alone", "dispatch:pane", "dan", "/console/queue/", "Queue"),
    Screen("units-alone", "dispatch:pane", "dan", "/console/units/", "Units"),
    Screen("map-alone", "dispatch:pane", "dan", "/console/map/", "Map"),
    Screen("attention-alone", "dispatch:pane", "dan", "/console/attention/", "What needs attention"),
    Screen("console-completing", "home", "dan", "/", "What needs attention", _completed),
    Screen("console-refused", "home", "dan", "/", "What needs attention", _refused_command),
    Screen("console-found", "home", "dan", "/", "What needs attention", _found),
    Screen("console-help", "home", "dan", "/", "What needs attention", _helped),
    Screen("commands", "dispatch:commands", "sue", "/commands/", "Commands and keys"),
    Screen("console-filtered", "home", "sue", "/", "What needs attention", _filter),
    Screen("desk", "dispatch:desk", "dan", "/desk/", "What sounds"),
    Screen("desk-refused", "dispatch:desk", "dan", "/desk/", "What sounds", _too_quiet),
    Screen("call-new", "dispatch:call-new", "tess", "/calls/new/", "New call"),
    Screen("call-new-heard", "dispatch:call-new", "tess", "/calls/new/", "New call", _overheard),
    Screen("call-new-places", "dispatch:call-new", "tess", "/calls/new/", "New call", _looking),
    Screen("call-new-map", "dispatch:call-new", "tess", "/calls/new/", "New call", _picking),
    Screen("call-new-refused", "dispatch:call-new", "tess", "/calls/new/", "New call", _too_little),
    Screen("call-new-same", "dispatch:call-new", "tess", "/calls/new/", "New call", _the_same),
    Screen("call-new-history", "dispatch:call-new", "tess", "/calls/new/", "New call", _looked_up),
    Screen("call-new-several", "dispatch:call-new", "tess", "/calls/new/", "New call", _side_by_side),
    Screen("call-new-taken-over", "dispatch:call-new", "tess", "/calls/new/", "New call", _taken_over),
    Screen("call-new-typed-elsewhere", "dispatch:call-new", "sue", "/calls/new/", "New call", _typed_elsewhere),
    Screen("downtime", "dispatch:downtime", "sue", "/downtime/", "Enter a paper", _missing),
    Screen("downtime-refused", "dispatch:downtime", "sue", "/downtime/", "Enter a paper", _no_reason),
    Screen("downtime-call-taker", "dispatch:downtime", "tess", "/downtime/", "Enter a paper"),
    Screen("paper-forms", "dispatch:paper-forms", "sue", "/downtime/", "Call on paper", _printed),
    Screen("call-new-paper", "dispatch:call-new", "sue", "/downtime/", "New call", _on_paper),
    Screen("incident-questions", "dispatch:incident", "tess", _incident("questions"), "Ask the caller"),
    Screen("incident-overtaken", "dispatch:incident", "tess", _incident("questions"), "Changed by two", _overtaken),
    Screen("incident-waiting", "dispatch:incident", "dan", _incident("waiting"), "Who can go, the best first"),
    Screen("incident-wide", "dispatch:incident", "dan", _incident("waiting"), "Who can go, the best first", wide=True),
    Screen("incident-searching", "dispatch:incident", "dan", _incident("searching"), "Search for a team"),
    Screen("incident-asked", "dispatch:incident", "dan", _incident("asked"), "Teams"),
    Screen("incident-held", "dispatch:incident", "dan", _incident("held"), "Teams"),
    Screen("incident-on-scene", "dispatch:incident", "dan", _incident("on scene"), "Teams"),
    Screen("incident-police", "dispatch:incident", "dan", _incident("police"), "Hand-offs"),
    Screen(
        "handoff-packet",
        "dispatch:handoff-packet",
        "dan",
        lambda night: f"/handoffs/{night.handoff('police')}/packet/",
        "For police",
    ),
    Screen("incident-closed", "dispatch:incident", "sue", _incident("closed"), "End"),
    Screen("incident-overridden", "dispatch:incident", "sue", _incident("overridden"), "Decision"),
    Screen("incident-turned", "dispatch:incident", "dan", _incident("turned"), "The decision changed under way"),
    Screen("incident-merged", "dispatch:incident", "dan", _incident("again"), "End"),
    Screen(
        "incident-history",
        "dispatch:incident-history",
        "dan",
        lambda night: f"/incidents/{night.number('waiting')}/history/",
        "what was before",
    ),
    Screen("positions", "dispatch:positions", "sue", _left, "Positions"),
    Screen("position-watched", "dispatch:position", "sue", _watched, "Dan", _watch),
    Screen("messages", "dispatch:messages", "dan", "/messages/", "Messages", _written_to),
    Screen("console-message", "home", "dan", "/", "What needs attention", _written_to),
    Screen("call-new-help", "dispatch:call-new", "tess", "/calls/new/", "New call", _help_asked),
    Screen("console-help-wanted", "home", "sue", "/", "What needs attention", _help_wanted),
    Screen("reads", "dispatch:reads", "sue", "/reads/", "Who read what"),
    Screen("compare", "dispatch:compare", "dan", _beside, "the same?"),
    Screen("me", "dispatch:me", "rosa", "/me/", "How you are reached", _reached, phone=True),
    Screen("notices", "dispatch:notices", "sue", "/notices/", "What reached nobody"),
    Screen("safety-declines", "dispatch:safety-declines", "sue", "/safety-declines/", "Declined for safety"),
    Screen("overrides", "dispatch:overrides", "sue", "/overrides/", "Not reviewed yet"),
    Screen("field-turned", "field:page", "abe", "/field/", "Changed: police take this", phone=True),
    Screen("field-offer", "field:page", "rosa", "/field/", "Will you go? Mental-health crisis", phone=True),
    Screen("field-engaged", "field:page", "omar", "/field/", "What was said", phone=True),
    Screen("field-idle", "field:page", "ivo", "/field/", "Nothing to do", phone=True),
    Screen("field-off-shift", "field:page", "olga", "/field/", "You are not on a shift now", phone=True),
    Screen("policies", "triage:policies", "ana", "/policies/", "Policies"),
    Screen("policy-new", "triage:policy-new", "sue", "/policy-new/", "New policy"),
    Screen("policy-new-refused", "triage:policy-new", "sue", "/policy-new/", "New policy", _begun_empty),
    Screen("policy", "triage:policy", "ana", "/policies/demo/", "Demo program"),
    Screen("policy-version", "triage:version", "ana", "/policies/portland-psr/2025-10/", "Rules, in the order"),
    Screen(
        "policy-differences",
        "triage:differences",
        "ana",
        "/policies/portland-psr/2025-10/differences/2025-03/",
        "What differs",
    ),
    Screen("policy-draft", "triage:edit", "sue", _draft(), "Ready for review?"),
    Screen("policy-findings", "triage:findings", "sue", _draft("edit/findings/"), "Does every rule make sense?"),
    Screen("policy-try", "triage:try", "sue", _draft("try/"), "Try it"),
    Screen("policy-settings", "triage:settings", "sue", _draft("edit/settings/"), "Settings of version"),
    Screen("policy-rule", "triage:rule", "sue", _draft("edit/rules/crisis/"), "Rule crisis", _a_group),
    Screen("policy-rule-refused", "triage:rule-new", "sue", _draft("edit/rule-new/"), "New rule", _nothing_said),
    Screen("policy-example", "triage:example", "sue", _draft("edit/example/"), "New example", _nothing_said),
    Screen("policy-review", "triage:version", "adam", lambda night: f"/policies/demo/{night.in_review}/", "In review"),
    Screen("agencies", "dispatch:agencies", "sue", "/agencies/", "Police Bureau"),
    Screen("agencies-secret", "dispatch:agencies", "sue", "/agencies/", "Fire Bureau", _secret_shown),
    Screen("agencies-refused", "dispatch:agencies", "sue", "/agencies/", "Agencies", _nobody_linked),
    Screen("cautions", "dispatch:cautions", "sue", "/cautions/", "Past their review"),
    Screen("type-maps", "dispatch:type-maps", "sue", "/types/", "Types of call", _unfold),
    Screen("public-policies", "triage:public-policies", None, "/public/policies/", "Who answers your call"),
    Screen("public-policy", "triage:public-policy", None, "/public/policies/portland-psr/", "When and where"),
    Screen("preview", "planning:preview", "sue", "/policies/demo/draft/preview/", "of the last 90 days", _run_preview),
    Screen("preview-case", "planning:preview-case", "sue", _previewed, "Welfare check", _run_preview),
    Screen("ledger", "insights:ledger", "sue", "/insights/ledger/", "Eligible calls, and why no team came"),
    Screen("forbidden", "field:page", "dan", "/field/", "Your role does not open this page."),
    Screen("not-found", "", "dan", "/incidents/999999/", "There is nothing at this address."),
    Screen("not-live", "home", "dan", "/", "What needs attention", _cut_off, fault="/live/console/"),
    # From here on each changes the night for those that follow.
    Screen("incident-turnable", "dispatch:incident", "dan", _turnable, "Could be turned to this one", _unfold_taking),
    Screen("field-diverted", "field:page", "ivo", _diverted, "Go here instead of incident", phone=True),
    Screen("incident-missed", "dispatch:incident", "dan", _missed, "Safety of the teams"),
    Screen("console-missed", "home", "dan", "/", "What needs attention"),
    Screen("field-asked", "field:page", "omar", _asked, "Are you all right?", _fold_end, phone=True),
    Screen("call-stored", "dispatch:call-new", "tess", "/calls/new/", "The call is stored", _no_incident),
    Screen("console-duress", "home", "dan", _in_duress, "DURESS: PSR2"),
    Screen("call-new-duress", "dispatch:call-new", "dan", _call_in_duress, "DURESS: PSR2"),
    Screen("field-duress", "field:page", "omar", "/field/", "DURESS is on", phone=True),
]

# Addresses that answer a GET and are no screen of ours.
NO_SCREEN = {
    "dispatch:standing": "a part of every page at a desk",
    "dispatch:drafts": "a part of the intake's page",
    "field:worker": "a script",
    "dispatch:console-worker": "a script",
    "api:docs": "Swagger UI, as its wheel draws it",
    "dispatch:map-features": "what the map draws",
    "dispatch:map-areas": "what the map draws",
    "dispatch:map-streets": "what the map draws",
    "dispatch:places": "the list of a place's field",
    "dispatch:place-here": "the line beside a place",
    "insights:ledger-csv": "a file",
    "words": "a script",
    "healthz": "for machines",
    "readyz": "for machines",
    "metrics": "for machines",
    "planning:preview-progress": "a part of the preview's page",
}


def open_screen(screen: Screen, people: People, night: Night, scheme: Scheme = "light") -> Page:
    """A window that shows it."""
    page = people.window(screen.who, at=PHONE if screen.phone else WIDE if screen.wide else DESK, scheme=scheme)
    page.goto(screen.path if isinstance(screen.path, str) else screen.path(night))
    if screen.then:
        screen.then(page, night)
    expect(page.get_by_role("heading", name=screen.shows).first).to_be_attached()
    if page.locator("#map-canvas:visible").count():
        expect(page.locator("#map-canvas")).to_have_attribute("data-fitted", "")
    return page
