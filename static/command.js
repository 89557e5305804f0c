// The command line, and the keys that move about the console. What a line means the server alone knows
// (dispatch/commands); here is the hand: what was typed before, what is offered, where the focus goes and comes from.
// What was typed is kept in this tab alone, until its writer logs out: it holds names.
"use strict";

(() => {
  const form = document.getElementById("command");
  if (!form) return;
  const SILENT = "rightcall-keys-off"; // single keys switched off, as intake.js does
  const PREFIX = "rightcall-lines ";
  const CAME = "rightcall-command-said"; // what the last page's command said, for the page that it led to
  const PAUSE = 90; // ms without a key before completions are asked for
  const KEPT = 50;
  const UNANSWERED = {
    0: gettext("No answer from Rightcall: this may not have been done. Press Enter again; it is done once."),
    401: gettext("You are logged out, and this was not done. Log in again in another tab, then press Enter."),
    403: gettext("Your log-in may not do this. Reload the page."),
  };

  const line = form.elements.line;
  const popup = document.getElementById("command-popup");
  const answer = document.getElementById("command-answer");
  const usage = document.getElementById("command-usage");
  const help = document.getElementById("command-help");
  const lines = PREFIX + form.dataset.person;
  let from = null; // what had the focus before the line
  let asking = 0; // the pause before completions are asked for
  let asked = 0; // which question was the last: an older answer changes nothing
  let shownFor = null; // the line that the completions shown are for
  let then = null; // what to do with the first completion, struck before it had come
  let settled = null; // the line's beginning after which nothing can be completed
  let back = 0; // how far back in what was typed before
  let draft = ""; // what stood in the line before that
  let sent = "";

  const found = () => document.getElementById("command-found");
  const options = () => [...popup.querySelectorAll("[role=option]")];
  const marked = () => popup.querySelector("[aria-selected=true]");

  // A key of its own for each line: sent twice, it is done once. randomUUID is not there without https.
  function renew() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    form.elements.key.value = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  }

  // What was typed before

  const kept = () => JSON.parse(sessionStorage.getItem(lines) ?? "[]");

  function keep(text) {
    const others = kept().filter((each) => each !== text);
    sessionStorage.setItem(lines, JSON.stringify([...others, text].slice(-KEPT)));
  }

  function recall(step) {
    const before = kept();
    if (back === 0) draft = line.value;
    back = Math.min(Math.max(back + step, 0), before.length);
    put(back ? before[before.length - back] : draft);
    close();
  }

  function put(text) {
    line.value = text;
    line.setSelectionRange(text.length, text.length);
  }

  // Completions

  function close() {
    clearTimeout(asking);
    asked += 1;
    then = shownFor = null;
    popup.hidden = true;
    popup.replaceChildren();
    line.setAttribute("aria-expanded", "false");
    line.removeAttribute("aria-activedescendant");
  }

  function mark(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) line.setAttribute("aria-activedescendant", option.id);
    else line.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const whole = option.dataset.line === line.value;
    put(option.dataset.line);
    back = 0;
    mark(null);
    if (!whole) complete();
  }

  const settles = () => Boolean(settled) && line.value.startsWith(settled);

  async function complete() {
    if (settles()) return;
    const mine = (asked += 1);
    const question = { method: "POST", body: new FormData(form) };
    let html = "";
    try {
      const response = await fetch(form.dataset.complete, question);
      if (response.ok && !response.redirected) html = await response.text();
    } catch {
      // Nothing is offered; the line itself will say that nobody answers.
    }
    if (mine !== asked || document.activeElement !== line) return;
    popup.innerHTML = html;
    const told = popup.querySelector(".command__usage");
    settled = told?.dataset.settled || null;
    popup.hidden = !popup.firstElementChild;
    line.setAttribute("aria-expanded", String(options().length > 0));
    line.removeAttribute("aria-activedescendant");
    const said = told?.textContent ?? "";
    if (usage.textContent !== said) usage.textContent = said;
    shownFor = line.value;
    const [act, best] = [then, options()[0]];
    then = null;
    if (act && best) act(best);
  }

  // Completions of an earlier line are not what a key struck now means: it waits for its own.
  function first(act) {
    const all = options();
    if (shownFor === line.value) return all.length ? act(all[0]) : false;
    then = act;
    clearTimeout(asking);
    complete();
  }

  line.addEventListener("input", () => {
    back = 0;
    then = null;
    mark(null);
    clearTimeout(asking);
    if (!line.value.trim()) return close();
    asking = setTimeout(complete, PAUSE);
  });
  line.addEventListener("blur", close);
  popup.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the line keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });

  // Keys in the line. What is done here is nobody else's: in other fields Escape leads elsewhere (intake.js).
  line.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const at = marked();
    const all = options();
    const acts = {
      Escape: () => leave(),
      Enter: () => at && take(at),
      Tab: () => !event.shiftKey && offered(at),
      ArrowDown: () => (back ? recall(-1) : at ? mark(all[all.indexOf(at) + 1] ?? all[0]) : first(mark)),
      ArrowUp: () => (at ? mark(all[all.indexOf(at) - 1]) : recall(1)),
    };
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && line.value === "") {
      event.preventDefault();
      put("UNDO");
      form.requestSubmit();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key in acts) {
      event.stopPropagation();
      const passes = acts[event.key]() === false || (event.key === "Enter" && !at);
      if (!passes) event.preventDefault();
    }
  });

  // Tab completes the word that is begun, and otherwise goes on as everywhere: the line is no trap.
  function offered(at) {
    if (at) return take(at);
    return /\S$/.test(line.value) && !settles() ? first(take) : false;
  }

  function leave() {
    if (!popup.hidden) return close();
    if (found().firstElementChild) return found().replaceChildren();
    const there = from?.isConnected && from !== document.body ? from : document.getElementById("main");
    there.focus({ preventScroll: true });
  }

  function enter() {
    if (document.activeElement !== line) from = document.activeElement;
    line.focus({ preventScroll: true });
    line.select();
  }

  // Sending

  const ours = (event) => event.target === form && event.detail.elt === form;

  form.addEventListener("submit", (event) => {
    if (line.value.trim()) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // Enter in the empty line does nothing
  }, true);

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!ours(event)) return;
    sent = line.value;
    close();
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!ours(event) || !event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    keep(sent);
    const told = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    sessionStorage.setItem(CAME, told.querySelector(".command__done")?.textContent.trim() ?? "");
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!ours(event)) return;
    const { status } = event.detail.xhr;
    if (![200, 409, 422].includes(status)) return say(UNANSWERED[status] ?? UNANSWERED[0]);
    renew();
    back = 0;
    settled = null;
    if (status !== 200) return;
    keep(sent);
    if (line.value === sent) line.value = "";
    const done = answer.querySelector(".command__done");
    if (done?.dataset.to) go(done.dataset.to);
    if (done?.matches("[data-shows-help]")) showHelp();
  });

  function say(text) {
    const refused = document.createElement("p");
    refused.className = "command__refused";
    refused.textContent = text;
    answer.replaceChildren(refused);
  }

  function go(id) {
    if (id === "map" && document.getElementById("map")?.hidden) document.getElementById("map-toggle")?.click();
    const there = document.getElementById(id);
    const row = there?.querySelector(".incident-row");
    focusOn(row ?? there);
  }

  function focusOn(element) {
    if (!element) return;
    if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.focus();
  }

  async function showHelp() {
    if (!help.firstElementChild) {
      try {
        const response = await fetch(form.dataset.help, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const shown = document.createElement("button");
        shown.type = "button";
        shown.textContent = gettext("Close");
        shown.addEventListener("click", () => help.close());
        help.append(shown, document.importNode(page.getElementById("commands"), true));
        document.dispatchEvent(new CustomEvent("moved", { bubbles: true })); // its switch of keys shows how it stands
      } catch {
        return say(UNANSWERED[0]);
      }
    }
    help.showModal();
  }
  help.addEventListener("close", () => line.focus());
  document.querySelector(".command__help").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showHelp();
  });

  // Keys of the console

  function typing(element) {
    return element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea");
  }

  const rows = () => [...document.querySelectorAll("#queue .incident-row")];

  function step(by) {
    const all = rows();
    const here = document.activeElement.closest?.(".incident-row");
    const focused = here ?? document.getElementById(document.getElementById("main").dataset.focus ?? "");
    const at = all.indexOf(focused);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : here ? at + by : at;
    focusOn(all[Math.min(Math.max(next, 0), all.length - 1)]);
  }

  // On past the last pane the key is the browser's again.
  function pane(by) {
    const all = [form, ...document.querySelectorAll(".console > .pane")].filter((each) => each.offsetParent !== null);
    const at = all.findIndex((each) => each.contains(document.activeElement));
    const next = all[at + by];
    if (at < 0 && by < 0) return focusOn(all.at(-1)), true;
    if (!next) return false;
    if (next === form) enter();
    else focusOn(next);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "F6") {
      if (pane(event.shiftKey ? -1 : 1)) event.preventDefault();
      return;
    }
    if (typing(event.target) || event.target.closest("#map")) return;
    const onRow = event.target.closest(".incident-row");
    const moves = { Escape: enter, ...(onRow && { ArrowDown: () => step(1), ArrowUp: () => step(-1) }) };
    if (!localStorage.getItem(SILENT)) Object.assign(moves, { "/": enter, j: () => step(1), k: () => step(-1) });
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.getAttribute("action")?.endsWith("/log-out/")) return;
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith(PREFIX) || name === CAME) sessionStorage.removeItem(name);
    }
  });

  renew();
  const came = sessionStorage.getItem(CAME);
  if (came !== null) {
    sessionStorage.removeItem(CAME);
    answer.textContent = came;
    if (location.hash) focusOn(document.getElementById(location.hash.slice(1)));
    else line.focus();
  } else if (line.value) {
    line.focus(); // refused, on a page without htmx
  }
})();
