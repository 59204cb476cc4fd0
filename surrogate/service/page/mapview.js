// The home of the page: the map with its controls, its point card and its sweet spots.

import { at, get } from "./api.js";
import { card } from "./card.js";
import { controls, legend } from "./controls.js";
import { draw, sites } from "./drawing.js";
import { Frame } from "./frame.js";
import { LAYERS, colours, mask, range, undecided } from "./raster.js";
import { replaying } from "./replay.js";
import { spotList } from "./spots.js";
import { choose, chosen, heldIn } from "./state.js";
import { element, short } from "./words.js";

const FAR = 0.12; // of the ranges: farther from every run than this a map is mostly guesswork
const SIZE = 128;
const STALE = 1000; // ms after which a map of an earlier revision is asked for again

export const title = (campaign) =>
  `${capital(campaign.outcome.response)} over ${axesOf(campaign).filter(Boolean).join(" and ")}`;

export const reading =
  "Colour is the best guess, paler where it is less sure. The bold line is the threshold; it may lie anywhere in the slanted band. Each ring is a run, coloured by what it gave; a cross is one that declined. Click for a point, drag to move, scroll to zoom.";

// Build the view into `root`; gives what must be called when the campaign has moved, and at the end.
export function mapView(root, campaign) {
  const view = new MapView(root, campaign);
  view.load();
  return { moved: (news) => view.moved(news), chosen: () => view.load(), end: () => view.end() };
}

export function axesOf(campaign) {
  const { x, y } = chosen();
  const names = campaign.parameters.map((one) => one.name);
  const known = (name) => (names.includes(name) ? name : undefined);
  const pair = campaign.pair ?? names.slice(0, 2);
  const first = known(x) ?? pair[0];
  const second = known(y) ?? [...pair, ...names].find((name) => name !== first);
  return [first, second];
}

