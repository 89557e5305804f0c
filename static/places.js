// A place's field finds what is typed: a combobox over what the server knows (ARIA 1.2), with the position that belongs
// to a name, whom it falls to, and a map to point at. Typing is never held up, and nothing moves but the list, which
// lies over the page. Without this script the same inputs are filled in by hand.
"use strict";

(() => {
  const WAIT = 120; // ms after a key
  const LEAST = 2; // letters
  let made = 0;

  function dressAll() {
    for (const place of document.querySelectorAll("[data-places]:not([data-dressed])")) dress(place);
  }

  function dress(place) {
    place.dataset.dressed = "";
    const form = place.closest("form");
    const named = (name) => form.elements[`${place.dataset.group}.${name}`];
    const [address, latitude, longitude, kind] = ["address", "latitude", "longitude", "class"].map(named);
    const line = place.querySelector("[data-place-here]");
    const id = `places-${(made += 1)}`;
    let chosen = null; // what was last chosen: its name and position
    let active = -1;
    let asked = 0;
    let waiting = 0;
    let ours = false; // what changes is changed by this script

    const list = document.createElement("ul");
    Object.assign(list, { id, hidden: true, className: "places" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", gettext("Places found"));
    const said = document.createElement("p");
    said.className = "hidden";
    said.setAttribute("role", "status");
    address.after(list);
    place.append(said);
    const combobox = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id };
    for (const [name, value] of Object.entries(combobox)) address.setAttribute(name, value);

    const options = () => [...list.children];
    const isLocked = () => form.hasAttribute("data-locked"); // a colleague has the call now
    const exercise = () => Boolean(form.elements.exercise?.checked) || "exercise" in place.dataset;

    function url(base, told) {
      return `${base}?${new URLSearchParams(exercise() ? { ...told, exercise: "yes" } : told)}`;
    }

    // Of two answers the one to the later question counts; null: it was overtaken, or did not come.
    async function ask(base, told, isLate) {
      try {
        const answer = await fetch(url(base, told), { headers: { "HX-Request": "true" } });
        return answer.ok && !answer.redirected && !isLate() ? await answer.text() : null;
      } catch {
        return null; // the intake says that there is no connection
      }
    }

    async function find() {
      const question = (asked += 1);
      const text = address.value.trim();
      if (text.length < LEAST || isLocked()) return close();
      const found = await ask(place.dataset.places, { q: text }, () => question !== asked);
      if (found === null || document.activeElement !== address) return;
      list.innerHTML = found;
      active = -1;
      options().forEach((option, number) => (option.id = `${id}-${number}`));
      show(options().length > 0);
      const count = options().length;
      said.textContent = count ? interpolate(ngettext("%(count)s place found", "%(count)s places found", count), { count }, true) : gettext("No such place is known");
    }

    function show(shown) {
      list.hidden = !shown;
      address.setAttribute("aria-expanded", String(shown));
      if (!shown) point(-1);
    }

    function close() {
      asked += 1;
      clearTimeout(waiting);
      show(false);
    }

    function point(at) {
      active = at;
      options().forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
      const option = options()[at];
      if (option) {
        address.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else {
        address.removeAttribute("aria-activedescendant");
      }
    }

    function choose(option) {
      const told = option.dataset;
      address.value = told.address;
      chosen = { address: told.address, latitude: told.latitude, longitude: told.longitude };
      if (kind && told.class && !kind.value) {
        kind.value = told.class;
        changed(kind);
      }
      close();
      changed(address);
      put(told.latitude, told.longitude);
      said.textContent = interpolate(gettext("%(address)s, position filled in"), { address: told.address }, true);
    }

    function put(north, east) {
      if (isLocked()) return;
      latitude.value = north;
      longitude.value = east;
      changed(latitude);
      changed(longitude);
    }

    // The draft listens to what is put in, the decision to what has changed.
    function changed(input) {
      ours = true;
      for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
      ours = false;
    }

    let told = 0;
    async function tell() {
      const question = (told += 1);
      const position = { latitude: latitude.value.trim(), longitude: longitude.value.trim() };
      const here = await ask(place.dataset.here, position, () => question !== told);
      if (line && here !== null) line.innerHTML = here;
      place.dispatchEvent(new CustomEvent("placed", { detail: position }));
    }

    // More may be said of what was chosen ("…, rear door"); what is another place has another position.
    function forsake() {
      const stands = chosen && latitude.value === chosen.latitude && longitude.value === chosen.longitude;
      if (!stands || address.value.toLowerCase().startsWith(chosen.address.toLowerCase())) return;
      chosen = null;
      put("", "");
    }

    address.addEventListener("input", () => {
      if (ours) return;
      forsake();
      clearTimeout(waiting);
      asked += 1;
      waiting = setTimeout(find, WAIT);
    });
    address.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const count = options().length;
      const open = !list.hidden;
      if (event.key === "ArrowDown" && !open) find();
      else if (event.key === "ArrowDown") point(active + 1 < count ? active + 1 : -1);
      else if (event.key === "ArrowUp" && open) point(active < 0 ? count - 1 : active - 1);
      else if (event.key === "Enter" && open && active >= 0) choose(options()[active]);
      else if (event.key === "Escape" && open) close();
      else return;
      event.preventDefault();
    });
    address.addEventListener("blur", close);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
    for (const input of [latitude, longitude]) input.addEventListener("change", tell);
    form.elements.exercise?.addEventListener?.("change", tell);
    pick(place, put, () => [latitude.value, longitude.value].map(Number.parseFloat));
  }

  // The map: opened by its button, never by itself. Its position can be typed as well.
  function pick(place, put, position) {
    const button = place.querySelector("[data-pick]");
    const canvas = place.querySelector("[data-place-map]");
    if (!button || !canvas) return;
    if (!window.L) return button.remove();
    button.hidden = false;
    let map = null;
    let mark = null;

    function draw() {
      const [north, east] = position();
      mark?.remove();
      mark = null;
      if (!Number.isFinite(north) || !Number.isFinite(east)) return false;
      const icon = L.divIcon({ className: "place__mark", iconSize: [0, 0] });
      mark = L.marker([north, east], { icon, interactive: false, keyboard: false }).addTo(map);
      return true;
    }

    async function open() {
      const tiles = place.dataset.tiles;
      map = L.map(canvas, { attributionControl: false, minZoom: 3, maxZoom: 19, zoomAnimation: false });
      map.setView([0, 0], 3);
      for (const layer of mapGround(tiles, place.dataset.streets)) layer.addTo(map);
      map.on("click", ({ latlng }) => {
        const { lat, lng } = latlng.wrap();
        put(lat.toFixed(6), lng.toFixed(6));
      });
      if (draw()) map.setView(mark.getLatLng(), 16);
      try {
        const answer = await fetch(place.dataset.areas);
        const areas = L.geoJSON(await answer.json(), { interactive: false, style: { className: "map-area" } }).addTo(map);
        const first = areas.getLayers()[0]?.feature.properties.program;
        const bounds = L.latLngBounds([]);
        areas.eachLayer((each) => each.feature.properties.program === first && bounds.extend(each.getBounds()));
        if (!mark && bounds.isValid()) map.fitBounds(bounds, { animate: false });
      } catch {} // the map is of use without outlines
      canvas.dataset.fitted = "";
    }

    button.addEventListener("click", () => {
      canvas.hidden = !canvas.hidden;
      button.setAttribute("aria-expanded", String(!canvas.hidden));
      button.textContent = canvas.hidden ? gettext("Pick on the map") : gettext("Hide the map");
      if (!canvas.hidden && !map) open();
    });
    place.addEventListener("placed", () => {
      if (map && draw() && !map.getBounds().contains(mark.getLatLng())) map.setView(mark.getLatLng());
    });
  }

  dressAll();
  // The form comes anew when it was refused, and a call's when it was amended.
  document.addEventListener("htmx:afterSwap", dressAll);
  document.addEventListener("moved", dressAll);
})();
