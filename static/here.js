// Tells that this incident is open here, and in which part of it somebody types. Others see the name; nothing is kept.
"use strict";

(() => {
  const EVERY = 15_000; // ms
  const TYPES = 20_000; // ms after the last letter for which somebody still types

  const line = document.querySelector("[data-present]");
  if (!line) return;
  let typing = "";
  let typedAt = 0;

  function body(more) {
    const told = new URLSearchParams(more);
    told.set("csrfmiddlewaretoken", csrfToken());
    return told;
  }

  // What does not arrive is told again in a moment, so nobody is bothered with it.
  function tell() {
    if (Date.now() - typedAt > TYPES) typing = "";
    if (document.hidden && !typing) return;
    fetch(line.dataset.present, { method: "POST", body: body({ typing }) }).catch(() => {});
  }

  addEventListener("input", (event) => {
    const part = event.target.closest?.(".part")?.id;
    if (!part) return;
    const begins = typing !== part;
    [typing, typedAt] = [part, Date.now()];
    if (begins) tell();
  });
  document.addEventListener("answered", () => {
    typing = "";
    tell();
  });
  addEventListener("pagehide", () => navigator.sendBeacon(line.dataset.present, body({ left: "1" })));
  addEventListener("pageshow", (event) => event.persisted && tell());
  document.addEventListener("visibilitychange", tell);
  setInterval(tell, EVERY);
  tell();
})();