export function levelOf(campaign) {
  const { level } = chosen();
  if (level !== undefined && Number.isFinite(Number(level))) return Number(level);
  return campaign.goal.level ?? (campaign.outcome.kind === "number" ? null : 0.5);
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

class MapView {
  constructor(root, campaign) {
    this.campaign = campaign;
    this.newest = 0; // the last revision that was heard of; the service may give an earlier map
    this.isChance = campaign.outcome.kind !== "number";
    this.canvas = element("canvas", { tabindex: 0, role: "img", id: "map" });
    this.card = element("section", { id: "card", "aria-label": "point" });
    this.side = element("aside");
    this.bar = element("div", { id: "legend" });
    this.caption = element("p", { id: "caption" });
    this.table = element("details", {}, element("summary", {}, "the map as a table"));
    const picture = element("div", { class: "picture" }, this.canvas, this.bar);
    root.replaceChildren(element("div", { class: "left" }, picture, this.caption, this.table), this.side);
    this.listen();
    this.size = new ResizeObserver(() => this.fit());
    this.size.observe(picture);
    this.beat = setInterval(() => this.scene?.waiting.length && this.paint(), 120);
  }

  end() {
    this.size.disconnect();
    clearInterval(this.beat);
    clearTimeout(this.soon);
    this.replay?.end();
  }

  get axes() {
    return axesOf(this.campaign);
  }

  // Fetch whatever the link asks for; only a change of map costs a request.
  async load() {
    const { name } = this.campaign;
    const [x, y] = this.axes;
    const asked = new URLSearchParams({ x, size: SIZE });
    if (y) asked.set("y", y);
    for (const [parameter, value] of Object.entries(heldIn(chosen()))) {
      if (parameter !== x && parameter !== y) asked.append("hold", `${parameter}=${value}`);
    }
    const question = `${asked}`;
    const level = levelOf(this.campaign);
    if (question !== this.question) {
      this.question = question;
      const [map, dots] = await Promise.all([get(at(name, `/map?${asked}`)), get(at(name, "/dots"))]);
      if (question !== this.question) return; // a later choice overtook this one
      this.map = map;
      this.found = dots;
      this.prepare();
      if (!map.current || map.revision < this.newest) this.again(STALE);
    }
    if (!this.map) return;
    this.settle(level);
    this.furnish();
    this.paint();
    this.listSpots();
  }

  // A new map: its frame, and what does not depend on the threshold.
  prepare() {
    const { map, campaign } = this;
    const drawing = campaign.backdrop;
    const names = map.y ? [map.x.name, map.y.name] : [map.x.name];
    this.suits = drawing && names.includes(drawing.across) && names.includes(drawing.up);
    this.swapped = Boolean(this.suits && drawing.across === map.y.name);
    const y = map.y ?? { name: map.response, unit: "", low: 0, high: 1, scale: "linear", values: [0] };
    if (!map.y) [y.low, y.high] = range(map, this.isChance, "mean");
    const [across, up] = this.swapped ? [y, map.x] : [map.x, y];
    const same = this.frame && this.frame.across.name === across.name && this.frame.up.name === up.name;
    const { zoom, middle } = same ? this.frame : {};
    this.frame = new Frame(across, up, 1, 1, Boolean(this.suits || (across.unit && across.unit === up.unit)));
    this.frame.swapped = this.swapped;
    if (same) Object.assign(this.frame, { zoom, middle });
    this.unknown = map.y ? mask(map, this.farFromRuns()) : null;
    this.rings = map.y ? sites(indexed(this.found, this.campaign), [map.x.name, map.y.name]) : [];
    this.undecidedAt = null;
    this.fit(false);
  }

  // Whether a cell is far from every run, counted in shares of the ranges over all parameters.
  farFromRuns() {
    const { map, campaign } = this;
    const scaled = campaign.parameters.map((one) => scaler(one));
    const columns = campaign.parameters.map((one, k) => this.found.columns[one.name].map(scaled[k]));
    const ix = campaign.parameters.findIndex((one) => one.name === map.x.name);
    const iy = campaign.parameters.findIndex((one) => one.name === map.y.name);
    const base = campaign.parameters.map((one, k) => scaled[k](map.held[one.name] ?? map.x.values[0]));
    const coarse = 4; // cells a side that share one answer
    const answers = new Map();
    return (j, i) => {
      const key = Math.floor(j / coarse) * 1000 + Math.floor(i / coarse);
      if (!answers.has(key)) {
        const point = [...base];
        point[ix] = scaled[ix](map.x.values[i]);
        point[iy] = scaled[iy](map.y.values[j]);
        answers.set(key, nearest(columns, point) > FAR * Math.sqrt(point.length));
      }
      return map.allowed[j][i] && answers.get(key);
    };
  }

  // The layer and the threshold: cheap enough for every frame of a drag.
  settle(level) {
    const { layer = "mean", fade = "1" } = chosen();
    const looks = `${this.question} ${this.map.revision} ${layer} ${fade}`;
    if (looks !== this.looks) {
      this.looks = looks;
      this.raster = colours(this.map, { layer: LAYERS[layer] ? layer : "mean", isChance: this.isChance, fade: fade === "1" });
      this.scale = range(this.map, this.isChance, layer);
      this.undecidedAt = null;
    }
    if (level !== this.undecidedAt) {
      this.undecidedAt = level;
      this.band = level === null || !this.map.y ? null : undecided(this.map, level);
    }
    const [low, high] = this.scale;
    this.scene = {
      map: this.map,
      frame: this.frame,
      colours: this.raster,
      masks: { undecided: this.band, unknown: this.unknown },
      level: this.map.y ? level : null,
      dots: this.rings,
      waiting: this.waiting ?? [],
      backdrop: this.suits ? this.campaign.backdrop : null,
      spots: this.marks ?? [],
      cross: this.cross ?? null,
      share: (value) => (value - low) / (high - low),
      pulse: 0,
      sheet: this.scene?.sheet,
    };
  }

  // Move the threshold, as while its handle is dragged; the link follows when it is let go.
  drag(level) {
    this.settle(level);
    this.paint();
    legend.mark(this.bar, level);
  }

  furnish() {
    const { map, campaign } = this;
    controls(this.side, campaign, map, this.axes);
    this.side.append(this.card, (this.list ??= element("section", { id: "spots" })));
    legend.draw(this.bar, { scale: this.scale, label: map.response, level: this.scene.level, onDrag: (level) => this.drag(level), onDrop: (level) => choose({ level: short(level) }) });
    const stale = map.current ? "" : " A later revision is being made.";
    this.caption.textContent = `${map.caption ? `Held: ${map.caption}. ` : ""}Revision ${map.revision}, ${this.found.total} runs.${stale}`;
    this.canvas.setAttribute("aria-label", `${title(campaign)}. The table below says the same.`);
    this.write();
  }

  // A sixteenth of the map in words, for whoever can't see it.
  write() {
    const { map } = this;
    const every = (values) => values.map((_, k) => k).filter((k) => k % Math.ceil(values.length / 12) === 0);
    const columns = every(map.x.values);
    const rows = map.y ? every(map.y.values).reverse() : [0];
    const head = element("tr", {}, element("th", {}, map.y ? `${map.y.name} \\ ${map.x.name}` : map.x.name));
    columns.forEach((i) => head.append(element("th", { scope: "col" }, short(map.x.values[i]))));
    const body = rows.map((j) => {
      const row = element("tr", {}, element("th", { scope: "row" }, map.y ? short(map.y.values[j]) : map.response));
      columns.forEach((i) => row.append(element("td", {}, map.allowed[j][i] ? map.mean[j][i].toFixed(2) : "")));
      return row;
    });
    this.table.replaceChildren(this.table.firstChild, element("table", {}, head, ...body));
  }

  async listSpots() {
    const level = levelOf(this.campaign);
    if (level === null) return this.list.replaceChildren();
    const key = `${level} ${this.map.revision}`;
    if (key === this.spotsFor) return;
    this.spotsFor = key;
    const found = await spotList(this.list, this.campaign, level, {
      onSpot: (spot) => this.show(spot.peak.point),
      onReplay: (query) => this.play(query),
    });
    if (key !== this.spotsFor || !this.map.y) return;
    const { x, y } = this.map;
    this.marks = found.map((spot) => ({ rank: spot.rank, ...located(spot.centroid, x, y) }));
    this.settle(level);
    this.paint();
  }

  // What is on its way, as pulsing rings; a new revision asks for a new map.
  moved(news) {
    this.newest = news.revision;
    if (this.map && this.map.revision < this.newest) this.again(0);
    this.showWaiting();
  }

  // Ask for the map once more, after a while; once is enough for all who want it.
  again(milliseconds) {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.question = null;
      this.load().catch(() => {});
    }, milliseconds);
  }

  async showWaiting() {
    if (!this.map?.y) return;
    const found = await get(at(this.campaign.name, "/queries?state=leased&state=queued&most=64"));
    const { x, y } = this.map;
    this.waiting = found.queries.map((one) => located(one.point, x, y));
    if (this.scene) {
      this.scene.waiting = this.waiting;
      this.paint();
    }
  }

  fit(paint = true) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(this.canvas.parentElement.clientWidth - 96, 240);
    const wish = this.frame?.locked ? width * shape(this.frame) : width * 0.66;
    const height = Math.round(Math.min(Math.max(wish, 320), 720));
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.context = this.canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.frame) Object.assign(this.frame, { width, height });
    if (paint) this.paint();
  }

  paint() {
    if (!this.scene || this.replay) return;
    const begun = performance.now();
    this.scene.pulse = (performance.now() % 1200) / 1200;
    if (this.map.y) draw(this.context, this.scene);
    else import("./slice.js").then(({ slice }) => slice(this.context, this.scene, levelOf(this.campaign)));
    this.canvas.dataset.milliseconds = (performance.now() - begun).toFixed(2);
  }

  listen() {
    const { canvas } = this;
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.offsetX, y: event.offsetY, far: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held && (held.far || Math.hypot(event.offsetX - held.x, event.offsetY - held.y) > 4)) {
        this.frame.dragged(event.offsetX - held.x, event.offsetY - held.y);
        held = { x: event.offsetX, y: event.offsetY, far: true };
        this.paint();
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      if (held && !held.far) this.point(event.offsetX, event.offsetY);
      held = null;
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.frame.zoomed(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
      this.paint();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const { across, up } = this.frame;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const [px, py] = [this.frame.width / 2, this.frame.height / 2];
    const [x, y] = this.cross ?? this.frame.world(px, py);
    if (steps[event.key]) {
      const [dx, dy] = steps[event.key];
      const step = (axis) => (axis.high - axis.low) / (event.shiftKey ? 10 : 64);
      this.cross = [inside(across, x + dx * step(across)), inside(up, y + dy * step(up))];
      this.scene.cross = this.cross;
    } else if (event.key === "Enter" && this.cross) {
      this.point(...this.frame.pixel(...this.cross));
    } else if (event.key === "+" || event.key === "-") {
      this.frame.zoomed(event.key === "+" ? 1.25 : 0.8, px, py);
    } else return;
    event.preventDefault();
    this.paint();
  }

  // The point under a pixel: its card, and the link to it.
  point(px, py) {
    const { across, up } = this.frame;
    const [a, b] = this.frame.world(px, py);
    if (a < across.low || a > across.high || (this.map.y && (b < up.low || b > up.high))) return;
    const { x, y } = this.map;
    const values = this.swapped ? { [x.name]: b, [y.name]: a } : { [x.name]: a, ...(y ? { [y.name]: b } : {}) };
    const whole = {};
    for (const one of this.campaign.parameters) {
      whole[one.name] = one.name in values ? settled(one, values[one.name]) : this.map.held[one.name];
    }
    this.show(whole);
  }

  show(point) {
    const { x, y } = this.map;
    const place = y ? located(point, x, y) : { x: point[x.name], y: 0 };
    this.cross = this.swapped ? [place.y, place.x] : [place.x, place.y];
    this.scene.cross = this.cross;
    this.paint();
    choose({ point: JSON.stringify(point) });
    card(this.card, this.campaign, point, this.found, { onReplay: (query) => this.play(query) });
  }

  // Show a run again, on the map where the simulator's drawing lies under it.
  async play(query) {
    this.replay?.end();
    this.replay = await replaying(this.context, this.suits ? this.frame : null, this.campaign, query, () => {
      this.replay = null;
      this.paint();
    }, () => this.scene && draw(this.context, { ...this.scene, cross: null }));
  }
}

