// What a person's own console adds to the shared board: their filter, how old everything is and how long each promise
// still runs, what came while the list was in use, and what is to be heard of it (static/alarm.js sounds). What moves,
// static/live.js moves.
"use strict";

(() => {
  const NEW = 12_000; // ms for which a row says that it is new
  const SAYS = 4_000; // ms between two announcements, at least: a screen reader must come to an end

  const main = document.querySelector("main[data-live]");
  if (!main) return;
  const news = document.getElementById("board-news");
  const queue = () => document.getElementById("queue");

  // The filter. templatetags/rows.py does the same to the page as it is first shown.

  const list = (name) => (main.dataset[name] ?? "").split("|").filter(Boolean);
  const [programs, areas] = [list("programs"), list("areas")];

  function isOutside({ program, area }) {
    const misses = (chosen, value) => chosen.length && value && !chosen.includes(value);
    return misses(programs, program) || misses(areas, area);
  }

  function filter() {
    if (!main.dataset.filter || !queue()) return;
    let hidden = 0;
    for (const row of queue().querySelectorAll(".incident-row")) {
      const item = row.parentElement;
      const outside = row.id !== main.dataset.focus && isOutside(row.dataset);
      item.hidden = Boolean(outside && !("forEverybody" in row.dataset));
      if (item.hidden) hidden += 1;
      else if (outside && !item.querySelector("[data-own]")) item.append(own("span", "queue__outside tag", gettext("outside your filter")));
    }
    const line = own("p", "queue__filter", "");
    const says = own("span", "", interpolate(gettext("Only %(filter)s:"), { filter: main.dataset.filter }, true) + " ");
    const count = own("strong", "", interpolate(ngettext("%(number)s hidden", "%(number)s hidden", hidden), { number: hidden }, true));
    const all = own("a", "", gettext("Show all"));
    all.href = "?all";
    says.append(count);
    line.append(says, " ", all);
    queue().querySelector(".queue__filter")?.remove();
    queue().querySelector(".pane__head").after(line);
  }

  function own(kind, name, text) {
    const made = document.createElement(kind);
    made.className = name;
    made.dataset.own = "";
    made.textContent = text;
    return made;
  }

  // What came. A board is read as a list of its rows, each with its group, as it will stand.

  function read(pane) {
    const found = new Map();
    for (const row of pane.querySelectorAll(".incident-row")) {
      const group = row.closest("ul").previousElementSibling?.className ?? "";
      const { overdue, asked, going, program, area } = row.dataset;
      const is = (told) => told !== undefined;
      found.set(row.id, {
        group,
        number: row.querySelector(".incident-row__end").textContent.replace(/\D/g, ""),
        priority: row.querySelector(".priority").textContent.replace(/\D/g, ""),
        overdue: is(overdue),
        asked: is(asked),
        going: is(going),
        says: wordsOf(row),
        heard: !isOutside({ program, area }) || "forEverybody" in row.dataset,
      });
    }
    return found;
  }

  // What a row says, but for its ages, which grow by themselves.
  function wordsOf(row) {
    const copy = row.cloneNode(true);
    for (const age of copy.querySelectorAll("time, .promise__left")) age.remove();
    return copy.textContent.replace(/\s+/g, " ");
  }

  function differences(before, after) {
    const fresh = [...after.keys()].filter((id) => !before.has(id));
    const gone = [...before.keys()].filter((id) => !after.has(id)).length;
    const stayed = [...after.keys()].filter((id) => before.has(id));
    const was = new Map([...before.keys()].map((id, place) => [id, place]));
    // As few rows as must have moved for the others to stand in the order they had.
    const ends = [];
    for (const id of stayed) {
      const place = was.get(id);
      const at = ends.findIndex((end) => end > place);
      ends[at < 0 ? ends.length : at] = place;
    }
    const regrouped = stayed.filter((id) => before.get(id).group !== after.get(id).group).length;
    const changed = stayed.filter((id) => before.get(id).says !== after.get(id).says).length;
    return { fresh, gone, moved: Math.max(stayed.length - ends.length, regrouped), changed };
  }

  function said({ fresh, gone, moved, changed }) {
    const told = [
      [fresh.length, (count) => ngettext("%(count)s new", "%(count)s new", count)],
      [moved, (count) => ngettext("%(count)s moved", "%(count)s moved", count)],
      [gone, (count) => ngettext("%(count)s gone", "%(count)s gone", count)],
      [fresh.length + moved + gone ? 0 : changed, (count) => ngettext("%(count)s changed", "%(count)s changed", count)],
    ];
    const some = told.filter(([count]) => count);
    return some.map(([count, words]) => interpolate(words(count), { count }, true)).join(", ");
  }

  const marked = new Map(); // id of a row → until when it says that it is new
  let shown = queue() ? read(queue()) : new Map(); // as it stands on the screen
  let known = shown; // as it was last told

  // To be heard at once, whatever the list on the screen waits for.
  function hear(after) {
    const events = [];
    for (const [id, row] of after) {
      const before = known.get(id);
      if (!row.heard) continue;
      if (!before) events.push({ kind: "new", ...row });
      if (row.overdue && !before?.overdue) events.push({ kind: "overdue", ...row });
      if (before?.asked && !row.asked && !row.going) events.push({ kind: "returned", ...row });
    }
    known = after;
    if (events.length) document.dispatchEvent(new CustomEvent("news", { detail: events }));
  }

  const bar = own("button", "queue__news", "");
  bar.type = "button";
  bar.addEventListener("click", () => queue().dispatchEvent(new CustomEvent("release", { bubbles: true })));

  document.addEventListener("told", ({ detail: pane }) => {
    const after = read(pane);
    hear(after);
    if (!queue()) return;
    queueMicrotask(() => {
      const words = queue().hasAttribute("data-waits") ? said(differences(shown, after)) : "";
      bar.textContent = interpolate(gettext("%(words)s: show"), { words }, true);
      if (!words) return bar.remove();
      if (!bar.isConnected) queue().querySelector(".pane__head").append(bar);
      say(words);
    });
  });

  document.addEventListener("moved", ({ target }) => {
    if (target !== queue()) return;
    bar.remove();
    filter();
    const after = read(target);
    const { fresh, ...rest } = differences(shown, after);
    shown = after;
    for (const id of marked.keys()) if (!after.has(id)) marked.delete(id);
    for (const id of fresh) marked.set(id, performance.now() + NEW);
    const words = said({ fresh, ...rest });
    if (words) say(words);
    count();
  });

  function marks() {
    for (const [id, until] of marked) {
      const item = document.getElementById(id)?.parentElement;
      const over = performance.now() > until;
      item?.classList.toggle("queue__item--new", !over);
      if (over || !item) marked.delete(id);
    }
  }

  let waiting = "";
  let saidAt = -SAYS;
  function say(words) {
    waiting = words;
  }

  function speak() {
    if (!waiting || performance.now() - saidAt < SAYS) return;
    news.textContent = interpolate(gettext("The queue: %(news)s"), { news: waiting }, true);
    saidAt = performance.now();
    waiting = "";
  }

  // Ages and promises. The moments are Rightcall's, and so is the clock: "As of" tells it, this machine's may be wrong.

  let ahead = -Infinity; // of performance.now(), in ms; it stops while a computer sleeps, so it only ever grows
  function now() {
    const told = Date.parse(document.querySelector("#as-of time")?.dateTime);
    if (told) ahead = Math.max(ahead, told - performance.now());
    return performance.now() + ahead;
  }

  function count() {
    const at = now();
    if (!Number.isFinite(at)) return;
    for (const age of document.querySelectorAll("time[data-age]")) tell(age, span(at - Date.parse(age.dateTime)));
    for (const bar of document.querySelectorAll(".promise[data-due]")) {
      const [since, due] = [Date.parse(bar.dataset.since), Date.parse(bar.dataset.due)];
      const spent = Math.min(100, Math.max(0, Math.round((100 * (at - since)) / Math.max(1, due - since))));
      if (bar.value !== spent) bar.value = spent;
      bar.classList.toggle("promise--late", spent >= 80 && spent < 100);
      bar.classList.toggle("promise--over", spent >= 100);
      tell(bar.nextElementSibling, left(due - at));
    }
  }

  function tell(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  // As `span` in dispatch/words.py: one number, two beyond an hour.
  function span(length) {
    const seconds = Math.max(0, Math.floor(length / 1_000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")} min`;
    const days = Math.floor(seconds / 86_400);
    return interpolate(ngettext("%(days)s day", "%(days)s days", days), { days }, true);
  }

  function left(length) {
    const seconds = Math.ceil(length / 1_000);
    if (seconds <= 0) return gettext("time is over");
    if (seconds < 120) return interpolate(gettext("%(seconds)s s left"), { seconds }, true);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return interpolate(gettext("%(minutes)s min left"), { minutes }, true);
    const told = { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") };
    return interpolate(gettext("%(hours)s h %(minutes)s min left"), told, true);
  }

  setInterval(() => {
    count();
    marks();
    speak();
  }, 500);
  count();
})();
