// How far the map may be trusted: traffic lights with what to do, and what audit runs gave beside
// what was said of them.

import { at, get } from "./api.js";
import { chart } from "./chart.js";
import { seldom } from "./seldom.js";
import { element, percent, short } from "./words.js";

export const view = {
  key: "quality",
  label: "Quality",
  suits: () => true,
  reads: true,
  title: (campaign) => (campaign.pool ? `How far what is said of ${campaign.name} may be trusted` : `How good the map of ${campaign.name} is`),
  reading: "Green: well. Amber: take care, and what to do. Red: mend it first. Audit runs are drawn at random and choose nothing, so what they say holds for all of it: a dot near the dashed line means that what was said is what happens; the number beside it counts its runs.",
  build: qualityView,
};

function qualityView(root, campaign) {
  const lights = element("section", { id: "health" });
  const canvas = element("canvas", { role: "img", id: "reliability", "aria-label": "said against seen, in bins of audit runs; the table says the same" });
  const counts = element("div", { id: "bins" });
  const diagram = element("div", { class: "charts" }, element("div", {}, element("h2", {}, "Said, and seen"), canvas), counts);
  root.replaceChildren(element("div", { class: "wide" }, lights, diagram));
  let drawn = () => {};
  const size = new ResizeObserver(() => drawn());
  size.observe(diagram);
  const load = async () => {
    const { lights: found, bins } = await get(at(campaign.name, "/quality"));
    lights.replaceChildren(...found.map(light));
    diagram.hidden = !bins.length;
    counts.replaceChildren(table(campaign, bins));
    drawn = () => bins.length && reliability(canvas, bins);
    drawn();
  };
  const looks = seldom(load);
  const end = () => {
    looks.cancel();
    size.disconnect();
  };
  return { moved: looks.call, chosen: () => {}, end, ready: load() };
}

const NAMES = { green: "well", amber: "take care", red: "mend first" };

function light({ colour, about, said, todo }) {
  const what = todo ? [element("p", { class: "todo" }, `What to do: ${todo}`)] : [];
  return element("div", { class: `light ${colour}`, role: "group", "aria-label": `${about}: ${NAMES[colour]}` }, element("b", {}, about), element("p", {}, said), ...what);
}

// Each bin as a dot with its interval and the count of its runs.
function reliability(canvas, bins) {
  const points = bins.map((bin) => ({ x: bin.said, y: bin.seen, low: bin.lower, high: bin.upper, text: String(bin.runs), size: 2.5 + Math.sqrt(bin.runs) }));
  chart(canvas, { points, diagonal: true, x: { label: "what the map said", low: 0, high: 1, percent: true }, y: { low: 0, high: 1, percent: true } });
}

function table(campaign, bins) {
  const rows = bins.map((bin) => element("tr", {}, ...[String(bin.runs), percent(bin.said), percent(bin.seen), `${percent(bin.lower).replace(" %", "")}..${percent(bin.upper)}`].map((cell) => element("td", {}, cell))));
  const heads = ["audit runs", "the map said", `gave ${campaign.outcome.name}`, "may be, with 90 %"];
  return element("table", {}, element("caption", {}, "The same in numbers"), element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head))), ...rows);
}
