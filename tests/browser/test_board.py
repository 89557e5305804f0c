"""The board through a night: filtered for one person, still under a hand, ageing, heard, honest, and never growing."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import PATIENCE, People
from tests.city import City
from tests.conftest import CALM, SQUARE

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def take(city: City) -> Any:
    def take(**facts: Any) -> dict[str, Any]:
        told = {"source": "tests", "call_type": "welfare_check", "location": SQUARE, "exercise": True}
        return city.ask("POST", "/api/v1/calls/", {**told, "facts": facts})["incident"]

    return take


def order(page: Page) -> list[str]:
    return page.eval_on_selector_all("#queue .incident-row", "rows => rows.map((row) => row.id)")


def row(page: Page, incident: dict[str, Any]) -> Any:
    return page.locator(f"#queue .queue__item:has(#incident-row-{incident['id']})")


def until(page: Page, holds: str) -> None:
    """The page's policy evaluates no strings, so Playwright cannot wait in it."""
    for _ in range(PATIENCE // 100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {holds}")


def wait_too_long(city: City, incident: dict[str, Any]) -> None:
    """Time cannot be moved by hand between processes; a timer can."""
    city.database.execute(
        "UPDATE due_timer SET due_at = now() WHERE subject_id = %s AND kind = 'incident.watch' AND done_at IS NULL"
        " AND cancelled_at IS NULL",
        [incident["id"]],
    )


def test_a_filter_holds_live_and_hides_nothing_that_is_urgent(people: People, take: Any) -> None:
    sue = people.window("sue")
    sue.goto("/desk/")
    sue.get_by_label("San Antonio").check()
    sue.get_by_role("button", name="Keep the filter").click()
    calm = take(**CALM)
    expect(sue.locator("#queue")).to_contain_text(str(calm["number"]))
    expect(row(sue, calm)).to_be_hidden()
    expect(sue.locator(".queue__filter strong")).to_have_text(re.compile(r"^\d+ hidden$"))
    urgent = take(**{**CALM, "weapon": "seen"})
    expect(row(sue, urgent)).to_be_visible()
    expect(row(sue, urgent)).to_contain_text("outside your filter")
    sue.get_by_role("link", name="Show all").click()
    expect(row(sue, calm)).to_be_visible()
    another = take(**CALM)
    expect(row(sue, another)).to_be_visible()


def test_nothing_moves_under_a_hand_and_what_came_says_so(people: People, take: Any) -> None:
    first = take(**CALM)
    dan = people.window("dan")
    dan.goto("/")
    row(dan, first).hover()
    before = order(dan)
    urgent = take(**{**CALM, "weapon": "seen"})
    came = dan.locator(".queue__news")
    expect(came).to_have_text("1 new: show")
    assert order(dan) == before
    expect(dan.locator("#board-news")).to_have_text("The queue: 1 new")
    came.press("Enter")
    expect(row(dan, urgent)).to_have_class(re.compile("queue__item--new"))
    expect(came).to_have_count(0)
    # By themselves, once nobody touches the list.
    dan.mouse.move(640, 5)
    third = take(**CALM)
    expect(row(dan, third)).to_be_visible()
    # A key's focus holds it as well.
    row(dan, first).locator("a").focus()
    held = order(dan)
    take(**CALM)
    expect(came).to_have_text("1 new: show")
    assert order(dan) == held


LISTENS = """
localStorage.setItem("rightcall.sound", "on");
window.sounds = [];
window.notices = [];
document.addEventListener("sounded", (event) => sounds.push(event.detail));
window.Notification = class {
    static permission = "granted";
    static async requestPermission() { return "granted"; }
    constructor(title, options) { notices.push(`${title}: ${options.body}`); }
};
"""


def test_promises_run_out_visibly_and_are_heard(people: People, city: City, take: Any) -> None:
    incident = take(**CALM)
    dan = people.window("dan")
    dan.add_init_script(LISTENS)
    dan.goto("/desk/")
    dan.get_by_label("A new incident stands on the board").check()
    dan.get_by_role("button", name="Keep the sounds").click()
    dan.get_by_role("button", name="Try a duress").click()
    until(dan, "sounds.includes('duress')")
    dan.get_by_role("button", name="Show notices on this computer").click()
    expect(dan.get_by_text("They show while no console is looked at here")).to_be_visible()

    dan.goto("/")
    age = row(dan, incident).locator(".incident-row__end time")
    expect(age).to_have_text(re.compile(r"^\d+ s$"))
    left = row(dan, incident).locator(".promise__left")
    expect(left).to_have_text(re.compile(r"^\d+ (s|min) left$"))
    spent = row(dan, incident).locator(".promise").evaluate("bar => bar.value")
    assert 0 <= spent < 80
    dan.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    wait_too_long(city, incident)
    expect(row(dan, incident)).to_contain_text("overdue")
    expect(row(dan, incident).locator(".promise--over")).to_be_visible()
    until(dan, "sounds.includes('overdue')")
    new = take(**{**CALM, "weapon": "seen"})
    until(dan, "sounds.includes('new')")
    notices = dan.evaluate("notices")
    assert f"Waits longer than promised: Incident {incident['number']}, priority 2" in notices
    assert f"New incident: Incident {new['number']}, priority 1" in notices
    dan.evaluate("document.querySelector('#as-of time').dateTime = new Date(Date.now() + 3 * 3_600_000).toISOString()")
    expect(age).to_have_text("3 h 00 min")


COUNTS = """
window.opened = 0;
window.EventSource = class extends EventSource { constructor(...told) { super(...told); opened += 1; } };
"""


WAKES = """() => {
    const now = Date.now;
    Date.now = () => now() + 60_000;
    document.dispatchEvent(new Event("visibilitychange"));
    return opened;
}"""


def test_after_a_cut_the_page_catches_up_at_once_and_doubles_nothing(people: People, take: Any) -> None:
    dan = people.window("dan")
    dan.add_init_script(COUNTS)
    dan.goto("/")
    until(dan, "opened === 1")
    dan.evaluate("dispatchEvent(new Event('online'))")
    until(dan, "opened === 2")
    # Asleep for a minute, as its own clock tells: asked for anew with the first look at it.
    assert dan.evaluate(WAKES) == 3
    incident = take(**CALM)
    expect(row(dan, incident)).to_have_count(1)
    assert len(order(dan)) == len(set(order(dan)))


def test_without_rightcall_the_last_board_is_kept_with_its_time_and_forgotten_at_log_out(
    people: People, take: Any
) -> None:
    incident = take(**CALM)
    tess = people.window("tess")
    tess.goto("/")
    expect(tess.locator("main[data-kept]")).to_be_attached()
    until(tess, "Boolean(navigator.serviceWorker.controller)")
    tess.context.set_offline(True)
    tess.goto(f"/incidents/{incident['number']}/")
    expect(tess.get_by_role("alert")).to_contain_text("NOT LIVE")
    expect(tess.get_by_role("alert")).to_contain_text(re.compile(r"saw it at \d\d:\d\d:\d\d P[SD]T"))
    expect(tess.locator("#queue")).to_contain_text(str(incident["number"]))
    expect(tess.locator("#units")).to_contain_text("PSR1")
    assert tess.get_by_text("Rosa").count() == 0, "names are for who is logged in"
    assert tess.locator("form, button, main a").count() == 0
    tess.context.set_offline(False)
    tess.get_by_role("link", name="Try again").click()
    expect(tess.get_by_role("heading", name="Decision")).to_be_visible()
    tess.get_by_role("button", name="Log out").click()
    expect(tess.get_by_role("heading", name="Log in")).to_be_visible()
    until(tess, "caches.has('rightcall-board').then((kept) => !kept)")
    people.forgive()  # what was cut off


def test_board_and_incident_print_with_their_moment(people: People, take: Any) -> None:
    incident = take(**CALM)
    dan = people.window("dan", scheme="dark")
    dan.goto("/")
    dan.emulate_media(media="print")
    expect(row(dan, incident)).to_be_visible()
    expect(dan.locator("#units")).to_be_visible()
    expect(dan.locator("#as-of")).to_be_visible()
    for gone in (".map__tools", ".head nav", ".find", ".divider", "#map-toggle"):
        expect(dan.locator(gone).first).to_be_hidden()
    assert (
        dan.locator(".pane--queue").evaluate("pane => getComputedStyle(pane).backgroundColor") == "rgb(255, 255, 255)"
    )
    dan.emulate_media(media="screen")
    dan.goto(f"/incidents/{incident['number']}/")
    dan.emulate_media(media="print")
    expect(dan.locator("#decision")).to_be_visible()
    expect(dan.locator("#as-of")).to_be_visible()
    expect(dan.locator("#queue")).to_be_hidden()
    assert dan.locator(".pane--focus").evaluate("pane => pane.scrollHeight - pane.clientHeight") <= 1, "nothing is cut"


SHAPES = """() => {
    const made = [1, 2, 3, 4, 5, "open"].map((each) => `<span class="priority priority--${each}">P</span>`);
    const tags = ["", "tag--ask", "tag--duress"].map((each) => `<span class="tag ${each}">T</span>`);
    const place = document.createElement("div");
    place.innerHTML = made.concat(tags).join("");
    document.querySelector("#attention").append(place);
    const shape = (each) => {
        const style = getComputedStyle(each);
        return `${each.classList[0]} ${style.borderStyle} ${style.borderTopWidth}`;
    };
    const shapes = [...place.children].map(shape);
    place.remove();
    return shapes;
}"""


def test_more_contrast_and_forced_colours_leave_every_sign_its_shape(people: People, take: Any) -> None:
    take(**CALM)
    dan = people.window("dan")
    dan.goto("/")
    expect(dan.locator("#queue .incident-row").first).to_be_visible()
    for scheme in ("light", "dark"):
        dan.emulate_media(contrast="more", color_scheme=scheme)
        chosen = {"runOnly": {"type": "tag", "values": [*WCAG, "wcag2aaa"]}, "resultTypes": ["violations"]}
        seen = Axe().run(dan, {"exclude": [["#map"]]}, chosen)
        assert seen.violations_count == 0, f"{scheme}: {seen.generate_report()}"
    dan.emulate_media(contrast="no-preference", forced_colors="active", color_scheme="light")
    shapes = dan.evaluate(SHAPES)
    assert len(set(shapes)) == len(shapes), shapes


# In the place of the stream: the page is handed what a server would send, as fast as it takes it.
STREAM = """
localStorage.setItem("map on console", "hidden"); // what it draws comes when it comes
const Whole = Map;
window.maps = [];
window.Map = class extends Whole { // what the scripts keep for as long as the page stands is made when it loads
    constructor(...told) { super(...told); if (!window.begun) maps.push(this); }
};
window.EventSource = class {
    static CLOSED = 2;
    constructor() { window.stream = this; this.on = {}; }
    addEventListener(name, does) { this.on[name] = does; }
    close() {}
};
window.change = (from, count) => {
    window.begun = true;
    for (let each = from; each < from + count; each += 1) {
        // Ten rows, of which one comes and one goes with each change; the others change places and words.
        const numbers = Array.from({ length: 10 }, (_, place) => each + ((place * 7) % 10));
        const rows = Object.fromEntries(numbers.map((number) => [`queue/${number}`, `<a class="incident-row"
            id="incident-row-${number}" href="/incidents/${number}/" data-program="demo" data-area="">
            <span><span class="priority priority--2">P2</span></span><span>Welfare check ${each}</span>
            <span class="incident-row__end">${number}</span></a>`]));
        const queue = `<section class="pane pane--queue" id="queue" data-still>
            <div class="pane__head"><h2>Queue</h2></div>
            <h3 class="pane__group">Waiting</h3><ul data-rows="${numbers.join(" ")}"></ul></section>`;
        const attention = `<div id="attention"><div class="part"><h2 class="title">What needs attention</h2>
            <p>${each}</p></div></div>`;
        stream.on.panes({ data: JSON.stringify({ queue, attention, ...rows, "as-of": `As of ${each}` }) });
    }
    return {
        nodes: document.querySelectorAll("*").length,
        rows: document.querySelectorAll("#queue .incident-row").length,
        kept: Math.max(...maps.map((each) => each.size)),
    };
};
"""


def test_ten_thousand_changes_leave_nothing_behind(people: People, city: City) -> None:
    dan = people.window("dan")
    dan.add_init_script(STREAM)
    dan.goto("/")
    until(dan, "Boolean(window.stream)")
    dan.mouse.move(640, 5)
    devtools = dan.context.new_cdp_session(dan)

    def held() -> tuple[int, int]:
        """Nodes, also such as only a script still holds, and bytes of the heap, when what is garbage is gone."""
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Memory.getDOMCounters")["nodes"], devtools.send("Runtime.getHeapUsage")["usedSize"]

    dan.wait_for_load_state("networkidle")
    dan.evaluate("change(1, 500)")
    first = dan.evaluate("change(501, 500)")
    nodes, heap = held()
    for each in range(1001, 10_001, 500):
        last = dan.evaluate("([from, count]) => change(from, count)", [each, 500])
    assert last["rows"] == 10
    assert last["nodes"] <= first["nodes"] + 20, (first, last)
    assert last["kept"] <= first["kept"] + 20
    nodes_after, heap_after = held()
    assert nodes_after <= nodes * 1.2, (nodes, nodes_after)
    assert heap_after <= heap + 900_000, "a hundred bytes for each of nine thousand changes would be too many"
