// Iterations of a design in a row: how large and how strong each sweet spot was in each, what every
// step changed, and a small map of each on the same axes and one scale.

import { at, get } from "./api.js";
import { axesOf, isDrawn, located } from "./axes.js";
import { chart } from "./chart.js";
import { draw } from "./drawing.js";
import { fitted, Frame } from "./frame.js";
import { knows, offline } from "./offline.js";
import { colours, range } from "./raster.js";
import { choose, chosen } from "./state.js";
import { VERDICTS } from "./verdicts.js";
import { element, interval, sentence, short, span } from "./words.js";

// Eight colours that colour-blind eyes tell apart (Okabe and Ito 2008).
const INKS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b07a00", "#000000", "#8a8400"];
const BETWEEN = "/"; // names in the link: no name has it
const SIZE = 64; // cells a side of a small map
const WIDTH = 300; // pixels of one

export const view = {
  key: "timeline",
  label: "Timeline",
  suits: (campaign) => !campaign.pool && (!offline || knows(at(campaign.name, "/timeline"))),
  reads: true,
  title: (campaign) => `Sweet spots through the versions up to ${campaign.name}`,
  reading:
    "Versions stand from left to right, oldest first. Each line is one sweet spot as it was followed: its size and its strength, each with a bar where it may lie. A line that ends is gone, one that begins is new; one that merely moved goes on. Its number stands at its place on each small map.",
  build(root, campaign) {
    const built = new TimelineView(root, campaign);
    return { moved: () => {}, chosen: () => built.load(), end: () => built.end(), ready: built.load() };
  },
};

class TimelineView {
  constructor(root, campaign) {
    this.campaign = campaign;
    const part = (id) => element("section", { id });
    Object.assign(this, { choice: part("versions"), steps: part("steps"), maps: element("div", { class: "small", id: "iterations" }), table: part("moments") });
    const picture = (id, label) => element("canvas", { id, role: "img", "aria-label": label });
    this.sizes = picture("sizes", "size of each spot in each version; the table says the same");
    this.strengths = picture("strengths", "strength of each spot in each version; the table says the same");
    this.heads = [element("h2", {}, "Size"), element("h2", {}, "Strength")];
    this.charts = element("div", { class: "charts" }, element("div", {}, this.heads[0], this.sizes), element("div", {}, this.heads[1], this.strengths));
    root.replaceChildren(element("div", { class: "wide" }, this.choice, this.steps, this.charts, this.table, this.maps));
    this.size = new ResizeObserver(() => this.draw());
    this.size.observe(this.charts);
  }

  end() {
    this.size.disconnect();
  }

  async load() {
    await this.choose();
    const asked = new URLSearchParams(chosenNames().map((name) => ["after", name]));
    if (chosen().level !== undefined) asked.set("level", chosen().level);
    const question = `${asked}`;
    const isAlone = !offline && !this.campaign.parent && !chosenNames().length;
    this.charts.hidden = isAlone;
    if (isAlone) return this.steps.replaceChildren(sentence(ALONE));
    if (question === this.asked) return;
    this.asked = question;
    this.steps.replaceChildren(element("p", {}, "Following the spots ..."));
    const found = await get(at(this.campaign.name, `/timeline${question && `?${question}`}`)).catch((problem) => problem);
    if (question !== this.asked) return;
    if (found instanceof Error) return this.refused(found);
    this.found = found;
    this.boxes?.forEach((box) => { box.checked = found.campaigns.includes(box.value); });
    this.steps.replaceChildren(...found.headlines.map((words, k) => element("p", { class: "step" }, element("b", {}, `${found.campaigns[k + 1]}: `), words)));
    this.draw();
    this.table.replaceChildren(table(found));
    await this.showMaps(found);
  }

  refused(problem) {
    this.charts.hidden = true;
    this.found = null;
    for (const part of [this.table, this.maps]) part.replaceChildren();
    this.steps.replaceChildren(element("p", { class: "failure" }, problem.message));
  }

  draw() {
    const { found } = this;
    if (!found || this.charts.hidden) return;
    this.heads[0].textContent = `Size of each spot${found.unit ? ` in ${found.unit}` : ""}`;
    this.heads[1].textContent = `Strength: the ${found.response} over it`;
    lines(this.sizes, found, "size", null);
    lines(this.strengths, found, "strength", { value: found.level, words: `threshold ${short(found.level)}` });
  }

  // Which earlier versions lead here; without a choice those that the campaign descends from.
  async choose() {
    if (offline || this.names) return;
    this.names = (await get("/campaigns")).map((one) => one.name).filter((name) => name !== this.campaign.name);
    const boxes = this.names.map((name) => element("input", { type: "checkbox", value: name, checked: chosenNames().includes(name) }));
    this.boxes = boxes;
    const pick = () => choose({ after: boxes.filter((box) => box.checked).map((box) => box.value).join(BETWEEN) || null }, { replace: false });
    boxes.forEach((box) => box.addEventListener("change", pick));
    const labels = boxes.map((box) => element("label", { class: "check" }, box, box.value));
    const from = this.campaign.parent ? "versions before it (with none, those that it descends from)" : "versions before it";
    this.choice.replaceChildren(element("fieldset", {}, element("legend", {}, from), ...labels));
  }

