// The base map: streets as they were imported, drawn square by square as SVG, so that the stylesheet gives their
// colours, in the light, in the dark and on paper. Where none were imported the grid is all there is.
"use strict";

const MapStreets = L.GridLayer.extend({
  options: { minZoom: 9, maxZoom: 19, address: "" },

  createTile(coords, done) {
    const size = this.getTileSize();
    const tile = this._svg("svg", { width: size.x, height: size.y, class: "map-streets" });
    fetch(`${this.options.address}${coords.z}/${coords.x}/${coords.y}/`)
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : Promise.reject(new Error(answer.status))))
      .then((told) => {
        this._draw(tile, told);
        done(null, tile);
      })
      .catch((error) => done(error, tile)); // the grid and all marks are there without it
    return tile;
  },

  _draw(tile, { lines, names }) {
    for (const [weight, ...numbers] of lines) {
      const points = numbers.join(" ");
      tile.append(this._svg("polyline", { points, class: `map-street map-street--${weight}` }));
    }
    for (const [name, x, y, slope] of names) {
      const turned = `rotate(${slope} ${x} ${y})`;
      const text = this._svg("text", { x, y, transform: turned, class: "map-street__name" });
      text.textContent = name;
      tile.append(text);
    }
  },

  _svg(name, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  },
});

// What lies under a map's marks, from below: tiles where the installation has them, else the grid and the streets.
function mapGround(tiles, streets) {
  const grid = new MapGrid();
  const address = streets.replace("0/0/0/", "");
  return tiles ? [grid, L.tileLayer(tiles, { maxZoom: 19 })] : [grid, new MapStreets({ address })];
}
