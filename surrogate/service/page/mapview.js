// The home of the page: the map with its controls, its point card and its sweet spots.

import { at, get } from "./api.js";
import { axesOf, cellOf, levelOf, located, settled, usual } from "./axes.js";
import { boxIn, boxPanel, boxText } from "./box.js";
import { card } from "./card.js";
import { Controls } from "./controls.js";
import { draw } from "./drawing.js";
import { legend, mark } from "./legend.js";
import { mapTable } from "./maptable.js";
import { NextBatch } from "./nextbatch.js";
import { offline } from "./offline.js";
import { Picture } from "./picture.js";
import { pin, pinPanel } from "./pins.js";
import { Playback } from "./playback.js";
import { listenTo } from "./pointer.js";
import { LAYERS, isDeclined } from "./raster.js";
import { Refine } from "./refine.js";
import { replaying } from "./replay.js";
import { spotList } from "./spots.js";
import { averagedIn, choose, chosen, heldIn } from "./state.js";
import { Tip } from "./tip.js";
import { capital, element, short } from "./words.js";

const SIZE = 128;
const SIZE_PLAYED = 64; // of a map in a playback
const STALE = 1000; // ms after which a map of an earlier revision is asked for again
const REST = 250; // ms after which a hand that moved the map rests

export const view = {
  key: "map",
  label: "Map",
  suits: (campaign) => !campaign.pool,
  reads: true,
  title: (campaign) => `${capital(campaign.outcome.response)} over ${axesOf(campaign).filter(Boolean).join(" and ")}`,
  reading:
    "Colour is the best guess, paler where it is less sure. The bold line is the threshold; it may lie anywhere in the white hatching. Dark hatching: no run is near. Grey: the simulator declines. Each ring is a run, coloured by what it gave, paler where other parameters were not as held (averaged ones don't count); black crosses were declined, red ones failed. Click for a point, drag a box for its runs, scroll to zoom, shift-drag to move.",
  build(root, campaign) {
    const [x, y] = axesOf(campaign);
    choose({ x, y: y ?? null }, { quiet: true }); // the axes that a campaign begins with may change: a link holds them
    const built = new MapView(root, campaign);
    return { moved: (news) => built.moved(news), chosen: () => built.load(), end: () => built.end(), ready: built.load() };
  },
};

class MapView {
  constructor(root, campaign) {
    this.campaign = campaign;
    this.newest = 0; // the last revision that was heard of; the service may give an earlier map
    this.picture = new Picture(campaign);
    this.spots = NO_SPOTS;
    this.tip = new Tip();
    const parts = { bar: "legend", panel: "box", next: "next", list: "spots", card: "card", pins: "pins" };
    for (const [part, id] of Object.entries(parts)) this[part] = element("section", { id });
    this.caption = element("p", { id: "caption" }, "Drawing the map …");
    this.table = element("details", {}, element("summary", {}, "the map as a table"));
    this.playback = new Playback(campaign, () => this.load());
    this.controls = new Controls();
    this.queue = new NextBatch(this.next, campaign, { onQueries: (queries) => this.awaits(queries) });
    this.refine = offline ? null : new Refine(campaign, "refine here", () => ({ map: this.map, box: boxIn() }));
    const sheet = element("div", { class: "picture" }, this.picture.canvas, this.zoomer(), this.tip.root);
    root.replaceChildren(
      element("div", { class: "left" }, this.bar, sheet, this.caption, this.panel, this.playback.root, this.next, this.table),
      element("aside", {}, this.controls.root, this.card, this.pins, this.list),
    );
    listenTo(this.picture.canvas, this.hands());
    this.size = new ResizeObserver(() => (this.picture.fit(), this.paint()));
    this.size.observe(sheet);
    this.beat = setInterval(() => this.picture.waiting.some((one) => one.state === "leased") && this.paint(), 120);
  }

