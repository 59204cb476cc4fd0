// Two versions as pictures on locked axes and one scale: side by side, one wiped over the other, or
// their difference where it is sure. `compareview` says what is shown; here nothing is fetched.

import { isDrawn, located } from "./axes.js";
import { css, stepped } from "./colours.js";
import { draw, levelLine } from "./drawing.js";
import { fitted, Frame, round } from "./frame.js";
import { ROOM } from "./picture.js";
import { colours, painted, range } from "./raster.js";
import { element } from "./words.js";

export const SIDES = ["before", "after"];
const INK = "#1b1f24";
const SPAN = 0.5; // of a chance: where the colours of a difference end, always
const UNSURE = [214, 214, 214];
const THIN = [["#ffffff", 3.2], ["#4b5563", 1.4]]; // the line of the version before
const WIDEST = 980; // pixels of one picture: the words below it are to be seen as well
const PALE = 0.25; // how much of its colour a step keeps that is not sure, where it is shown

// One side of a comparison's map as a map of its own.
const sided = (map, side) => ({ ...map, mean: map[side], lower: map[side], upper: map[side], answers: null });

export class Comparison {
  constructor(campaign) {
    this.campaign = campaign;
    this.isChance = campaign.outcome.kind !== "number";
    this.canvases = ["map", "map-after"].map((id) => element("canvas", { tabindex: 0, role: "img", id }));
    this.cross = null;
    this.spots = [];
    this.place = 0.5; // of the wipe
  }

  // A new comparison: both maps, their common scale and frame.
  take({ map, spots }) {
    const { campaign, isChance } = this;
    const suits = isDrawn(campaign, map.x.name, map.y.name);
    this.map = map;
    this.spots = spots;
    this.scale = range(sided(map, "after"), "mean", { isChance, values: SIDES.flatMap((side) => map[side].flat()), own: false });
    this.frame = new Frame(map.x, map.y, 1, 1, Boolean(suits || (map.y.unit && map.x.unit === map.y.unit)));
    this.backdrop = suits ? campaign.backdrop : null;
    this.span = isChance ? SPAN : round(Math.max(...map.change.flat().map(Math.abs)) || 1);
    this.layers = { before: new Map(), after: new Map(), difference: new Map() };
    this.rasters = Object.fromEntries(SIDES.map((side) => [side, colours(sided(map, side), { layer: "mean", scale: this.scale, fade: false, widest: 1 })]));
    this.colour(false);
  }

  // The difference in colours; grey where it is not sure, or pale with `unsure`.
  colour(unsure) {
    const { map, span } = this;
    this.rasters.difference = painted(sided(map, "after"), (bytes, at, j, i) => {
      if (!map.allowed[j][i]) return;
      const ink = stepped(map.change[j][i] / span);
      const shown = map.sure[j][i] ? ink : UNSURE.map((grey, k) => (unsure ? Math.round(grey + PALE * (ink[k] - grey)) : grey));
      bytes.set([...shown, 255], at);
    });
  }

  fit() {
    if (!this.map) return;
    const beside = this.mode === "beside";
    this.canvases[1].hidden = !beside;
    const room = Math.max(this.canvases[0].parentElement.parentElement.clientWidth, 240);
    const width = beside && room > 700 ? (room - 18) / 2 : Math.min(room, WIDEST);
    this.contexts = this.canvases.map((canvas) => fitted(canvas, this.frame, width, this.backdrop ? ROOM : 1));
  }

  paint() {
    if (!this.map || !this.contexts) return;
    const [first] = this.contexts;
    if (this.mode === "beside") SIDES.forEach((side, k) => draw(this.contexts[k], this.scene(side)));
    else if (this.mode === "swipe") this.wipe(first);
    else this.difference(first);
  }

  scene(side, level = this.level) {
    const at = (one) => one?.middle && located(one.middle, this.map);
    const spots = this.spots.map((one) => ({ rank: one.rank, ...at(side === "difference" ? (one.after.middle ? one.after : one.before) : one[side]) }));
    return {
      map: side === "difference" ? sided(this.map, "after") : sided(this.map, side),
      frame: this.frame,
      level,
      colours: this.rasters[side],
      masks: { undecided: null, unknown: null },
      dots: [],
      waiting: [],
      backdrop: this.backdrop,
      spots: spots.filter((one) => Number.isFinite(one.x)),
      cross: this.cross && Object.values(located(this.cross, this.map)),
      box: null,
      scale: this.scale,
      pulse: 0,
      layers: this.layers[side],
    };
  }

  // The version after, with the version before over it as far as the wipe goes.
  wipe(context) {
    const { x, w } = this.frame.inner;
    const at = x + this.place * w;
    draw(context, this.scene("after"));
    const sheet = new OffscreenCanvas(context.canvas.width, context.canvas.height);
    const over = sheet.getContext("2d");
    over.setTransform(context.getTransform());
    draw(over, this.scene("before"));
    context.save();
    context.beginPath();
    context.rect(x, 0, at - x, this.frame.height);
    context.clip();
    context.clearRect(x, 0, at - x, this.frame.height);
    context.drawImage(sheet, 0, 0, this.frame.width, this.frame.height);
    context.restore();
    divide(context, this.frame, at);
  }

  // Lines of the level on both sides, thin for before; an arrow for what moved.
  difference(context) {
    draw(context, this.scene("difference", null));
    const { x, y, w, h } = this.frame.inner;
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    levelLine(context, this.scene("before"), THIN);
    levelLine(context, this.scene("after"));
    for (const one of this.spots.filter(({ verdict }) => verdict === "moved")) {
      if (one.before.middle && one.after.middle) arrow(context, ...SIDES.map((side) => this.pixel(one[side].middle)));
    }
    context.restore();
  }

  pixel(point) {
    const { x, y } = located(point, this.map);
    return this.frame.pixel(x, y);
  }
}

// The colours of a difference, from -span to span, as a strip for a legend.
export const steps = Array.from({ length: 25 }, (_, k) => css(stepped(k / 12 - 1))).join(", ");

function divide(context, frame, at) {
  const { y, h } = frame.inner;
  for (const [ink, width] of [["#ffffff", 5], [INK, 2]]) {
    context.beginPath();
    context.moveTo(at, y);
    context.lineTo(at, y + h);
    context.strokeStyle = ink;
    context.lineWidth = width;
    context.stroke();
  }
  context.font = "bold 13px system-ui, sans-serif";
  for (const [word, side, align] of [["before", -1, "right"], ["after", 1, "left"]]) {
    context.textAlign = align;
    context.lineWidth = 4;
    context.strokeStyle = "#ffffff";
    context.strokeText(word, at + 8 * side, y + 18);
    context.fillStyle = INK;
    context.fillText(word, at + 8 * side, y + 18);
  }
}

// An arrow that ends before the number at its end.
function arrow(context, [x0, y0], to) {
  const turn = Math.atan2(to[1] - y0, to[0] - x0);
  const [x1, y1] = [to[0] - 12 * Math.cos(turn), to[1] - 12 * Math.sin(turn)];
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  for (const side of [-1, 1]) {
    context.moveTo(x1, y1);
    context.lineTo(x1 - 11 * Math.cos(turn + 0.45 * side), y1 - 11 * Math.sin(turn + 0.45 * side));
  }
  context.strokeStyle = INK;
  context.lineWidth = 2;
  context.stroke();
}
