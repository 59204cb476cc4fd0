// What became of each sweet spot between two versions: its verdict, sizes with intervals, and runs
// to be played on both.

import { canReplay } from "./replay.js";
import { element, interval, place, short, span, surely } from "./words.js";

export const VERDICTS = { new: "new", gone: "gone", moved: "moved", grew: "grew", shrank: "shrank", same: "the same", unknown: "not known" };
const UNSURE = ["same", "unknown"];

// `handlers` has onSpot(point) and onReplay(campaign, query, seed).
export function verdictList(root, campaign, found, { onSpot, onReplay }) {
  const response = campaign.outcome.response;
  const specks = found.specks ? [element("p", { class: "said" }, `${found.specks} too small to be a spot ${found.specks === 1 ? "is" : "are"} left out.`)] : [];
  root.replaceChildren(
    element("h2", {}, `Sweet spots: where the ${response} is ${found.side} ${short(found.level)}`),
    ...found.spots.map((spot) => item(campaign, found, spot, { onSpot, onReplay })),
    ...(found.spots.length ? [] : [element("p", {}, "None before or after.")]),
    ...specks,
  );
}

function item(campaign, found, spot, { onSpot, onReplay }) {
  const { before, after, verdict } = spot;
  const middle = after.middle ?? before.middle;
  const buttons = element("div", { class: "buttons" }, element("button", { onclick: () => onSpot(middle) }, "show its middle"));
  for (const [side, standing] of [["before", before], ["after", after]]) {
    const run = standing.runs.find((one) => canReplay(campaign, one.query, found[side].campaign));
    if (run) buttons.append(element("button", { class: "replay", onclick: () => onReplay(found[side].campaign, run.query) }, `play query ${run.query} of ${found[side].campaign} on both`));
  }
  return element(
    "article",
    { class: "spot", "data-rank": spot.rank, "data-verdict": verdict },
    element("h3", {}, `${spot.rank}. `, element("span", { class: `verdict-word ${verdict}` }, VERDICTS[verdict]), UNSURE.includes(verdict) ? "" : `, sure with ${surely(spot.chance)}`),
    element("p", {}, `Size: ${size(before, spot.unit)} before, ${size(after, spot.unit)} after; the change is ${signed(spot.change, spot.unit)}.`),
    element("p", {}, strengths(campaign, before, after)),
    element("p", { class: "said" }, `Around ${places(campaign, before, after)}.`),
    buttons,
  );
}

function size({ size: found, middle }, unit) {
  return middle ? `${span(found)} ${unit}`.trim() : `none (at most ${short(found.upper)} ${unit}`.trim() + ")";
}

const signed = (change, unit) => `${change.mean > 0 ? "+" : ""}${span(change)} ${unit}`.trim();

function strengths(campaign, before, after) {
  const said = ({ strength }) => (strength ? interval(strength.mean, strength.lower, strength.upper) : "none");
  return `${campaign.outcome.response[0].toUpperCase()}${campaign.outcome.response.slice(1)} over it: ${said(before)} before, ${said(after)} after.`;
}

function places(campaign, before, after) {
  const known = campaign.parameters.filter(({ name }) => name in (before.middle ?? after.middle));
  return [before, after].filter(({ middle }) => middle).map(({ middle }) => place(middle, known)).filter((words, k, all) => words !== all[k - 1]).join(" → ");
}

// The whole of it in sentences: the headline, the overall rate, and what stands behind them.
export function headline(root, found) {
  const { before, after, change, response } = found.overall;
  const said = ({ mean, lower, upper }) => interval(mean, lower, upper);
  const pairs = found.paired ? [`${found.paired} runs were made on both sides with the same seed; ${found.differing} of them gave something else.`] : [];
  const rate = Math.round(100 * found.false_discovery_rate);
  root.replaceChildren(
    element("p", { class: "headline" }, found.headline),
    element("p", {}, `The ${response} over all: ${said(before)} before, ${said(after)} after; the change is ${change.mean > 0 ? "+" : ""}${said(change)}.`),
    ...[...pairs, found.note].filter(Boolean).map((words) => element("p", { class: "said" }, words)),
    element("p", { class: "said" }, `Revision ${found.before.revision} of ${found.before.campaign} and ${found.after.revision} of ${found.after.campaign}; of the changes that are named at most ${rate} % are false on average.`),
  );
}
