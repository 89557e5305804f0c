// The map beside the lists: what is open and who is where. It adds nothing that the lists do not say. What moves is
// moved, never drawn anew, and the view changes by its reader's hand alone.
"use strict";

(() => {
  const APART = 1_000; // ms between two readings, at least
  const AGAIN = 5_000; // ms after one that failed
  const REGULARLY = 60_000; // ms: positions grow old without a change
  const OLD = 10; // min after which a unit's position is told with its age
  const NEAR = 3; // free units that an incident's map reaches for
  const WIDE = 70; // px: marks of incidents nearer to each other than this, and than TALL, are one
  const TALL = 30;
  const STILL = 800; // ms for which the pointer must have rested before marks may move under it
  const HINT = gettext("Arrow keys move the map, + and − zoom, F fits it");

  const pane = document.getElementById("map");
  const toggle = document.getElementById("map-toggle");
  if (!pane || !toggle || !window.L) return;
  const canvas = document.getElementById("map-canvas");
  const says = document.getElementById("map-says");
  const news = document.getElementById("map-news");
  const incident = pane.dataset.incident ? Number(pane.dataset.incident) : null;
  const page = pane.closest("[data-alone]") ? "its own" : incident === null ? "console" : "incident";

  let map = null;
  let version = null;
  let collection = { features: [] };
  let programs = []; // by rank, each with its name and its bounds
  let program = null; // the one that is fitted
  let failing = false;
  const marks = new Map(); // id of a feature → its marker and its link

  // Shown or hidden: by a key or the button, kept in this browser, for the console and for incidents apart.

  function show(shown) {
    pane.hidden = !shown;
    toggle.textContent = shown ? gettext("Hide map") : gettext("Show map");
    toggle.setAttribute("aria-expanded", String(shown));
    if (shown && !map) open();
    else if (shown) readSoon();
  }

  function turn() {
    if (pane.contains(document.activeElement)) toggle.focus();
    show(pane.hidden);
    remember(localStorage, `map on ${page}`, pane.hidden ? "hidden" : "shown");
  }

  // A browser that keeps nothing still shows a map.
  function remember(storage, name, value) {
    try {
      storage.setItem(name, value);
    } catch {}
  }

  function remembered(storage, name) {
    try {
      return storage.getItem(name);
    } catch {
      return null;
    }
  }

  async function open() {
    const tiles = pane.dataset.tiles;
    map = L.map(canvas, {
      attributionControl: false,
      zoomControl: false,
      minZoom: 3,
      maxZoom: 19,
      zoomSnap: tiles ? 1 : 0.5, // tiles are sharp at whole zooms only
      zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      markerZoomAnimation: true,
    });
    const [grid, ...ground] = mapGround(tiles, pane.dataset.streets);
    map.on("zoomend", () => {
      grid.redraw();
      heap();
    });
    map.setView([0, 0], 3);
    for (const layer of [grid, ...ground]) layer.addTo(map);
    L.control.scale({ position: "bottomright", maxWidth: 120 }).addTo(map);
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(canvas);
    says.textContent = HINT;
    await Promise.all([readAreas(), read()]);
    home();
    canvas.dataset.fitted = ""; // until then it would show an ocean
    map.on("moveend", () => {
      const { lat, lng } = map.getCenter();
      if (incident === null) remember(sessionStorage, "map view", JSON.stringify([lat, lng, map.getZoom()]));
    });
    new MutationObserver(readIfNews).observe(news, { attributes: true, childList: true, subtree: true });
    setInterval(readSoon, REGULARLY);
  }

  // Reading

  let timer = null;
  let readAt = 0;
  let missed = false; // something was told while we were reading

  function readIfNews() {
    const told = document.getElementById("map-version")?.dataset.version;
    if (told && told !== version) readSoon();
  }

  function readSoon() {
    missed = timer !== null;
    if (pane.hidden || missed) return;
    timer = setTimeout(async () => {
      await read();
      timer = null;
      if (failing) setTimeout(readSoon, AGAIN);
      else if (missed) readIfNews();
      missed = false;
    }, Math.max(0, readAt + APART - Date.now()));
  }

  async function read() {
    readAt = Date.now();
    try {
      collection = await geojson(pane.dataset.features);
      version = collection.version;
      failing = false;
      drawSoon();
    } catch {
      failing = true;
    }
    pane.classList.toggle("is-failing", failing);
    tellWithout();
  }

  async function readAreas() {
    try {
      const areas = await geojson(pane.dataset.areas);
      const layer = L.geoJSON(areas, { interactive: false, style: { className: "map-area" } }).addTo(map);
      const found = new Map();
      layer.eachLayer((each) => {
        const { program: slug, program_name: name } = each.feature.properties;
        if (!found.has(slug)) found.set(slug, { slug, name, bounds: L.latLngBounds([]) });
        found.get(slug).bounds.extend(each.getBounds());
      });
      programs = [...found.values()];
    } catch {
      programs = []; // the map is of use without outlines
    }
  }

  async function geojson(address) {
    const answer = await fetch(address, { headers: { Accept: "application/geo+json" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    return answer.json();
  }

  // Drawing

  let pointedAt = 0;
  let drawing = null;

  function drawSoon() {
    clearTimeout(drawing);
    const wait = pointedAt + STILL - Date.now();
    if (wait > 0) drawing = setTimeout(drawSoon, wait);
    else draw();
  }

  function draw() {
    const features = collection.features.filter(isHere);
    const placed = new Map(features.filter((each) => each.geometry).map((each) => [each.id, each]));
    for (const [id, mark] of marks) {
      if (placed.has(id)) continue;
      if (mark.link === document.activeElement) canvas.focus({ preventScroll: true });
      mark.marker.remove();
      marks.delete(id);
    }
    for (const [id, feature] of placed) {
      const position = positionOf(feature);
      let mark = marks.get(id);
      if (!mark) {
        const link = document.createElement("a");
        link.draggable = false;
        const icon = L.divIcon({ html: link, className: "map-mark", iconSize: [0, 0] });
        mark = { link, marker: L.marker(position, { icon, interactive: false, keyboard: false }).addTo(map) };
        marks.set(id, mark);
      } else if (!mark.marker.getLatLng().equals(position)) {
        mark.marker.setLatLng(position);
      }
      mark.told = feature.properties;
    }
    heap();
  }

  // Where incidents would lie upon each other, the most urgent stands for all and counts them.
  function heap() {
    const zoom = map.getZoom();
    const heads = [];
    const all = [...marks.values()];
    for (const mark of all) mark.more = 0;
    const incidents = all.filter((each) => each.told.kind === "incident");
    for (const mark of incidents.sort((one, other) => weightOf(other.told) - weightOf(one.told))) {
      mark.at = map.project(mark.marker.getLatLng(), zoom);
      const head = heads.find(({ at }) => Math.abs(at.x - mark.at.x) < WIDE && Math.abs(at.y - mark.at.y) < TALL);
      mark.link.hidden = Boolean(head);
      if (head) head.more += 1;
      else heads.push(mark);
    }
    for (const mark of all) label(mark);
  }

  // Units lie on top: there are few, and one of them is what a dispatcher looks for.
  function weightOf({ kind, priority, overdue, number }) {
    if (kind === "unit") return 20;
    return (number === incident ? 15 : 0) + (overdue ? 5 : 0) + (priority ? 5 - priority : 2);
  }

  // An incident's own map holds it, its units, and those that are free.
  function isHere({ properties: told }) {
    if (incident === null) return true;
    if (told.kind === "incident") return told.number === incident;
    return told.incident === incident || told.state === "available";
  }

  function label({ link, marker, told, more }) {
    const [shape, text] = told.kind === "incident" ? incidentMark(told, more) : unitMark(told);
    const others = more ? interpolate(gettext("; and %(count)s more near it, zoom in to see them"), { count: more }, true) : "";
    const name = told.kind === "incident" ? `${text.join(" ")},` : told.callsign;
    const sentence = `${name} ${told.label}${ageOf(told)}${others}`;
    const said = JSON.stringify([shape, text, sentence, told.url]);
    if (link.dataset.said === said) return;
    link.dataset.said = said;
    link.href = told.url;
    link.className = shape;
    link.setAttribute("aria-label", sentence);
    link.replaceChildren(
      ...text.map((words) => {
        const part = document.createElement("span");
        part.textContent = words;
        return part;
      }),
    );
    marker.setZIndexOffset(weightOf(told) * 10_000);
  }

  function incidentMark({ priority, overdue }, more) {
    const shape = `map-incident priority priority--${priority ?? "open"}${overdue ? " map-incident--overdue" : ""}`;
    return [shape, [`P${priority ?? "?"}`, ...(overdue ? ["!"] : []), ...(more ? [`+${more}`] : [])]];
  }

  function unitMark(told) {
    return [`map-unit map-unit--${told.state}${ageOf(told) ? " map-unit--old" : ""}`, [told.callsign, told.short]];
  }

  function ageOf({ kind, position_at: at }) {
    const minutes = kind === "unit" && at ? Math.floor((Date.parse(collection.at) - Date.parse(at)) / 60_000) : 0;
    return minutes >= OLD ? interpolate(gettext(", position %(minutes)s min old"), { minutes }, true) : "";
  }

  function tellWithout() {
    const without = (kind) =>
      collection.features.filter((each) => isHere(each) && each.properties.kind === kind && !each.geometry).length;
    const [incidents, units] = [without("incident"), without("unit")];
    const told = [];
    if (failing) told.push(gettext("Not up to date: it could not be read, trying again"));
    else if (incidents && incident !== null) told.push(gettext("this incident has no place"));
    else if (incidents) told.push(interpolate(ngettext("%(count)s without a place", "%(count)s without a place", incidents), { count: incidents }, true));
    if (units) told.push(interpolate(ngettext("%(count)s unit without a position", "%(count)s units without a position", units), { count: units }, true));
    const line = document.getElementById("map-without");
    if (line.textContent !== told.join(" · ")) line.textContent = told.join(" · ");
  }

  function positionOf(feature) {
    const [longitude, latitude] = feature.geometry.coordinates;
    return L.latLng(latitude, longitude);
  }

  // Fitting: to an incident and who is near, or to a city and what is in it. Two cities never share one view.

  function home() {
    const told = document.getElementById("map-fits");
    const choices = incident === null && programs.length > 1 ? programs : [null];
    for (const choice of choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = choice ? choice.name : gettext("Fit");
      button.addEventListener("click", () => fit((program = choice)));
      told.append(button);
    }
    const busiest = (each) => -inProgram(each).filter((feature) => feature.properties.kind === "incident").length;
    program = [...programs].sort((one, other) => busiest(one) - busiest(other))[0] ?? null;
    const kept = incident === null && remembered(sessionStorage, "map view");
    if (kept) {
      const [latitude, longitude, zoom] = JSON.parse(kept);
      map.setView([latitude, longitude], zoom, { animate: false });
    } else {
      fit();
    }
  }

  function inProgram(each) {
    // A position that is plainly wrong must not make the city a dot.
    const sane = each.bounds.pad(0.5);
    return placed().filter((feature) => feature.properties.program === each.slug && sane.contains(positionOf(feature)));
  }

  function placed() {
    return collection.features.filter((each) => isHere(each) && each.geometry);
  }

  function fit() {
    const bounds = incident === null ? boundsOfProgram() : boundsOfIncident();
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [48, 30], maxZoom: 16, animate: false });
  }

  function boundsOfProgram() {
    const each = program ?? programs[0];
    if (!each) return L.latLngBounds(placed().map(positionOf));
    const found = inProgram(each).map(positionOf);
    return found.length > 1 ? L.latLngBounds(found) : each.bounds;
  }

  function boundsOfIncident() {
    const here = placed();
    const place = here.find((each) => each.properties.kind === "incident");
    const units = here.filter((each) => each.properties.kind === "unit");
    if (!place) return units.length ? L.latLngBounds(units.map(positionOf)) : (programs[0]?.bounds ?? L.latLngBounds([]));
    const far = (each) => map.distance(positionOf(place), positionOf(each));
    const ours = units.filter((each) => each.properties.program === place.properties.program);
    const free = ours.filter((each) => each.properties.incident !== incident).sort((one, other) => far(one) - far(other));
    const own = units.filter((each) => each.properties.incident === incident);
    return L.latLngBounds([place, ...own, ...free.slice(0, NEAR)].map(positionOf));
  }

  // Hands

  toggle.hidden = false;
  toggle.addEventListener("click", turn);
  addEventListener("keydown", (event) => {
    // By the place of the key: with Alt some keyboards write another letter.
    if (event.code === "KeyM" && event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      turn();
    }
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "f" || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    fit();
  });
  document.getElementById("map-in").addEventListener("click", () => map.zoomIn());
  document.getElementById("map-out").addEventListener("click", () => map.zoomOut());
  // The map was dragged by a mark: that is no wish to open it.
  canvas.addEventListener("click", (event) => map?.dragging.moved() && event.preventDefault(), true);
  canvas.addEventListener("pointermove", () => (pointedAt = Date.now()));
  for (const name of ["pointerover", "focusin"]) {
    canvas.addEventListener(name, (event) => {
      const link = event.target.closest("a");
      says.textContent = link ? link.getAttribute("aria-label") : HINT;
    });
  }

  show(remembered(localStorage, `map on ${page}`) !== "hidden");
})();
