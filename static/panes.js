// The sizes of the console's panes: by the dividers between them, with the mouse or the arrow keys; kept in this browser
// for each person. Loaded before the page is drawn, so that nothing jumps to its place afterwards.
"use strict";

(() => {
  const STEP = 24; // px for a key
  const root = document.documentElement;
  const kept = `rightcall.panes.${document.currentScript.dataset.person}`;

  // What each divider moves: the property that the stylesheet reads, the least and the most of it, and which way is more.
  const MOVES = {
    queue: { property: "--queue-width", least: 220, most: 720, way: 1 },
    attention: { property: "--attention-width", least: 260, most: 1400, way: 1 },
    units: { property: "--units-width", least: 180, most: 720, way: -1 },
    map: { property: "--map-height", least: 140, most: 1600, way: -1, upright: true },
  };

  let sizes = read();
  for (const [name, size] of Object.entries(sizes)) put(name, size);

  // A browser that keeps nothing still moves its panes.
  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(kept)) ?? {};
      return Object.fromEntries(Object.entries(found).filter(([name, size]) => name in MOVES && Number.isFinite(size)));
    } catch {
      return {};
    }
  }

  function keep() {
    try {
      localStorage.setItem(kept, JSON.stringify(sizes));
    } catch {}
  }

  function put(name, size) {
    if (size === undefined) root.style.removeProperty(MOVES[name].property);
    else root.style.setProperty(MOVES[name].property, `${size}px`);
  }

  // The pane before or after a divider: what it makes larger.
  function sizeOf(divider) {
    const pane = [...document.querySelectorAll(divider.dataset.of)].find((each) => each.offsetParent);
    return pane ? Math.round(MOVES[divider.dataset.divider].upright ? pane.offsetHeight : pane.offsetWidth) : 0;
  }

  function tell(divider) {
    const { least, most } = MOVES[divider.dataset.divider];
    const size = sizeOf(divider);
    divider.setAttribute("aria-valuemin", least);
    divider.setAttribute("aria-valuemax", Math.max(most, size));
    divider.setAttribute("aria-valuenow", Math.max(least, size));
    divider.setAttribute("aria-valuetext", interpolate(gettext("%(size)s pixels"), { size }, true));
  }

  function size(divider, wanted) {
    const name = divider.dataset.divider;
    const { least, most } = MOVES[name];
    put(name, Math.round(Math.min(most, Math.max(least, wanted))));
    sizes[name] = sizeOf(divider); // what the window had room for
    put(name, sizes[name]);
    keep();
    tellAll();
  }

  function reset(names) {
    for (const name of names) {
      delete sizes[name];
      put(name, undefined);
    }
    keep();
    tellAll();
  }

  function tellAll() {
    document.querySelectorAll("[data-divider]").forEach(tell);
  }

  function dividerOf(event) {
    return event.target.closest?.("[data-divider]");
  }

  let dragged = null;
  addEventListener("pointerdown", (event) => {
    const divider = event.button === 0 && dividerOf(event);
    if (!divider) return;
    const { upright } = MOVES[divider.dataset.divider];
    dragged = { divider, from: upright ? event.clientY : event.clientX, size: sizeOf(divider) };
    divider.setPointerCapture(event.pointerId);
    event.preventDefault(); // no text is selected on the way
    divider.focus({ preventScroll: true });
  });
  addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const { upright, way } = MOVES[dragged.divider.dataset.divider];
    size(dragged.divider, dragged.size + way * ((upright ? event.clientY : event.clientX) - dragged.from));
  });
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => (dragged = null));

  addEventListener("keydown", (event) => {
    const divider = dividerOf(event);
    if (!divider || event.altKey || event.ctrlKey || event.metaKey) return;
    const { least, most, way, upright } = MOVES[divider.dataset.divider];
    const [less, more] = upright ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    const step = { [less]: -STEP, [more]: STEP }[event.key];
    if (step) size(divider, sizeOf(divider) + way * step);
    else if (event.key === "Home") size(divider, least);
    else if (event.key === "End") size(divider, most);
    else if (event.key === "Enter") reset([divider.dataset.divider]);
    else return;
    event.preventDefault();
  });
  addEventListener("dblclick", (event) => {
    const divider = dividerOf(event);
    if (divider) reset([divider.dataset.divider]);
  });
  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-reset-panes]")) reset(Object.keys(MOVES));
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const divider of document.querySelectorAll("[data-divider]")) divider.hidden = false;
    tellAll();
    addEventListener("resize", tellAll);
    if (!document.querySelector("[data-alone]")) window.name = "rightcall";
  });

  // A pane in a window of its own leads to the console's window with what is pressed in it.
  addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-alone] a[href]");
    if (link && !link.target) link.target = "rightcall";
  }, true);
})();
