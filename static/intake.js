// The call-taker's keys. A key presses the button that bears it (data-key), where the page shows one. What is typed is
// kept by static/draft.js. Without scripts the same form is sent and answered as a whole.
"use strict";

(() => {
  const SETTLES = 300; // ms for which a press of the mouse may have been meant for what stood there before
  const AGAIN = 3_000; // ms until a lost connection is tried again
  const SILENT = "rightcall-keys-off";
  const DISMISSED = "rightcall-dismissed"; // what was overheard in calls that are stored, and is not meant
  const FACTS = "select, [name^='facts.']";

  const intake = () => document.querySelector("form.intake[data-person]");
  const weighing = () => document.getElementById("weighing");
  const changedAt = new WeakMap(); // element → the moment at which what it asks or offers became another
  let undoable = []; // what to put back, the last at the end: lists of [name of an input, what it held]
  let held = {}; // what each input held at its last change
  let retry = 0;

  const facts = () => [...(intake()?.querySelectorAll(FACTS) ?? [])];
  const hold = () => (held = Object.fromEntries(facts().map((input) => [input.name, input.value])));

  function weigh() {
    window.htmx?.trigger(weighing(), "weigh");
  }

  // Answers: the form holds them, so that none is lost with the connection

  function control(name) {
    return intake().querySelector(`:is(input, select)[name="${CSS.escape(name)}"]`);
  }

  function put(pairs) {
    for (const [name, value] of pairs) control(name).value = value;
    hold();
    document.dispatchEvent(new Event("draft:changed"));
    weigh();
  }

  function answer(button) {
    const { name, value } = button;
    undoable.push([[name, control(name).value]]);
    put([[name, value]]);
  }

  function rest(button) {
    const names = button.dataset.rest.trim().split(" ").filter((name) => control(name).value.trim() === "");
    if (!names.length) return;
    undoable.push(names.map((name) => [name, ""]));
    put(names.map((name) => [name, "unknown"]));
  }

  function undo() {
    const before = undoable.pop();
    if (before) put(before);
  }

  document.addEventListener("change", (event) => {
    if (!event.target.closest?.("form.intake[data-person]") || !event.target.matches(FACTS)) return;
    undoable.push([[event.target.name, held[event.target.name] ?? ""]]);
    hold();
  });
  document.addEventListener("draft:restored", () => {
    hold();
    weigh();
  });

  // Presses

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button, a");
    if (!pressed) return;
    // A key's press has no detail; a mouse that was on its way to something else is not an answer.
    const scope = pressed.closest("[data-question]");
    if (event.detail > 0 && Date.now() - (changedAt.get(scope) ?? 0) < SETTLES) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const acts = [
      ["[data-undo]", undo],
      ["[data-rest]", rest],
      ["#weighing button[name]", answer],
      ["[data-keys]", switchKeys],
      ["[data-dismiss]", dismiss],
    ];
    const [, act] = acts.find(([selector]) => pressed.matches(selector)) ?? [];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // htmx would take it for the button that the form is sent by
    act(pressed);
  }, true);

  // Only this tab remembers it: the words stay in the call, and a colleague is asked as well.
  const dismissed = () => JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]");

  function dismiss(button) {
    const { heard } = button.closest("[data-heard]").dataset;
    sessionStorage.setItem(DISMISSED, JSON.stringify([...dismissed(), heard]));
    dropDismissed();
  }

  function dropDismissed() {
    const gone = new Set(dismissed());
    for (const hint of document.querySelectorAll("[data-heard]")) if (gone.has(hint.dataset.heard)) hint.remove();
  }

  function typing(element) {
    return element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea");
  }

  // What was overheard stands low on its page: nobody confirms what they have not seen.
  function inSight(element) {
    const { left, top, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const file = intake()?.querySelector(".button--main");
      if (file) event.preventDefault();
      if (!event.repeat) file?.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape") (weighing() ?? document.getElementById("questions"))?.focus({ preventScroll: true });
      return;
    }
    if (event.repeat || localStorage.getItem(SILENT) || intake()?.hasAttribute("data-locked")) return;
    const button = document.querySelector(`main [data-key="${CSS.escape(event.key)}"]:not([hidden])`);
    if (!button) return;
    // The question that is seen has its answer already; the next one has not been read yet.
    if (weighing()?.getAttribute("aria-busy") === "true" && weighing().contains(button)) return;
    event.preventDefault();
    if (button.closest(".hint") && !inSight(button)) return button.scrollIntoView({ block: "center" });
    button.click();
    if (button.hash) document.getElementById(button.hash.slice(1))?.focus();
  });

  // Single keys can be switched off: who speaks to their computer presses many by chance (WCAG 2.1.4).
  function switchKeys() {
    if (localStorage.getItem(SILENT)) localStorage.removeItem(SILENT);
    else localStorage.setItem(SILENT, "1");
    dress();
  }

  function dress() {
    const silent = Boolean(localStorage.getItem(SILENT));
    document.body.classList.toggle("is-without-keys", silent);
    for (const element of document.querySelectorAll("[data-js]")) element.hidden = false;
    for (const element of document.querySelectorAll("[data-keys]")) element.setAttribute("aria-pressed", String(!silent));
  }

  // The server

  const answered = (xhr, path) => {
    const [from, asked] = [xhr.responseURL || path, path].map((each) => new URL(each, location).pathname);
    return from === asked;
  };

  // What keeps it from being weighed, and what is typed from being kept: nothing, the connection, a log-in that has
  // ended, or its size.
  const trouble = { weigh: "", save: "" };

  function lost(by, what) {
    trouble[by] = what;
    const worst = trouble.save || trouble.weigh;
    const unsaved = document.getElementById("unsaved");
    document.getElementById("enough").hidden = Boolean(worst);
    unsaved.hidden = !worst;
    if (worst) unsaved.textContent = unsaved.dataset[worst];
    document.body.classList.toggle("is-stale", Boolean(trouble.weigh));
    document.body.classList.toggle("is-logged-out", trouble.weigh === "login");
    if (by !== "weigh") return;
    clearTimeout(retry);
    if (what) retry = setTimeout(weigh, AGAIN);
  }

  document.addEventListener("draft:saved", (event) => {
    if (intake()) lost("save", event.detail);
  });

  let asked = []; // the questions that stood in the pane
  const questions = () => [...(weighing()?.querySelectorAll("[data-question]") ?? [])];
  let within = false; // whether the focus was there

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === weighing()) event.target.setAttribute("aria-busy", "true");
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    // Whose log-in has ended is led to the page where one logs in: that is no answer.
    if (!answered(xhr, requestConfig.path)) event.detail.shouldSwap = false;
    asked = questions().map((question) => question.dataset.question);
    within = weighing()?.contains(document.activeElement) ?? false;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === weighing()) {
      questions().forEach((question, place) => {
        if (question.dataset.question !== asked[place]) changedAt.set(question, Date.now());
      });
      if (within) weighing().focus({ preventScroll: true });
      tell();
    } else if (event.target.id === "main" && intake()) {
      tell();
    }
    dress();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "main" || !intake()) return;
    (document.querySelector(".input--wrong :is(input, select, textarea)") ?? document.getElementById("alert"))?.focus();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, requestConfig } = event.detail;
    const form = intake();
    if (!form || xhr.status === 0 || event.target.id === "drafts") return; // no answer: told of below; or replaced by a newer question
    weighing().removeAttribute("aria-busy");
    const filed = xhr.status === 202 || xhr.getResponseHeader("HX-Redirect") !== null;
    if (filed) return;
    if (xhr.status === 401) lost("weigh", "login");
    else lost("weigh", xhr.status < 500 && xhr.status !== 403 && answered(xhr, requestConfig.path) ? "" : "connection");
  });

  for (const silence of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(silence, (event) => {
      if (!intake() || event.target.id === "drafts") return;
      weighing().removeAttribute("aria-busy");
      lost("weigh", "connection");
    });
  }

  // For who listens to the page: what the pane has come to, in one sentence of it each.
  function tell() {
    const parts = [".decision__outcome", ".question__text", ".hint"].map((part) => weighing()?.querySelector(part)?.textContent);
    const said = document.getElementById("weighing-said");
    if (said) said.textContent = parts.filter(Boolean).join(". ").replace(/\s+/g, " ");
  }

  // A part of a live page
  document.addEventListener("moved", () => {
    dress();
    dropDismissed();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action")?.endsWith("/log-out/")) sessionStorage.removeItem(DISMISSED);
  });

  hold();
  dress();
  dropDismissed();
  const calls = document.getElementById("calls"); // comes anew when more was said
  if (calls) {
    new MutationObserver(() => {
      dropDismissed();
      dress();
    }).observe(calls, { childList: true });
  }
})();