  // Zoom for hands without a wheel.
  zoomer() {
    const { zoom, whole } = this.hands();
    const button = (words, label, deed) => element("button", { "aria-label": label, title: label, onclick: deed }, words);
    return element("div", { class: "zoom" }, button("+", "zoom in", () => zoom(1.5)), button("−", "zoom out", () => zoom(1 / 1.5)), button("□", "the whole map", whole));
  }

  end() {
    this.playback.stop();
    this.queue.end();
    this.size.disconnect();
    clearInterval(this.beat);
    clearTimeout(this.soon);
    this.replay?.end();
  }

  // Fetch whatever the link asks for; only a change of map costs a request.
  async load() {
    await this.playback.ready();
    const question = this.question();
    if (question !== this.asked) {
      this.asked = question;
      const { name } = this.campaign;
      const isPast = Boolean(chosen().step);
      const [map, found] = await alike(() => Promise.all([get(at(name, `/map?${question}`)), get(at(name, "/dots"))]), isPast);
      if (question !== this.asked) return; // a later choice overtook this one
      this.map = map;
      this.picture.take(map, found, this.playback.known);
      if (!chosen().step && (!map.current || map.revision < this.newest)) this.again(STALE);
    }
    if (!this.map) return;
    this.picture.frame.seen = chosen().zoom;
    this.picture.settle(levelOf(this.campaign), this.playback.known);
    this.furnish();
    this.point();
    this.markSpots();
    this.paint();
    this.queue.follow(this.map.revision);
    await this.listSpots();
  }

  question() {
    const [x, y] = axesOf(this.campaign);
    const { step } = chosen();
    const asked = new URLSearchParams({ x });
    if (y) asked.set("y", y);
    const averaged = averagedIn(chosen()).filter((name) => name !== x && name !== y);
    for (const name of averaged) asked.append("average", name);
    for (const [name, value] of Object.entries(heldIn(chosen()))) {
      if (![x, y, ...averaged].includes(name)) asked.append("hold", `${name}=${value}`);
    }
    asked.set("size", step ? SIZE_PLAYED : SIZE);
    if (step) asked.set("revision", step);
    return `${asked}`;
  }

  // Move the threshold, as while its handle is dragged; the link follows when it is let go.
  drag(level) {
    const begun = performance.now();
    this.picture.settle(level, this.playback.known);
    this.paint();
    mark(this.bar, level);
    this.picture.canvas.dataset.milliseconds = (performance.now() - begun).toFixed(2);
  }

  furnish() {
    const { map, campaign } = this;
    this.controls.show(campaign, map, axesOf(campaign));
    this.scale();
    this.caption.textContent = this.words();
    this.picture.canvas.setAttribute("aria-label", `${view.title(campaign)}: ${LAYERS[this.picture.layer].label}. The table below says the same.`);
    this.table.replaceChildren(this.table.firstChild, mapTable(map));
    boxPanel(this.panel, campaign, map, this.picture.found, this.refine?.root);
    pinPanel(this.pins, campaign, map).catch((problem) => this.pins.replaceChildren(element("p", { class: "failure" }, problem.message)));
    this.playback.mark();
  }

  words() {
    const { caption, revision, current, answers, declines, intervals } = this.map;
    const { known } = this.playback;
    const runs = known ? known.all.size : this.picture.found.total;
    const others = caption ? `Other parameters: ${caption}. ` : "";
    const ends = intervals ? ` Intervals: ${intervals}.` : "";
    const grey = answers?.some((row) => row.some((chance) => chance < 0.5)) ? ` Grey cannot be simulated${declines ? `: "${declines}"` : ""}.` : "";
    return `${others}Revision ${revision}${known ? ", as it was then" : ""}: ${runs} runs.${current ? "" : " A later one is being made."}${ends}${grey}`;
  }

