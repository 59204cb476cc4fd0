// A box drawn on the map: what its runs gave, in a sentence; the runs' table takes it over.

import { axesOf, cellOf, located } from "./axes.js";
import { filtering, pointOf } from "./known.js";
import { isDeclined } from "./raster.js";
import { choose, chosen } from "./state.js";
import { element, percent, quantity, short } from "./words.js";

// The link's box as [x0, x1, y0, y1] along the axes; null without one.
export function boxIn() {
  const ends = (chosen().box ?? "").split(",").map(Number);
  return ends.length === 4 && ends.every(Number.isFinite) ? ends : null;
}

export const boxText = (ends) => ends.map((value) => short(value)).join(",");

// Which of the runs `found` lie in the link's box and pass its filters.
export function selected(campaign, found) {
  const box = boxIn();
  const isKept = filtering(found);
  const axes = axesOf(campaign).map((name) => {
    const known = campaign.parameters.find((one) => one.name === name);
    return { name, values: known?.choices ?? [] };
  });
  const inside = (k) => {
    if (!box) return true;
    const { x, y } = located(pointOf(found, k), { x: axes[0], y: axes[1] });
    return box[0] <= x && x <= box[1] && box[2] <= y && y <= box[3];
  };
  return found.query.map((_, k) => k).filter((k) => isKept(k) && inside(k));
}

export function boxWords(campaign) {
  const box = boxIn();
  return axesOf(campaign).map((name, k) => {
    const known = campaign.parameters.find((one) => one.name === name);
    return `${name} ${short(box[2 * k])}..${quantity(box[2 * k + 1], known.unit)}`.trim();
  }).join(", ");
}

// Fill `root` with what is known of the box; nothing where there is none. `more` is put below.
export function boxPanel(root, campaign, map, found, more) {
  if (!boxIn() || !map.y) return root.replaceChildren();
  const values = selected(campaign, found).map((k) => found.value[k]);
  const gave = values.filter((value) => value !== null);
  const count = `${values.length} run${values.length === 1 ? "" : "s"}`;
  const sum = gave.reduce((total, value) => total + value, 0);
  const { kind, name, unit, of } = campaign.outcome;
  const said = kind === "number" ? `${quantity(sum / gave.length, unit)} on average` : `${name} in ${sum}${of > 1 ? ` of ${of * gave.length}` : ""} (${percent(sum / gave.length / of)})`;
  const declined = values.length - gave.length;
  root.replaceChildren(
    element("h2", {}, `In the box: ${boxWords(campaign)}`),
    element("p", {}, `${count}${gave.length ? `: ${said}` : ""}${declined ? `; ${declined} declined` : ""}. ${mapped(map)}`),
    element("div", { class: "buttons" },
      element("button", { onclick: () => choose({ view: "runs" }, { replace: false }) }, "list these runs"),
      element("button", { onclick: () => choose({ box: null }) }, "forget the box")),
    ...(more ? [more] : []),
  );
}

// What the map says of the box, on average over its cells.
function mapped(map) {
  const [x0, x1, y0, y1] = boxIn();
  const inside = (axis, low, high) => axis.values.map((_, k) => k).filter((k) => cellOf(axis, low) <= k && k <= (cellOf(axis, high) < 0 ? Infinity : cellOf(axis, high)));
  let [sum, count] = [0, 0];
  for (const j of inside(map.y, y0, y1)) {
    for (const i of inside(map.x, x0, x1)) {
      if (!map.allowed[j][i] || isDeclined(map, j, i)) continue;
      sum += map.mean[j][i];
      count += 1;
    }
  }
  return count ? `The map says ${short(sum / count)} on average.` : "The map has nothing to say here.";
}
