// What a person does on a page that moves. Its forms go by htmx; the parts of the page that come back are live.js's to
// put in place. What came of it is said beside what was pressed: nothing above it moves.
"use strict";

(() => {
  const SEEN = 8_000; // ms for which a success is said; what it did stays to be seen
  const UNANSWERED = {
    0: gettext("No answer from Rightcall: this may not have been done. See what the page says before you press it again."),
    401: gettext("You are logged out, and this was not done. Log in again in another tab, then press it again."),
    403: gettext("Your log-in may not do this. Reload the page."),
    423: gettext("This screen was locked, and this was not done. Unlock it, then press it again."),
    404: gettext("This is not there any more. Reload the page."),
  };

  const NOT_LIVE = gettext("Not done: this page is not live. Press once more if you mean it all the same; what you see is old");

  let told = null; // what came of the last press: the part and the form it belongs to, and the element that says it
  const spoken = document.createElement("p");
  spoken.className = "hidden";
  spoken.setAttribute("role", "status");
  document.body.append(spoken);

  const acts = (event) => event.target === event.detail.elt && event.target.matches("[data-live] .part form, .notes form, .ask form");

  function nameOf(form) {
    const told = form.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken], [name=shown], [name=clashes])");
    return [form.getAttribute("action"), ...[...told].map((input) => input.value)].join(" ");
  }

  // A part that has nothing left to show is hidden; what was done there shows in the part above it.
  function seen(id) {
    let part = document.getElementById(id);
    while (part?.hidden) part = part.previousElementSibling;
    return part;
  }

  function formOf({ part, form }) {
    return [...(seen(part)?.querySelectorAll("form") ?? [])].find((each) => nameOf(each) === form);
  }

  function place() {
    const part = told && seen(told.part);
    if (!part) return;
    const form = formOf(told);
    if (told.element.matches(".notice")) part.append(told.element);
    else if (!form) part.querySelector("h2").after(told.element);
    else if (form.closest("li")) form.closest("li").append(told.element);
    else form.after(told.element);
  }

  function tell(pressed, element) {
    told = { ...pressed, element };
    element.classList.add("here");
    element.dataset.told = "";
    place();
  }

  function alertOf(words) {
    const alert = document.createElement("p");
    alert.className = "alert";
    alert.setAttribute("role", "alert");
    alert.textContent = words;
    return alert;
  }

  function forget() {
    told?.element.remove();
    told = null;
  }

  function succeed(pressed, notice) {
    notice.removeAttribute("role"); // said by `spoken`, which was there before
    spoken.textContent = notice.textContent.trim();
    if (isQuiet(pressed)) return;
    tell(pressed, notice);
    const { element } = told;
    setTimeout(() => element === told?.element && forget(), SEEN);
  }

  // What shows by itself what came of it, and may be gone with it: a success is only read out, a refusal stands above.
  const isQuiet = ({ part }) => document.getElementById(part)?.matches("[data-quiet]");

  // Where each wrong input says so itself, no more need be said.
  function refuse(pressed, alert) {
    if (isQuiet(pressed)) return document.getElementById("messages").replaceChildren(alert);
    const wrong = formOf(pressed)?.querySelectorAll(".input--wrong") ?? [];
    if (wrong.length < alert.querySelectorAll("p:only-child, li").length) tell(pressed, alert);
    const asked = wrong[0] ?? formOf(pressed)?.querySelector(".clash");
    asked?.querySelector("input, select, textarea").focus();
  }

  // What is not live must not be acted on as if it were: the first press says so, the next one means it. A duress is taken
  // at once.
  let meant = null; // the form that was pressed so
  let twice = false; // the second half of a double click, or a key that is held down
  addEventListener("click", (event) => (twice = event.detail > 1), true);
  addEventListener("keydown", (event) => (twice = event.repeat), true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!document.body.matches(".is-not-live") || !form.matches("[data-live] .part:not(.duress) form")) return;
    if (meant === nameOf(form) && !twice) {
      meant = null;
      return;
    }
    meant = nameOf(form);
    event.preventDefault();
    event.stopImmediatePropagation();
    forget();
    const moment = document.getElementById("not-live-since")?.textContent;
    tell({ part: form.closest(".part").id, form: meant }, alertOf(`${NOT_LIVE}${moment ? ` (${moment})` : ""}`));
  }, true);

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!acts(event)) return;
    forget();
    spoken.textContent = "";
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!acts(event)) return;
    const form = event.target;
    const { status, responseText } = event.detail.xhr;
    const pressed = { part: form.closest(".part").id, form: nameOf(form) };
    const answer = document.createElement("template");
    answer.innerHTML = [200, 409, 422].includes(status) ? responseText : "";
    const parts = answer.content.querySelector("[data-parts]");
    if (!parts) {
      return tell(pressed, alertOf(UNANSWERED[status] ?? UNANSWERED[0]));
    }
    const said = answer.content.querySelector("[data-said]");
    document.dispatchEvent(new CustomEvent("answered", { detail: { form, parts: [...parts.children] } }));
    const [alert, notice] = [said.querySelector(".alert"), said.querySelector(".notice")];
    if (alert) refuse(pressed, alert);
    else if (notice) succeed(pressed, notice);
  });

  document.addEventListener("moved", (event) => {
    if (!told || told.element.isConnected || !event.target.contains(seen(told.part))) return;
    told.element.removeAttribute("role"); // it has been said
    place();
  });
})();
