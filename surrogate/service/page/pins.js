// Points that a designer keeps an eye on: in the link, on the map by a letter, and with what the
// surrogate says of each by now.

import { at, post } from "./api.js";
import { readOff } from "./card.js";
import { offline } from "./offline.js";
import { choose, chosen } from "./state.js";
import { element, place, valued } from "./words.js";

const LETTERS = "ABCDEFGH";

// The points that the link keeps of this campaign, each with its letter.
export function pinned(campaign) {
  const points = read(chosen().pins).filter((point) => campaign.parameters.every((one) => one.name in (point ?? {})));
  return points.slice(0, LETTERS.length).map((point, k) => ({ letter: LETTERS[k], point }));
}

function read(text) {
  try {
    const found = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

const keep = (points) => choose({ pins: points.length ? JSON.stringify(points) : null });

// Keep a point too; the last of too many makes room.
export function pin(campaign, point) {
  const kept = pinned(campaign).map((one) => one.point);
  if (kept.some((one) => JSON.stringify(one) === JSON.stringify(point))) return;
  keep([...kept.slice(0, LETTERS.length - 1), point]);
}

// Fill `root` with the pins and their values, and with what can be done about each.
export async function pinPanel(root, campaign, map) {
  const pins = pinned(campaign);
  if (!pins.length) {
    root.dataset.key = "";
    return root.replaceChildren();
  }
  const key = `${chosen().pins} ${map.revision} ${offline ? JSON.stringify(map.held) : ""}`;
  if (root.dataset.key === key) return;
  root.dataset.key = key;
  const values = await valuesOf(campaign, map, pins);
  if (root.dataset.key !== key) return;
  const rest = (letter) => pins.filter((one) => one.letter !== letter).map((one) => one.point);
  const rows = pins.map(({ letter, point }, k) =>
    element("li", {}, element("b", {}, `${letter}: `), element("span", { class: "pin-value" }, values[k]), `, ${place(point, campaign.parameters)} `,
      element("button", { onclick: () => choose({ point: JSON.stringify(point) }) }, "show"),
      " ",
      element("button", { "aria-label": `forget ${letter}`, onclick: () => keep(rest(letter)) }, "forget")));
  root.replaceChildren(element("h2", {}, `Points kept: the ${campaign.outcome.response} at each, revision ${map.revision}`), element("ul", { class: "queries" }, ...rows));
}

async function valuesOf(campaign, map, pins) {
  if (!offline) {
    const said = await post(at(campaign.name, "/predict"), { points: pins.map((one) => one.point) });
    return pins.map((_, k) => valued(campaign, said.mean[k], said.lower[k], said.upper[k]));
  }
  return pins.map(({ point }) => {
    try {
      const { mean, lower, upper } = readOff(map, point);
      return valued(campaign, mean[0], lower[0], upper[0]);
    } catch {
      return "beside this map";
    }
  });
}
