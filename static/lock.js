// Locks the page when nobody has touched it for as long as the server allows, and opens it by the password. What lies
// under it is made invisible and deaf, never taken away: it is there again as it was. Duress and NOT LIVE stay in sight.
"use strict";

(() => {
  const EVERY = 15_000; // ms between two words to the server
  const LOCKED = 5_000; // ms between them while locked: it may have been opened in another window
  const SEEN = "#lock, #duress, #not-live, #notes"; // what no lock covers

  const lock = document.getElementById("lock");
  if (!lock) return;
  const form = lock.querySelector("form");
  const password = form.querySelector("[type=password]");
  const wrong = lock.querySelector("[data-wrong]");
  const own = "page" in lock.dataset; // this page is nothing but the lock
  let locked = own;
  let touchedAt = Date.now();
  let tellAt = Date.now();
  let before = null; // what had the focus

  function seal(element) {
    for (const child of element.children) {
      if (child.matches(SEEN) || child.matches("script")) continue;
      if (child.querySelector(SEEN)) seal(child);
      else if (!child.inert) {
        child.inert = true;
        child.dataset.sealed = "";
      }
    }
  }

  function close() {
    if (!locked) {
      locked = true;
      before = document.activeElement;
      lock.hidden = false;
      document.body.classList.add("is-locked");
    }
    if (own) return;
    seal(document.body);
    if (!lock.contains(document.activeElement)) password.focus({ preventScroll: true });
  }

  function open() {
    if (own) return location.reload();
    locked = false;
    lock.hidden = true;
    wrong.hidden = true;
    document.body.classList.remove("is-locked");
    for (const element of document.querySelectorAll("[data-sealed]")) {
      element.inert = false;
      delete element.dataset.sealed;
    }
    document.dispatchEvent(new CustomEvent("unlocked"));
    if (before?.isConnected) before.focus({ preventScroll: true });
    touchedAt = Date.now();
  }

  function send(address, told) {
    const body = new FormData(form);
    body.set("csrfmiddlewaretoken", csrfToken());
    body.delete("password");
    for (const [name, value] of Object.entries(told)) body.set(name, value);
    const headers = { Accept: "application/json" };
    return fetch(address, { method: "POST", body, headers, redirect: "manual", keepalive: true });
  }

  async function tell(more = {}) {
    const idle = Math.floor((Date.now() - touchedAt) / 1_000);
    tellAt = Date.now() + (locked ? LOCKED : EVERY);
    try {
      const answer = await send(lock.dataset.attend, { idle, ...more });
      if (!answer.ok) throw new Error(answer.status);
      const now = await answer.json();
      if (now.locked) close();
      else if (locked) open();
      else if (now.left !== null) tellAt = Math.min(tellAt, Date.now() + 1_000 * now.left + 500);
    } catch {
      if (idle >= Number(lock.dataset.after)) close(); // nobody to ask: judged here alone
    }
  }

  // Whoever goes away does not wait for the clock; what cannot be told is locked here alone.
  document.querySelector("[data-lock]")?.addEventListener("click", () => {
    close();
    tell({ lock: "1" });
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await send(form.action, { password: password.value });
      password.value = "";
      if (answer.ok) return open();
      wrong.textContent =
        answer.status === 422 ? gettext("That is not your password.")
        : answer.status === 429 ? gettext("Too many wrong passwords. Wait five minutes, then try again.")
        : gettext("You are logged out. Log in in another window, then come back.");
    } catch {
      wrong.textContent = gettext("No answer from Rightcall. Try again in a moment.");
    }
    wrong.hidden = false;
    password.focus();
  });

  for (const name of ["keydown", "pointerdown", "pointermove", "wheel", "input"]) {
    addEventListener(name, () => {
      if (!locked) touchedAt = Date.now();
    }, { capture: true, passive: true });
  }
  // The page's own keys answer questions and send commands: none of them is pressed through the lock.
  for (const name of ["keydown", "keyup", "keypress"]) {
    addEventListener(name, (event) => {
      if (!locked || own) return;
      event.stopImmediatePropagation();
      if (!lock.contains(event.target) && event.key !== "Tab") event.preventDefault();
    }, true);
  }
  setInterval(() => {
    if (locked) close(); // what has come since is sealed as well
    if (Date.now() >= tellAt) tell();
  }, 500);
})();
