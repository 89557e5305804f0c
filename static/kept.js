// Keeps the last board that this browser saw, for when Rightcall does not answer: static/console_worker.js shows it then.
// Number, type, place, state and teams of each incident; no caller, no words, no names. Log-out forgets it.
"use strict";

(() => {
  const CACHE = "rightcall-board"; // static/console_worker.js knows it by this name
  const EVERY = 15_000; // ms

  const main = document.querySelector("main[data-worker]");
  if (!main || !("serviceWorker" in navigator) || !window.caches) return;
  let kept = "";

  function bare(id) {
    const copy = document.getElementById(id)?.cloneNode(true);
    if (!copy) return "";
    copy.querySelectorAll("form, button, input, script, [data-own], .pane__tool, .pane__alone, .unit-row__people").forEach((each) => each.remove());
    copy.querySelectorAll("[hidden]").forEach((each) => (each.hidden = false)); // a filter was for a day that is over
    copy.querySelectorAll("a").forEach((link) => {
      const words = document.createElement("span"); // there is nothing behind it now
      words.className = link.className;
      words.append(...link.childNodes);
      link.replaceWith(words);
    });
    return copy.outerHTML;
  }

  async function keep() {
    const asOf = document.querySelector("#as-of [data-moment]")?.textContent.trim();
    const board = bare("queue") + bare("units");
    if (document.body.matches(".is-locked")) {
      kept = ""; // nobody reads behind the lock by pulling the plug
      return void (await caches.delete(CACHE));
    }
    if (document.body.matches(".is-not-live") || !asOf || kept === asOf || !board) return;
    kept = asOf;
    const style = document.querySelector("link[rel=stylesheet]").href;
    const said = interpolate(
      gettext("Rightcall does not answer. This is the board as this browser saw it at %(moment)s: print it, and work by radio and on paper."),
      { moment: asOf },
      true,
    );
    const page = `<!DOCTYPE html><html lang="${document.documentElement.lang}"><head><meta charset="utf-8">
      <title>${gettext("NOT LIVE")} · Rightcall</title>
      <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
      <link rel="stylesheet" href="${style}"></head><body class="desk is-not-live">
      <p class="not-live" role="alert"><strong>${gettext("NOT LIVE")}</strong> <span>${said}</span> <a href="">${gettext("Try again")}</a></p>
      <main class="console console--kept"><h1 class="hidden">${interpolate(gettext("The board at %(moment)s"), { moment: asOf }, true)}</h1>${board}</main></body></html>`;
    const cache = await caches.open(CACHE);
    await cache.put("/kept-board", new Response(page, {
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'",
      },
    }));
    if (!(await cache.match(style))) await cache.add(style);
    main.dataset.kept = asOf;
  }

  // A browser that keeps nothing shows its own page when Rightcall is away.
  navigator.serviceWorker.register(main.dataset.worker).catch(() => {});
  setTimeout(() => keep().catch(() => {}), 2_000);
  setInterval(() => keep().catch(() => {}), EVERY);
})();