const shape = ({ across, up }) => (up.high - up.low) / (across.high - across.low);
const inside = (axis, value) => Math.min(Math.max(value, axis.low), axis.high);

// A point's place on two axes; choices lie at their index.
function located(point, x, y) {
  const along = (axis) => (typeof point[axis.name] === "string" ? axis.values.indexOf(point[axis.name]) : point[axis.name]);
  return { x: along(x), y: along(y) };
}

function settled(parameter, value) {
  if (parameter.kind === "categorical") return parameter.choices[Math.round(value)];
  return parameter.kind === "integer" ? Math.round(value) : value;
}

function indexed(found, campaign) {
  const columns = { ...found.columns };
  for (const one of campaign.parameters) {
    if (one.kind === "categorical") columns[one.name] = columns[one.name].map((value) => one.choices.indexOf(value));
  }
  return { ...found, columns };
}

function scaler(parameter) {
  if (parameter.kind === "categorical") return (value) => 10 * parameter.choices.indexOf(value);
  const bent = (value) => (parameter.scale === "log" ? Math.log(value) : value);
  const [low, high] = [bent(parameter.low), bent(parameter.high)];
  return (value) => (bent(value) - low) / (high - low);
}

function nearest(columns, point) {
  let least = Infinity;
  for (let k = 0; k < columns[0].length; k++) {
    let sum = 0;
    for (let d = 0; d < point.length; d++) sum += (columns[d][k] - point[d]) ** 2;
    least = Math.min(least, sum);
  }
  return Math.sqrt(least);
}
