// What is typed of a call that is being taken: kept on the server from the first letter. In this browser (localStorage:
// it holds personal data) it stays only for as long as the server does not have it. Each change raises `count`, so that
// the newer of two writings is known; `base` is the count that this window knows the server to have. A colleague who
// has taken the call over, or another window of the same person, locks the form: what is typed stays to be read.
"use strict";

(() => {
  const SAVES = 600; // ms from a letter until it is sent, with those that follow it
  const AGAIN = 3_000; // ms until a lost connection is tried again
  const PATIENCE = 8_000; // ms
  const LARGE = 60_000; // bytes; a browser sends no more than 64 KiB for a page that is gone
  const OLD = 12 * 3_600_000; // ms; what nobody could send by then is forgotten
  const UNSENT = "rightcall-unsent ";

  const form = () => document.querySelector("form.intake[data-person]");
  const isLocked = () => form()?.hasAttribute("data-locked");
  let writing = null; // what this window writes: { id, person, page, count, base, values }
  let filing = false;
  let timer = 0;
  let sending = Promise.resolve();
  let leaving = false; // the next page may be on its way already, and older than what is saved now

  function inputs(form) {
    const named = [...form.querySelectorAll("input[name], select[name], textarea[name]")];
    return named.filter((input) => input.name !== "csrfmiddlewaretoken");
  }

  function read(form) {
    const value = (input) => (input.type === "checkbox" ? (input.checked ? input.value : "") : input.value);
    return Object.fromEntries(inputs(form).map((input) => [input.name, value(input)]));
  }

  function write(form, values) {
    for (const input of inputs(form)) {
      if (!(input.name in values)) continue;
      if (input.type === "checkbox") input.checked = values[input.name] !== "";
      else input.value = values[input.name];
    }
  }

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  // What the server does not have yet

  function unsent() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(UNSENT));
    const copies = names.map((name) => JSON.parse(localStorage.getItem(name)));
    for (const copy of copies) if (Date.now() - copy.at > OLD) localStorage.removeItem(UNSENT + copy.page);
    return copies.filter((copy) => copy.person === form()?.dataset.person).sort((one, two) => one.at - two.at);
  }

  function has(copy) {
    if (leaving) return;
    const kept = JSON.parse(localStorage.getItem(UNSENT + copy.page) ?? "null");
    if (kept?.count === copy.count) localStorage.removeItem(UNSENT + copy.page);
  }

  function keep() {
    const here = form();
    if (!here || !writing || isLocked()) return;
    const values = read(here);
    if (JSON.stringify(values) === JSON.stringify(writing.values)) return;
    writing.values = values;
    writing.count += 1;
    delete here.dataset.kept;
    localStorage.setItem(UNSENT + writing.page, JSON.stringify({ ...writing, at: Date.now() }));
    // So that a reload, or whoever finds this address in the browser's history, comes back to it.
    history.replaceState(null, "", `${location.pathname}?draft=${writing.id}`);
    if (!timer) timer = setTimeout(save, SAVES);
  }

  // One after another: what was typed first arrives first.
  function save() {
    clearTimeout(timer);
    timer = 0;
    sending = sending.then(sendAll);
    return sending;
  }

  async function sendAll() {
    if (filing) return;
    let lost = "";
    for (const copy of unsent()) lost = (await send(copy)) || lost;
    if (form() && !lost && !unsent().length) form().dataset.kept = "";
    tell("draft:saved", lost);
    if (lost && !timer) timer = setTimeout(save, AGAIN);
  }

  async function send(copy) {
    const { id, count, base, page, values } = copy;
    const body = new URLSearchParams({ ...values, count, base, page, csrfmiddlewaretoken: csrfToken() });
    let answer, told;
    try {
      answer = await fetch(`${form().dataset.saved}${id}/save/`, {
        method: "POST",
        body,
        headers: { "HX-Request": "true" },
        keepalive: body.toString().length < LARGE,
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 401) return "login";
      if (answer.status === 413) return "size";
      if (!answer.ok && answer.status !== 409) return "connection";
      told = await answer.json();
    } catch {
      return "connection";
    }
    has(copy);
    if (answer.ok && page === writing?.page) writing.base = Math.max(writing.base, told.count);
    if (answer.status === 409 && id === writing?.id && !filing) overtaken(told.sentence);
    return "";
  }

  // Somebody else writes it

  function lock() {
    const here = form();
    here.dataset.locked = "";
    for (const input of inputs(here)) {
      if (input.matches("textarea, input:not([type=checkbox], [type=hidden])")) input.readOnly = true;
      else if (input.type !== "hidden") input.disabled = true;
    }
    here.querySelector(".button--main").disabled = true;
    here.querySelector(".intake__weighing").inert = true;
    delete here.dataset.kept;
  }

  function overtaken(sentence) {
    lock();
    const said = document.getElementById("overtaken");
    said.querySelector("span").textContent = sentence;
    said.querySelector("a").href = `${location.pathname}?draft=${writing.id}`;
    said.hidden = false;
    window.htmx?.trigger(document.getElementById("drafts"), "drafts");
  }

  // The page

  function begin() {
    const here = form();
    if (!here) return;
    const { person, page, count } = here.dataset;
    const id = here.elements.key.value;
    if (writing?.id !== id) writing = { id, person, page, count: Number(count), base: Number(count) };
    writing.values = read(here);
    if (isLocked()) lock();
  }

  function restore() {
    begin();
    const here = form();
    if (!here) return;
    const copies = unsent();
    const [newest] = copies.filter((copy) => copy.id === writing.id).slice(-1);
    if (newest && newest.count > writing.count && here.hasAttribute("data-fresh") && !isLocked()) {
      write(here, newest.values);
      // It is sent as that window's; what is typed now goes on from there.
      Object.assign(writing, { count: newest.count, base: newest.count, values: read(here) });
      const began = new Date(newest.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      here.querySelector("[data-began]").textContent = began;
      document.getElementById("restored").hidden = false;
      tell("draft:restored");
    }
    if (copies.length) save().then(() => window.htmx?.trigger(document.getElementById("drafts"), "drafts"));
  }

  for (const typed of ["input", "change"]) {
    document.addEventListener(typed, (event) => {
      if (event.target.closest?.("form.intake[data-person]")) keep();
    });
  }
  document.addEventListener("draft:changed", keep); // an answer by key: it is put where no event tells of it

  // No time to wait for those before it: each says by its count which is newer.
  function leave() {
    if (!writing || filing) return;
    for (const copy of unsent()) if (copy.page === writing.page) send(copy);
  }
  addEventListener("pagehide", leave);
  addEventListener("beforeunload", () => {
    leaving = true;
    setTimeout(() => (leaving = false), PATIENCE); // it was a file that was loaded, or somebody stopped it
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  addEventListener("online", () => save());

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const key = event.code.match(/^(?:Digit([1-9])|Key(N))$/);
    const tab = key && document.querySelector(`#drafts [data-tab="${key[1] ?? key[2]}"]`);
    if (!tab) return;
    event.preventDefault();
    tab.click();
  });

  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-aside]");
    const act = event.target.closest("[data-do]")?.dataset.do;
    if (!item || !act || isLocked()) return;
    const input = document.getElementById(item.dataset.control);
    const settled = form().elements.settled;
    settled.value = [settled.value, item.dataset.aside].filter(Boolean).join("|");
    if (act !== "leave" && input) {
      const added = [input.value, item.dataset.text].filter(Boolean).join(input.matches("textarea") ? "\n" : ", ");
      input.value = act === "add" ? added : item.dataset.text;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    }
    item.remove();
    keep();
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === form() && event.detail.requestConfig.path === form().getAttribute("action")) filing = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!filing || event.target !== form()) return;
    const { xhr } = event.detail;
    if (xhr.status === 202 || xhr.getResponseHeader("HX-Redirect") !== null) {
      localStorage.removeItem(UNSENT + writing.page);
      writing = null;
    } else {
      filing = false;
      save();
    }
  });

  let unfolded = false; // whether the calls of others are shown
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "drafts") unfolded = Boolean(document.getElementById("drafts-others")?.open);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "drafts") {
      const others = document.getElementById("drafts-others");
      if (others) others.open = unfolded;
      if (!document.querySelector("#drafts [data-locked]")) return;
      document.getElementById("overtaken").hidden = true;
      if (!isLocked()) lock();
    } else if (event.target.id === "main" && form() && writing) {
      // The form as it was refused: what was typed since it was sent is put back, its new key is kept.
      const { key, ...typed } = writing.values;
      write(form(), typed);
      begin();
      tell("draft:restored");
    }
  });

  document.addEventListener("submit", async (event) => {
    const out = event.target;
    if (!out.getAttribute("action")?.endsWith("/log-out/") || !unsent().length) return;
    event.preventDefault();
    await save();
    out.submit();
  });

  restore();
})();
