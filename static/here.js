// Tells what this page has open: which incident, and in which part of it somebody types; which call is taken; and whether
// it is the window in use. Others see the name; nothing is kept.
"use strict";

(() => {
  const EVERY = 15_000; // ms
  const TYPES = 20_000; // ms after the last letter for which somebody still types

  const { seat, page } = document.body.dataset;
  if (!seat) return;
  const line = document.querySelector("[data-present]"); // an incident, or somebody who is watched
  let typing = "";
  let typedAt = 0;
  let gone = false;

  function body(more) {
    const told = new URLSearchParams(more);
    told.set("csrfmiddlewaretoken", csrfToken());
    return told;
  }

  // What does not arrive is told again in a moment, so nobody is bothered with it. A page behind others tells that its
  // person is still there, and no more.
  function tell(opened) {
    if (gone) return leave();
    if (Date.now() - typedAt > TYPES) typing = "";
    const draft = document.querySelector("form.intake")?.elements.key.value ?? "";
    const front = !document.hidden && (opened === true || document.hasFocus()) ? "1" : "";
    const address = line && (!document.hidden || typing) ? line.dataset.present : seat;
    fetch(address, { method: "POST", body: body({ typing, page, draft, front }) }).catch(() => {});
  }

  // Said when the page is left and again when it is hidden after that: Chromium was seen to lose a page's last word.
  function leave() {
    if (line) navigator.sendBeacon(line.dataset.present, body({ left: "1" }));
  }

  addEventListener("input", (event) => {
    const part = event.target.closest?.(".part")?.id;
    if (!part || !line) return;
    const begins = typing !== part;
    [typing, typedAt] = [part, Date.now()];
    if (begins) tell();
  });
  document.addEventListener("answered", () => {
    typing = "";
    tell();
  });
  addEventListener("pagehide", () => {
    gone = true;
    leave();
  });
  addEventListener("pageshow", (event) => {
    gone = false;
    if (event.persisted) tell(true);
  });
  addEventListener("focus", () => tell());
  document.addEventListener("visibilitychange", () => tell());
  setInterval(tell, EVERY);
  tell(true);
})();
