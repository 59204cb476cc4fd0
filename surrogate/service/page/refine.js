// More runs where a person wants to know better: in a box drawn on the map, or around a point.
// They enter the queue with the reason `person`, the other parameters as the map holds them,
// and anywhere in their range where it averages over them.

import { post, at } from "./api.js";
import { along, cellOf, settled } from "./axes.js";
import { isDeclined } from "./raster.js";
import { element } from "./words.js";

const MOST = 100; // runs at once
const TRIES = 20; // places for each run that is wanted: some may be forbidden or declined
const AROUND = 0.05; // of the ranges: how far around a point

// A row with a number and a button. `place()` gives { map, box } when it is pressed.
export class Refine {
  constructor(campaign, words, place) {
    this.campaign = campaign;
    this.count = element("input", { type: "number", min: 1, max: MOST, value: 10, "aria-label": "how many runs" });
    this.said = element("output", { class: "said" });
    const button = element("button", { onclick: () => this.ask(place()) }, words);
    this.root = element("div", { class: "refine" }, element("div", { class: "buttons" }, this.count, button), this.said);
  }

  async ask({ map, box }) {
    const wanted = Math.min(Math.max(Math.round(this.count.valueAsNumber) || 1, 1), MOST);
    const points = placesIn(this.campaign, map, box, wanted);
    if (!points.length) return (this.said.textContent = "No place in there can be simulated.");
    this.said.textContent = "Asking ...";
    try {
      for (const point of points) await post(at(this.campaign.name, "/queries"), { point, why: "refined by hand on the page" });
      this.said.textContent = `${points.length} run${points.length === 1 ? " is" : "s are"} ${this.campaign.runnable ? "being simulated" : "waiting for whoever simulates"}.`;
    } catch (problem) {
      this.said.textContent = problem.message;
    }
  }
}

// The box around a point on a map's axes.
export function around(map, { x, y }) {
  const ends = (axis, value) => [-1, 1].map((side) => Math.min(Math.max(value + side * AROUND * (axis.high - axis.low), axis.low), axis.high));
  return [...ends(map.x, x), ...(map.y ? ends(map.y, y) : [0, 0])];
}

// Whole points spread evenly over a box, where the simulator may answer: the sequence of Roberts
// (2018) with the plastic number, begun anywhere.
function placesIn(campaign, map, [x0, x1, y0, y1], wanted) {
  const begin = [Math.random(), Math.random()];
  const found = [];
  for (let k = 1; k <= TRIES * wanted && found.length < wanted; k++) {
    const [u, v] = [0.7548776662466927, 0.5698402909980532].map((step, axis) => (begin[axis] + step * k) % 1);
    const [x, y] = [x0 + u * (x1 - x0), y0 + v * (y1 - y0)];
    const [i, j] = [cellOf(map.x, x), map.y ? cellOf(map.y, y) : 0];
    if (i < 0 || j < 0 || !map.allowed[j][i] || isDeclined(map, j, i)) continue;
    const values = { ...map.held, [map.x.name]: x, ...(map.y ? { [map.y.name]: y } : {}) };
    found.push(Object.fromEntries(campaign.parameters.map((one) => [one.name, one.name in values ? settled(one, values[one.name]) : along(one, Math.random())])));
  }
  return found;
}