  scale() {
    const { map, campaign, picture } = this;
    const { ownScale } = LAYERS[picture.layer];
    const level = ownScale ? null : levelOf(campaign);
    const drop = (value) => choose({ level: short(value) });
    const label = { doubt: `width of the ${100 * map.coverage} % interval`, answers: LAYERS.answers.label }[picture.layer] ?? map.response;
    const extra = picture.isChance || ownScale ? [] : this.scaleButtons(level);
    legend(this.bar, { scale: picture.scale, label, level, onDrag: (value) => this.drag(value), onDrop: drop, onAdd: ownScale ? null : drop, extra });
  }

  scaleButtons(level) {
    const own = chosen().scale === "own";
    const rescale = element("button", { onclick: () => choose({ scale: own ? null : "own" }) }, own ? "scale of all runs" : "rescale to this map");
    if (level === null || this.campaign.goal.level !== null) return [rescale];
    return [element("button", { onclick: () => choose({ level: null }) }, "no threshold"), rescale];
  }

  async listSpots() {
    const level = levelOf(this.campaign);
    const key = `${level} ${Math.max(this.newest, chosen().step ? 0 : this.map.revision)}`;
    if (key === this.spotsFor) return;
    this.spotsFor = key;
    if (level !== null && !this.list.firstChild) this.list.replaceChildren(element("p", { class: "said" }, "Looking for sweet spots ..."));
    const handlers = { onSpot: (spot) => choose({ point: JSON.stringify(spot.peak.point) }), onReplay: (query) => this.play(query) };
    const found = level === null ? NO_SPOTS : await spotList(this.list, this.campaign, level, handlers).catch((problem) => {
      this.list.replaceChildren(element("p", { class: "said" }, problem.message));
      return NO_SPOTS;
    });
    if (key !== this.spotsFor) return;
    if (level === null) this.list.replaceChildren();
    this.spots = found;
    if (found.revision > this.map.revision && !chosen().step) this.again(0);
    this.markSpots();
    this.paint();
  }

  // Spots stand on the map of their own revision, on no other.
  markSpots() {
    const { revision, spots } = this.spots;
    this.picture.spots = revision === this.map.revision ? spots : [];
  }

  // What is on its way moves with the queue; a new revision asks for a new map, and so do new results
  // of a campaign that is told, whose revisions are made when somebody looks.
  moved(news) {
    this.newest = news.revision;
    const results = JSON.stringify([news.runs, news.words]);
    const isNew = this.results !== undefined && results !== this.results;
    this.results = results;
    if (this.map && !chosen().step && (isNew || this.map.revision < this.newest)) this.again(isNew ? STALE : 0);
    if (this.map) this.queue.refresh();
  }

