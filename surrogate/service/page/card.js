// The point card: what the surrogate says of one point, how well it is known, and what can be done.

import { at, get, post } from "./api.js";
import { cellOf, located } from "./axes.js";
import { offline } from "./offline.js";
import { Problem } from "./problem.js";
import { isDeclined } from "./raster.js";
import { around, Refine } from "./refine.js";
import { canReplay } from "./replay.js";
import { ago, element, gaveWords, percent, place, valued } from "./words.js";

const NEAR = 0.05; // of the ranges: as near as this counts as here

// `about`: the map, the runs that are known, what replays one, and what keeps the point.
export async function card(root, campaign, point, { map, found, onReplay, onPin }) {
  const asked = JSON.stringify(point);
  root.dataset.point = asked;
  const read = offline ? readOff(map, point) : await post(at(campaign.name, "/predict"), { points: [point] });
  if (root.dataset.point !== asked) return; // another point was clicked meanwhile
  const near = neighbours(campaign, point, found);
  root.dataset.revision = read.revision;
  const tested = element("p", { class: "said" });
  if (near.length) lastTested(campaign, near[0].query).then((words) => (tested.textContent = words), () => {});
  root.replaceChildren(
    element("h2", {}, campaign.outcome.response),
    element("p", { class: "value" }, valued(campaign, read.mean[0], read.lower[0], read.upper[0])),
    element("p", {}, place(point, campaign.parameters)),
    element("p", {}, nearWords(campaign, near)),
    ...answerWords(map, point).map((words) => element("p", { class: "failure" }, words)),
    tested,
    buttons(campaign, point, near, { onReplay, onPin }),
    ...(offline ? [] : [new Refine(campaign, "refine around it", () => ({ map, box: around(map, located(point, map)) })).root]),
  );
}

function buttons(campaign, point, near, { onReplay, onPin }) {
  const said = element("p", { role: "status" });
  const act = (words, deed) => element("button", { onclick: () => deed().then((text) => (said.textContent = text), (problem) => (said.textContent = problem.message)) }, words);
  const simulate = async () => {
    const queued = await post(at(campaign.name, "/queries"), { point, why: "asked for on the page" });
    return campaign.runnable ? `query ${queued.query} is being simulated` : `query ${queued.query} waits for whoever simulates`;
  };
  const copy = async (text, words) => {
    await navigator.clipboard.writeText(text);
    return words;
  };
  const row = element("div", { class: "buttons" }, ...(offline ? [] : [act("simulate this now", simulate)]), element("button", { onclick: () => onPin(point) }, "keep this point"), act("copy parameters", () => copy(JSON.stringify(point), "copied")), act("copy link", () => copy(location.href, "link copied")));
  if (near.length && canReplay(campaign, near[0].query)) row.append(act("replay the nearest run", async () => (await onReplay(near[0].query), `query ${near[0].query}`)));
  return element("div", {}, row, said);
}

function nearWords(campaign, near) {
  if (!near.length) return "no runs yet";
  const here = near.filter((one) => one.far <= NEAR);
  const runs = `${here.length} run${here.length === 1 ? "" : "s"}`;
  const first = near[0];
  return `${runs} within ${100 * NEAR} % of the ranges; the nearest, query ${first.query}, lies ${percent(first.far)} away and gave ${gaveWords(campaign, first.value)}.`;
}

async function lastTested(campaign, query) {
  const { runs } = await get(at(campaign.name, `/runs?query=${query}&most=1`));
  return runs.length ? `Last tested ${ago(runs[0].started)}, because: ${runs[0].why || runs[0].reason}.` : "";
}

// A value off the map, where there is no service to ask.
export function readOff(map, point) {
  const { x, y } = located(point, map);
  const [i, j] = [cellOf(map.x, x), map.y ? cellOf(map.y, y) : 0];
  const isHeld = Object.entries(map.held).every(([name, value]) => !(name in point) || point[name] === value);
  if (i < 0 || j < 0 || !isHeld) throw new Problem(404, "This file knows values on its maps only, and this point lies beside the one shown; a served page has them all.");
  const [mean, lower, upper] = [map.mean, map.lower, map.upper].map((grid) => [grid[j][i]]);
  return { revision: map.revision, mean, lower, upper };
}

// Why nothing may come of simulating here, as far as the map reaches.
function answerWords(map, point) {
  const { x, y } = located(point, map);
  const [i, j] = [cellOf(map.x, x), map.y ? cellOf(map.y, y) : 0];
  if (i < 0 || j < 0 || !isDeclined(map, j, i)) return [];
  const said = map.declines ? `: "${map.declines}"` : "";
  return [`Probably cannot be simulated, ${Math.round(100 * map.answers[j][i])} % chance of an answer${said}.`];
}

// Runs by their distance in shares of the ranges, nearest first.
function neighbours(campaign, point, found) {
  const numeric = campaign.parameters.filter((one) => one.kind !== "categorical");
  const others = campaign.parameters.filter((one) => one.kind === "categorical");
  const rows = found.query.map((query, k) => {
    if (others.some((one) => found.columns[one.name][k] !== point[one.name])) return null;
    const far = Math.hypot(...numeric.map((one) => (found.columns[one.name][k] - point[one.name]) / (one.high - one.low)));
    return { query, far, value: found.value[k] };
  });
  return rows.filter(Boolean).sort((a, b) => a.far - b.far).slice(0, 50);
}