  async showMaps(found) {
    const [x, y] = axesOf(this.campaign);
    const asked = new URLSearchParams(y ? { x, y, size: SIZE } : { x, size: SIZE });
    const maps = y ? await Promise.all(found.campaigns.map((name) => get(at(name, `/map?${asked}`)).catch(() => null))) : [];
    if (this.found !== found) return;
    const values = maps.filter(Boolean).flatMap((map) => map.mean.flat());
    this.maps.replaceChildren(...maps.map((map, k) => small(this.campaign, found, k, map, values)).filter(Boolean));
  }
}

const ALONE = "One version alone makes no timeline. Choose versions before it, or begin the next with `surrogate run PLAN --from previous`.";

const chosenNames = () => (chosen().after ?? "").split(BETWEEN).filter(Boolean);

// What became of a spot since the version before, in a word; "" in the first.
const became = ({ verdict }) => VERDICTS[verdict] ?? "";

// A quantity of every spot over the versions, with its intervals and what became of it.
function lines(canvas, found, key, level) {
  const names = found.campaigns;
  const place = (moment, number) => names.indexOf(moment.campaign) + 0.04 * number;
  const moments = found.lines.flatMap((line, number) => line.map((moment) => ({ moment, number, ink: INKS[number % INKS.length] })));
  const points = moments.map(({ moment, number, ink }) => ({ x: place(moment, number), y: moment[key].mean, low: moment[key].lower, high: moment[key].upper, ink, text: key === "size" ? `${number + 1} ${became(moment)}`.trim() : String(number + 1) }));
  const ends = [...points.flatMap((one) => [one.low, one.high]), ...(level ? [level.value] : [])];
  const isChance = key === "strength" && ends.every((value) => 0 <= value && value <= 1);
  const high = isChance ? 1 : 1.1 * Math.max(...ends, 0) || 1;
  const y = { low: Math.min(0, ...ends), high };
  const drawn = found.lines.map((line, number) => ({ places: line.map((moment) => [place(moment, number), moment[key].mean]), ink: INKS[number % INKS.length] }));
  chart(canvas, { points, lines: drawn, x: { names, low: -0.3, high: names.length - 0.5 }, y, level });
}

function table(found) {
  const unit = found.unit ? ` [${found.unit}]` : "";
  const cell = (line, name) => {
    const moment = line.find((one) => one.campaign === name);
    if (!moment) return "none";
    const { mean, lower, upper } = moment.strength;
    return `${span(moment.size)}, strength ${interval(mean, lower, upper)}${moment.verdict ? `, ${became(moment)}` : ""}`;
  };
  const head = element("tr", {}, ...["spot", ...found.campaigns].map((name) => element("th", { scope: "col" }, name)));
  const rows = found.lines.map((line, number) => element("tr", {}, element("th", { scope: "row" }, String(number + 1)), ...found.campaigns.map((name) => element("td", {}, cell(line, name)))));
  return element("table", {}, element("caption", {}, `Size${unit} and strength of each spot, with 95 % intervals`), head, ...rows);
}

// A version's map with the numbers of its spots; it opens as the version's home.
function small(campaign, found, k, map, values) {
  const name = found.campaigns[k];
  if (!map) return element("figure", {}, element("figcaption", {}, name), element("p", { class: "said" }, "It has no map over these axes."));
  const isChance = campaign.outcome.kind !== "number";
  const suits = isDrawn(campaign, map.x.name, map.y.name);
  const canvas = element("canvas", { role: "img", "aria-label": `${map.response} of ${name}` });
  const frame = new Frame(map.x, map.y, 1, 1, Boolean(suits || (map.y.unit && map.x.unit === map.y.unit)));
  const scale = range(map, "mean", { isChance, values, own: false });
  const here = found.lines.map((line, number) => ({ rank: number + 1, middle: line.find((one) => one.campaign === name)?.middle })).filter((one) => one.middle);
  const context = fitted(canvas, frame, Math.min(WIDTH, document.body.clientWidth - 40));
  draw(context, {
    map,
    frame,
    scale,
    level: found.level,
    colours: colours(map, { layer: "mean", scale, fade: false, widest: 1 }),
    masks: { undecided: null, unknown: null },
    dots: [],
    waiting: [],
    backdrop: suits ? campaign.backdrop : null,
    spots: here.map(({ rank, middle }) => ({ rank, ...located(middle, map) })),
    cross: null,
    box: null,
    pulse: 0,
    layers: new Map(),
  });
  const open = (event) => {
    event.preventDefault();
    choose({ campaign: name, view: null }, { replace: false });
  };
  return element("figure", {}, element("figcaption", {}, offline ? name : element("a", { href: "#", onclick: open }, name)), canvas);
}
