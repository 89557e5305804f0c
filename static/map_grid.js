// A map's ground without tiles: lines of latitude and longitude at round degrees, each with its number on every other
// tile. Drawn as SVG, so that the stylesheet gives its colours, in the light and in the dark.
"use strict";

const MapGrid = L.GridLayer.extend({
  LINES_APART: 100, // px, at least
  STEPS: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 45],

  createTile(coords) {
    const size = this.getTileSize();
    const tile = this._svg("svg", { width: size.x, height: size.y, class: "map-grid" });
    const from = this._map.unproject(coords.scaleBy(size), coords.z);
    const to = this._map.unproject(coords.add([1, 1]).scaleBy(size), coords.z);
    const least = (this.LINES_APART / size.x) * (to.lng - from.lng);
    const step = this.STEPS.find((each) => each >= least) ?? 90;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    // Between two whole zooms a tile is stretched; what is written on it must not be.
    const scale = this._map.getZoomScale(this._map.getZoom(), coords.z);
    const [gap, font] = [4 / scale, 11 / scale];
    for (const value of rounds(to.lat, from.lat, step)) {
      const y = this._map.project([value, from.lng], coords.z).y - coords.y * size.y;
      this._line(tile, { x1: 0, x2: size.x, y1: y, y2: y });
      if (coords.x % 2 === 0) this._number(tile, gap, y - gap, font, named(value, digits, "N", "S"));
    }
    for (const value of rounds(from.lng, to.lng, step)) {
      const x = this._map.project([from.lat, value], coords.z).x - coords.x * size.x;
      this._line(tile, { x1: x, x2: x, y1: 0, y2: size.y });
      if (coords.y % 2 === 0) this._number(tile, x + gap, gap + font, font, named(value, digits, gettext("E"), gettext("W")));
    }
    return tile;

    function* rounds(low, high, by) {
      for (let count = Math.ceil(low / by); count * by < high; count++) yield count * by;
    }

    function named(value, places, plus, minus) {
      return `${Math.abs(value).toFixed(places)}° ${value < 0 ? minus : plus}`;
    }
  },

  _line(tile, ends) {
    tile.append(this._svg("line", { ...ends, class: "map-grid__line" }));
  },

  _number(tile, x, y, size, text) {
    const number = this._svg("text", { x, y, "font-size": size, class: "map-grid__number" });
    number.textContent = text;
    tile.append(number);
  },

  _svg(name, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  },
});
