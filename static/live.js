// Keeps a page at the state of the tables. The element with data-live names the stream; each event holds panes, by the
// id of their element. Nothing moves under a hand: a pane waits while it is pressed, pointed at or filled in.
"use strict";

(() => {
  const SILENCE = 20_000; // ms without an event; the stream speaks every ten seconds
  const DOWN = 3_000; // ms without a connection: the stream's planned ends are shorter
  const BEAT = 11_000; // ms in which a stream that is whole has spoken
  const SETTLES = 300; // ms for which a press may have been meant for what was there before
  const TWICE = 600; // ms, if it is the second of a double click
  const STILL = 800; // ms for which the pointer must have rested before rows may move under it
  const RESTS = 10_000; // ms, on a list that is picked from: a mouse left lying there must not hold it for the night

  const main = document.querySelector("[data-live]");
  if (!main) return;
  const notLive = document.getElementById("not-live");
  const since = document.getElementById("not-live-since");

  let heardAt = Date.now();
  let downSince = null;
  let source = null;
  let pressed = false;
  let pointer = { target: null, at: 0 };
  let keyAt = 0;
  const moved = new WeakMap(); // element → when it became another, and where its buttons stood before
  const waiting = new Map(); // id of an element → the element it is to become
  const applied = new Map(); // id of an element → its HTML as it was last applied
  const frames = new Map(); // id of a pane whose rows come by themselves → its HTML without them
  const rows = new Map(); // pane/row → its HTML

  function parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  }

  // Parts of a pane stand for themselves: a half-typed form holds back its own part only. Rows come by themselves, as
  // pane/row, and are put where their pane has a place for them.
  function receive(panes) {
    const made = new Set();
    for (const [name, html] of Object.entries(panes)) {
      const [id, row] = name.split("/");
      if (!row && !html.includes("data-rows=")) continue;
      (row ? rows : frames).set(name, html);
      made.add(id);
    }
    for (const id of made) {
      if (!frames.has(id)) continue;
      const pane = withRows(id);
      queue(pane);
      document.dispatchEvent(new CustomEvent("told", { detail: pane }));
    }
    for (const [id, html] of Object.entries(panes)) {
      if (id.includes("/") || frames.get(id) === html) continue;
      const content = parse(html);
      if (id === "focus") {
        for (const part of content.children) if (part.id) queue(part);
      } else if (content.firstElementChild?.id === id) {
        queue(content.firstElementChild);
      } else {
        const part = document.createElement("div");
        part.id = id;
        part.append(content);
        queue(part);
      }
    }
    apply();
  }

  function withRows(id) {
    const pane = parse(frames.get(id)).firstElementChild;
    const standing = new Set();
    for (const list of pane.querySelectorAll("[data-rows]")) {
      const names = list.dataset.rows.split(" ").filter(Boolean).map((row) => `${id}/${row}`);
      list.replaceChildren(
        ...names.map((name) => {
          standing.add(name);
          const item = document.createElement("li");
          item.className = "queue__item";
          item.append(parse(rows.get(name) ?? ""));
          return item;
        }),
      );
      list.removeAttribute("data-rows");
    }
    for (const name of rows.keys()) if (name.startsWith(`${id}/`) && !standing.has(name)) rows.delete(name);
    return pane;
  }

  function queue(part) {
    const element = document.getElementById(part.id);
    if (applied.get(part.id) === part.outerHTML || (element && plain(element) === plain(part))) {
      waiting.delete(part.id);
      for (const name of ["data-held", "data-waits"]) element?.removeAttribute(name);
    } else {
      waiting.set(part.id, part);
    }
  }

  // What an element says, without what belongs to this reader: their token, what they have opened, what they are told.
  function plain(element) {
    const copy = element.cloneNode(true);
    for (const own of copy.querySelectorAll("input[name=csrfmiddlewaretoken], [data-told], [data-own]")) own.remove();
    for (const item of copy.querySelectorAll(".queue__item")) {
      item.className = "queue__item";
      for (const name of ["hidden", "aria-current"]) item.removeAttribute(name);
    }
    for (const age of copy.querySelectorAll("[data-age]")) age.textContent = ""; // they grow by themselves
    for (const details of copy.querySelectorAll("details")) details.open = false;
    return `${element.dataset.version ?? ""} ${element.hidden} ${copy.innerHTML.replace(/\s+/g, " ").replaceAll("> <", "><")}`;
  }

  function typedIn(element) {
    if (element.querySelector(".input--wrong, .clash")) return true; // an answer to what was sent, not yet read
    return [...element.querySelectorAll("input:not([type=hidden]), select, textarea")].some(touched);
  }

  function touched(input) {
    if (input.type === "radio" || input.type === "checkbox") return input.checked !== input.defaultChecked;
    if (input instanceof HTMLSelectElement) {
      const first = Math.max(0, [...input.options].findIndex((option) => option.defaultSelected));
      return input.selectedIndex !== first;
    }
    return input.value !== input.defaultValue;
  }

  // A responder may be told to stay back: data-urgent waits for no form, and carries over what is typed.
  function inUse(element) {
    if (main.querySelector("form.htmx-request")) return "sent"; // its answer is newer than whatever comes before it
    const active = document.activeElement;
    const filledIn = typedIn(element) || (element.contains(active) && active.closest("form"));
    if (filledIn && !("urgent" in element.dataset)) return "typed";
    if ("still" in element.dataset && isPickedFrom(element)) return "picked";
    if (element.contains(pointer.target) && (pressed || Date.now() - pointer.at < STILL)) return "pointed";
    return "";
  }

  // Under a hand or a key nothing of it moves; static/board.js says what waits.
  function isPickedFrom(element) {
    const now = Date.now();
    const byHand = element.contains(pointer.target) && now - pointer.at < RESTS;
    return byHand || (element.contains(document.activeElement) && now - keyAt < RESTS);
  }

  function apply() {
    for (const [id, part] of waiting) {
      const element = document.getElementById(id);
      if (!element) {
        waiting.delete(id);
        continue;
      }
      const use = inUse(element);
      element.toggleAttribute("data-held", use === "typed");
      element.toggleAttribute("data-waits", use === "picked");
      if (!use) put(element, part);
    }
  }

  function put(element, part, sent = null) {
    waiting.delete(part.id);
    applied.set(part.id, part.outerHTML);
    for (const name of ["data-held", "data-waits"]) element.removeAttribute(name);
    swap(element, part, sent);
  }

  document.addEventListener("release", ({ target }) => {
    if (waiting.has(target.id)) put(target, waiting.get(target.id));
  });

  // The answer to a form that was sent from here. Its part moves at once; the others as they always do.
  document.addEventListener("answered", (event) => {
    const { form, parts } = event.detail;
    const own = form.closest(".part");
    for (const part of parts) {
      const element = document.getElementById(part.id);
      if (!element) continue;
      if (element.dataset.shows) element.dataset.version = part.dataset.version; // what it shows has come along
      if (element !== own) {
        queue(part);
        continue;
      }
      put(element, part, form);
    }
    apply();
  });

  // The element itself stays, and with it how far it was scrolled; and what is typed there, but for the form that was
  // sent: what is still to be seen of that has come with the answer.
  function swap(element, part, sent = null) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const unfolded = [...element.querySelectorAll("details[open]")].filter((details) => !sent || !details.contains(sent));
    const open = new Set(unfolded.map(nameOf));
    const typed = new Map();
    for (const input of element.querySelectorAll("input[id], select[id], textarea[id]")) {
      if (!sent?.contains(input)) typed.set(input.id, input);
    }
    const version = element.dataset.version;
    const stood = [...element.querySelectorAll("button")].map((each) => spot(each, element));
    moved.set(element, { at: Date.now(), stood: new Set(stood) });
    for (const name of ["class", "hidden", "data-version"]) {
      if (part.hasAttribute(name)) element.setAttribute(name, part.getAttribute(name));
      else element.removeAttribute(name);
    }
    element.replaceChildren(...part.childNodes);
    personal(element);
    for (const [id, before] of typed) {
      const input = document.getElementById(id);
      if (!input || !element.contains(input) || (input.value && !touched(before))) continue;
      [input.value, input.checked] = [before.value, before.checked];
    }
    for (const details of element.querySelectorAll("details")) if (open.has(nameOf(details))) details.open = true;
    if (focused && (focused !== element || element.hidden)) {
      (again(element, focused) ?? shown(element)).focus({ preventScroll: true });
    }
    window.htmx?.process(element);
    element.dispatchEvent(new CustomEvent("moved", { bubbles: true }));
    if (element.dataset.shows && element.dataset.version !== version) fetchOwn(element);
  }

  function nameOf(details) {
    const form = details.querySelector("form");
    return `${form?.getAttribute("action") ?? ""} ${details.querySelector("summary").textContent.split("(")[0]}`;
  }

  function again(element, focused) {
    if (focused.id) return document.getElementById(focused.id);
    const kind = focused.tagName.toLowerCase();
    return [...element.querySelectorAll(kind)].find((other) => does(other) === does(focused));
  }

  function does(each) {
    return `${each.getAttribute("href")} ${each.form?.getAttribute("action")} ${each.textContent}`;
  }

  function spot(button, element) {
    const [own, around] = [button.getBoundingClientRect(), element.getBoundingClientRect()];
    return `${Math.round(own.left - around.left)} ${Math.round(own.top - around.top)} ${does(button)}`;
  }

  // A press of a button that was meant for what lay there a moment ago does nothing. A key's press has no detail.
  addEventListener("click", (event) => {
    const pressed = event.target.closest?.("button");
    if (!pressed || event.detail === 0) return;
    let element = pressed;
    while (element && !moved.has(element)) element = element.parentElement;
    if (!element) return;
    const { at, stood } = moved.get(element);
    if (stood.has(spot(pressed, element)) || Date.now() - at >= (event.detail > 1 ? TWICE : SETTLES)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // Where to go on with the keyboard when what had the focus is gone.
  function shown(element) {
    let part = element;
    while (part.hidden && part.previousElementSibling) part = part.previousElementSibling;
    return part;
  }

  // What belongs to this reader alone is never in a shared pane.
  function personal(element) {
    if (element.dataset.me) {
      for (const each of element.querySelectorAll("[data-person]")) each.hidden = each.dataset.person === element.dataset.me;
    }
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    for (const form of element.querySelectorAll("form[method=post]")) {
      if (token && !form.elements.csrfmiddlewaretoken) form.prepend(token.cloneNode());
    }
    const row = main.dataset.focus && document.getElementById(main.dataset.focus);
    const item = row?.closest("li");
    if (item && element.contains(item)) {
      item.classList.add("queue__item--focus");
      item.setAttribute("aria-current", "true");
    }
  }

  // What is not shared is asked for anew, in this reader's name: the parts that a mark stands for.
  async function fetchOwn(mark) {
    try {
      const answer = await fetch(mark.dataset.from ?? location.pathname, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of mark.dataset.shows.split(" ")) {
        const part = page.getElementById(id);
        if (part) waiting.set(id, document.importNode(part, true));
      }
      apply();
    } catch {
      setTimeout(() => fetchOwn(mark), 5_000);
    }
  }

  // While the screen was locked it was not told all.
  document.addEventListener("unlocked", () => {
    for (const mark of document.querySelectorAll("[data-from][data-shows]")) fetchOwn(mark);
  });

  let retry = null;
  let triedAt = 0;
  function listen() {
    clearTimeout(retry);
    source?.close();
    triedAt = Date.now();
    const stream = new EventSource(main.dataset.live, { withCredentials: true });
    source = stream;
    stream.addEventListener("panes", (event) => {
      heardAt = Date.now();
      downSince = null;
      receive(JSON.parse(event.data));
      judge();
    });
    stream.addEventListener("error", () => {
      if (source !== stream) return;
      downSince ??= Date.now();
      // Refused, or Rightcall is away: the browser has given up, we have not.
      if (stream.readyState === EventSource.CLOSED) retry = setTimeout(listen, 3_000 + Math.random() * 2_000);
    });
  }

  // After sleep or a cut a connection may be half of one, which never fails and never speaks: it is made anew.
  function wake() {
    if (!document.hidden && Date.now() - heardAt > BEAT) listen();
  }

  function judge() {
    const now = Date.now();
    const dead = now - heardAt > SILENCE || (downSince !== null && now - downSince > DOWN);
    if (now - heardAt > SILENCE && now - triedAt > SILENCE) listen();
    if (notLive.hidden === !dead) return;
    // The moment of what is on the screen, as the page itself tells it: this machine's clock may be wrong.
    if (since) since.textContent = document.querySelector("#as-of [data-moment]")?.textContent.trim() ?? "";
    notLive.hidden = !dead;
    document.body.classList.toggle("is-not-live", dead);
  }

  // A countdown runs from what was left when it came: this machine's clock may be wrong.
  const ends = new WeakMap(); // element with data-left → when that is over, in the page's own time
  function count() {
    for (const element of document.querySelectorAll("[data-left]")) {
      if (!ends.has(element)) ends.set(element, performance.now() + 1_000 * element.dataset.left);
      const left = Math.ceil((ends.get(element) - performance.now()) / 1_000);
      if (left < 120) element.firstElementChild.textContent = left > 0 ? interpolate(gettext("%(seconds)s s left"), { seconds: left }, true) : gettext("time is over");
    }
  }

  addEventListener("pointerdown", () => (pressed = true), true);
  for (const name of ["pointerup", "pointercancel", "blur"]) {
    addEventListener(name, () => {
      pressed = false;
      setTimeout(apply, 50); // after the click that this ends
    }, true);
  }
  addEventListener("pointermove", (event) => (pointer = { target: event.target, at: Date.now() }), true);
  document.addEventListener("pointerleave", () => (pointer = { target: null, at: 0 }));
  for (const name of ["keydown", "focusin"]) addEventListener(name, () => (keyAt = Date.now()), true);
  addEventListener("focusout", () => setTimeout(apply, 50), true);
  setInterval(() => {
    apply();
    judge();
    count();
  }, 500);
  for (const name of ["visibilitychange", "resume"]) document.addEventListener(name, wake);
  addEventListener("online", listen);
  addEventListener("pagehide", () => source?.close());
  // Come back to, a page that moves is read anew; one where only the duress does keeps what is typed there.
  addEventListener("pageshow", (event) => event.persisted && (main.matches("main") ? location.reload() : listen()));
  listen();
})();
