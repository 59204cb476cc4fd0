// The colour scale above the map, with the threshold's handle on it.

import { colour, css } from "./colours.js";
import { ticks } from "./frame.js";
import { element, short } from "./words.js";

const STOPS = 24;
const STEPS = 200; // places of the handle

const gradient = Array.from({ length: STOPS + 1 }, (_, k) => css(colour(k / STOPS))).join(", ");

// The scale from low to high. `level` null: no handle, `onAdd` offers one. `colours` are stops of
// another scale than that of values.
export function legend(root, { scale: [low, high], label, level, onDrag, onDrop, onAdd, extra = [], colours = gradient }) {
  const share = (value) => (value - low) / (high - low);
  const marks = ticks(low, high, 5).map((value) => element("span", { style: { left: `${100 * share(value)}%` } }, short(value)));
  const bar = element("div", { class: "bar" }, element("div", { class: "colours", style: { background: `linear-gradient(to right, ${colours})` } }), element("div", { class: "marks", "aria-hidden": "true" }, ...marks));
  const words = element("output", { id: "threshold-value" });
  root.replaceChildren(element("span", { class: "scale" }, label), bar, words, ...extra);
  if (level === null) {
    if (onAdd) words.append(element("button", { onclick: () => onAdd((low + high) / 2) }, "add a threshold"));
    return;
  }
  const step = (high - low) / STEPS; // the ends themselves are no threshold: nothing lies beyond
  const handle = element("input", {
    type: "range",
    id: "threshold",
    "aria-label": "threshold",
    min: low + step,
    max: high - step,
    step,
    oninput: (event) => onDrag(Number(event.target.value)),
    onchange: (event) => onDrop(Number(event.target.value)),
  });
  handle.value = level; // after the ends: a range clips what lies outside them
  bar.append(handle);
  mark(root, level);
}

export function mark(root, level) {
  const output = root.querySelector("#threshold-value");
  if (output) output.value = `threshold ${short(level)}`;
}
