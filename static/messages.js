// Messages on every page of a desk: what is new is heard once (static/alarm.js), over reloads too; help is asked for by a
// key. What stands there is the server's: static/live.js fetches it when its mark has changed.
"use strict";

(() => {
  const HEARD = "rightcall-heard"; // which were heard in this tab, each with how often it was asked

  const notes = document.getElementById("notes");
  const ask = document.getElementById("ask");
  if (!notes) return;

  function hear() {
    const heard = new Set(JSON.parse(sessionStorage.getItem(HEARD) ?? "[]"));
    const standing = [...notes.querySelectorAll("[data-note]")];
    const fresh = standing.filter((each) => !heard.has(each.dataset.note));
    sessionStorage.setItem(HEARD, JSON.stringify(standing.map((each) => each.dataset.note)));
    if (!fresh.length) return;
    const detail = fresh.map((each) => ({ kind: "message", from: each.dataset.from }));
    document.dispatchEvent(new CustomEvent("news", { detail }));
  }

  document.addEventListener("moved", (event) => event.target === notes && hear());
  hear();

  document.addEventListener("keydown", (event) => {
    if (!ask || event.code !== "KeyH" || !event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    ask.open = true;
    ask.querySelector("[name=words]").focus();
  });
  ask?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    ask.open = false;
    ask.querySelector("summary").focus();
  });
  document.addEventListener("answered", ({ detail: { form } }) => {
    if (!ask?.contains(form)) return;
    form.reset();
    ask.open = false;
  });
})();