  // Ask for the map once more, after a while; once is enough for all who want it.
  again(milliseconds) {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.asked = null;
      this.load().catch(() => {});
    }, milliseconds);
  }

  // What is on its way, as rings that pulse.
  awaits(queries) {
    this.picture.waiting = queries;
    if (this.map) this.paint();
  }

  paint() {
    if (!this.replay) this.picture.paint();
  }

  hands() {
    const seen = (change) => (...given) => this.map && this.seen(() => change(this.picture.frame, ...given));
    const middle = ({ width, height }) => [width / 2, height / 2];
    return {
      hover: (px, py) => this.tip.show(px === null || !this.map ? null : this.found(px, py)),
      click: (px, py) => this.map && this.pick(this.under(px, py)),
      box: (from, to, isDone) => this.map?.y && this.box(from, to, isDone),
      move: seen((frame, dx, dy) => frame.dragged(dx, dy)),
      zoom: seen((frame, factor, px, py) => frame.zoomed(factor, ...(px === undefined ? middle(frame) : [px, py]))),
      whole: seen((frame) => frame.whole()),
      step: (dx, dy) => this.map && this.step(dx, dy),
      choose: () => this.pick(this.picture.cross),
    };
  }

  // Move or zoom; the link follows when the hand rests.
  seen(change) {
    change();
    this.paint();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => choose({ zoom: this.picture.frame.seen }), REST);
  }

  box(from, to, isDone) {
    const { frame } = this.picture;
    const ends = [frame.world(...from), frame.world(...to)];
    const sorted = (k, axis) => ends.map((end) => inside(axis, end[k])).sort((a, b) => a - b);
    const drawn = [...sorted(0, frame.across), ...sorted(1, frame.up)];
    this.picture.drawn = isDone ? null : drawn;
    if (isDone) choose({ box: boxText(drawn) });
    else this.paint();
  }

  // Move the cross by cells, as the keyboard does.
  step(dx, dy) {
    const { picture } = this;
    const { across, up, width, height } = picture.frame;
    const [x, y] = picture.scene.cross ?? picture.frame.world(width / 2, height / 2);
    const cell = (axis) => (axis.high - axis.low) / 64;
    const [px, py] = picture.frame.pixel(inside(across, x + dx * cell(across)), inside(up, y + dy * cell(up)));
    picture.cross = this.under(px, py) ?? picture.cross;
    this.paint();
    this.tip.show(this.found(px, py));
  }

  // The whole point under a pixel; null beside the map.
  under(px, py) {
    const { across, up } = this.picture.frame;
    const [a, b] = this.picture.frame.world(px, py);
    const lies = (axis, value) => axis.low - 1e-9 <= value && value <= axis.high + 1e-9;
    const { x, y, held } = this.map;
    if (!lies(across, a) || (y && !lies(up, b))) return null;
    const values = { ...held, [x.name]: inside(across, a), ...(y ? { [y.name]: inside(up, b) } : {}) };
    return Object.fromEntries(this.campaign.parameters.map((one) => [one.name, settled(one, values[one.name] ?? usual(one))]));
  }

  // What is known under a pixel without asking: its cell, and the run or query that lies there.
  found(px, py) {
    const { map, campaign, picture } = this;
    const point = this.under(px, py);
    if (!point) return null;
    const { x, y } = located(point, map);
    const [i, j] = [cellOf(map.x, x), map.y ? cellOf(map.y, y) : 0];
    const near = (one) => Math.hypot(...picture.frame.pixel(one.x, one.y).map((value, k) => value - [px, py][k])) < 10;
    const { scene } = picture;
    return { px, py, map, i, j, point, campaign, declined: isDeclined(map, j, i), waits: scene.waiting.find(near), run: scene.dots.find(near), failed: scene.failed.find(near) };
  }

  pick(point) {
    if (point) choose({ point: JSON.stringify(point) });
  }

  // The point that the link names: its cross and its card.
  point() {
    const { point: text } = chosen();
    if (text === this.pointFor) return;
    this.pointFor = text;
    const point = parsed(text, this.campaign);
    this.picture.cross = point;
    if (!point) return this.card.replaceChildren();
    const about = { map: this.map, found: this.picture.found, onReplay: (query) => this.play(query), onPin: (one) => pin(this.campaign, one) };
    card(this.card, this.campaign, point, about).catch((problem) => this.card.replaceChildren(element("p", {}, problem.message)));
  }

  // Show a run again, on the map where the simulator's drawing lies under it.
  async play(query) {
    this.replay?.end();
    const { context, frame, suits } = this.picture;
    const over = () => {
      this.replay = null;
      this.paint();
    };
    this.replay = await replaying(context, suits ? frame : null, { name: this.campaign.name, query }, over, () => draw(context, { ...this.picture.scene, cross: null }));
  }
}

const NO_SPOTS = { revision: null, spots: [] };

// Answers of one revision: asked again where the surrogate moved on between them.
async function alike(ask, isPast) {
  for (let tries = 3; ; tries--) {
    const answers = await ask();
    if (isPast || !tries || answers.every((one) => one.revision === answers[0].revision)) return answers;
  }
}

const inside = (axis, value) => Math.min(Math.max(value, axis.low), axis.high);

// A point in a link; null where it is none of this campaign.
function parsed(text, campaign) {
  try {
    const point = JSON.parse(text ?? "null");
    return point && campaign.parameters.every((one) => one.name in point) ? point : null;
  } catch {
    return null;
  }
}
