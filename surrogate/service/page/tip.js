// The word beside the pointer: what the map says there, at once and without a request.

import { element, gaveWords, quantity, valued } from "./words.js";

export class Tip {
  constructor() {
    this.root = element("div", { class: "tip", hidden: true });
  }

  // `found`: where the pointer is and what lies there; null hides it.
  show(found) {
    this.say(found && lines(found), found?.px, found?.py);
  }

  // Lines of words beside a pixel; null hides it.
  say(words, px, py) {
    this.root.hidden = !words;
    if (!words) return;
    this.root.replaceChildren(...words.map((line) => element("p", {}, line)));
    this.root.style.left = `${px}px`;
    this.root.style.top = `${py}px`;
    this.root.classList.toggle("before", px > this.root.parentElement.clientWidth / 2);
  }
}

function lines({ map, j, i, point, campaign, declined, waits, run, failed }) {
  const axes = [map.x, map.y].filter(Boolean).map(({ name, unit }) => `${name} ${quantity(point[name], unit)}`);
  const over = map.averaged?.length ? [`on average over ${map.averaged.join(", ")}`] : [];
  return [...said(map, j, i, declined, campaign), ...over, axes.join(", "), ...(run ? [runWords(run, campaign)] : []), ...(failed ? [`query ${failed.query} failed; Runs says why`] : []), ...(waits ? [`asked next: ${waits.why || waits.reason}`] : [])];
}

function said(map, j, i, declined, campaign) {
  if (!map.allowed[j][i]) return ["a constraint forbids this"];
  const value = valued(campaign, map.mean[j][i], map.lower[j][i], map.upper[j][i]);
  if (!declined) return [value];
  const chance = Math.round(100 * map.answers[j][i]);
  return [`cannot be simulated: ${chance} % chance of an answer`, ...(map.declines ? [`it says "${map.declines}"`] : [])];
}

function runWords(run, campaign) {
  const queries = `query ${run.queries.slice(0, 3).join(", ")}${run.queries.length > 3 ? " ..." : ""}`;
  if (!run.runs) return `${queries} declined`;
  if (run.runs === 1) return `${queries} gave ${gaveWords(campaign, run.sum)}`;
  return `${queries} gave ${quantity(run.mean, campaign.outcome.unit)} on average of ${run.runs}`;
}
