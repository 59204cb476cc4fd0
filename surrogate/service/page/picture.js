// What the map looks like for a link: colours, masks and rings, kept while they stay the same, on
// a canvas that fits the page. `mapview` says what is shown; here nothing is fetched.

import { boxIn } from "./box.js";
import { draw } from "./drawing.js";
import { fitted, Frame } from "./frame.js";
import { farFrom, filtering, only, sites } from "./known.js";
import { isDrawn, levelOf, located } from "./axes.js";
import { colours, isDeclined, layersOf, mask, range, undecided } from "./raster.js";
import { pinned } from "./pins.js";
import { slice } from "./slice.js";
import { chosen } from "./state.js";
import { element } from "./words.js";

export const ROOM = 1.34; // of the height: what lies around a map is drawn too where there is a drawing
const WIDEST = 0.6; // of the scale: an interval that wide is as good as nothing known

// Far from every run, and not where it is known that none can be.
function farAndOpen(found, map, parameters) {
  const isFar = farFrom(found, map, parameters);
  return (j, i) => !isDeclined(map, j, i) && isFar(j, i);
}

export class Picture {
  constructor(campaign) {
    this.campaign = campaign;
    this.isChance = campaign.outcome.kind !== "number";
    this.canvas = element("canvas", { tabindex: 0, role: "img", id: "map" });
    this.waiting = []; // queries on their way, each with its place
    this.spots = this.failed = [];
    this.layers = new Map(); // of the drawing
    this.cross = this.drawn = null; // the chosen point; a box while it is drawn
  }

  get layer() {
    const { layer = "mean" } = chosen();
    return layersOf(this.map).includes(layer) ? layer : "mean";
  }

  // A new map: its frame, and what does not depend on the threshold. `known` as for `settle`.
  take(map, found, known) {
    const { campaign } = this;
    Object.assign(this, { map, found, looks: null, shown: null });
    this.suits = Boolean(map.y) && isDrawn(campaign, map.x.name, map.y.name);
    const up = map.y ?? { name: map.response, unit: "", values: [0], scale: "linear" };
    if (!map.y) [up.low, up.high] = range(map, "mean", { isChance: this.isChance, values: found.value });
    this.frame = new Frame(map.x, up, 1, 1, Boolean(this.suits || (up.unit && map.x.unit === up.unit)));
    this.undecided = map.y && undecided(map);
    this.unknown = map.y && found.query.length ? mask(map, farAndOpen(known ? only(found, known.all) : found, map, campaign.parameters)) : null;
    this.fit();
  }

  // The layer, the filters and the threshold: cheap enough for every frame of a drag. `known` are
  // the queries that are shown, and those that are new; null: all.
  settle(level, known) {
    const { fade = "1", scale, reason, status, step } = chosen();
    const looks = [this.layer, fade, scale].join(" ");
    if (looks !== this.looks) this.colour(looks, { fade: fade === "1", own: scale === "own" });
    if (level !== this.level) {
      this.level = level;
      this.band = level === null || !this.map.y ? null : this.undecided(level);
    }
    const shown = [reason, status, step].join(" ");
    if (shown !== this.shown) {
      this.shown = shown;
      this.rings = this.map.y ? this.sites(known) : [];
      this.failed = this.map.y && !reason && !step && [undefined, "error"].includes(status) ? this.found.failed ?? [] : [];
    }
  }

  colour(looks, { fade, own }) {
    const { map, layer, isChance } = this;
    const how = { isChance, values: this.found.value, own };
    this.scale = range(map, layer, how);
    this.valueScale = range(map, "mean", how);
    const [low, high] = this.valueScale;
    this.raster = colours(map, { layer, scale: this.scale, fade, widest: WIDEST * (high - low) });
    this.looks = looks;
    this.level = undefined;
  }

  sites(known) {
    const isKept = filtering(this.found);
    const isShown = (k) => isKept(k) && (!known || known.all.has(this.found.query[k]));
    return sites(this.found, this.map, this.campaign, isShown, (query) => Boolean(known?.fresh.has(query)));
  }

  get scene() {
    const { map, frame, level } = this;
    return {
      map,
      frame,
      level,
      colours: this.raster,
      masks: { undecided: this.band, unknown: this.unknown },
      dots: this.rings,
      failed: this.failed.map((one) => ({ query: one.query, ...located(one.point, map) })),
      waiting: this.waiting.map((one) => ({ ...one, ...located(one.point, map) })),
      backdrop: this.suits ? this.campaign.backdrop : null,
      spots: chosen().step ? [] : this.spots.map((one) => ({ rank: one.rank, ...located(one.centroid, map) })),
      pins: pinned(this.campaign).map(({ letter, point }) => ({ rank: letter, ...located(point, map) })),
      cross: this.cross && Object.values(located(this.cross, map)),
      box: this.drawn ?? boxIn(),
      scale: this.valueScale,
      pulse: (performance.now() % 1200) / 1200,
      layers: this.layers,
    };
  }

  get isReady() {
    return Boolean(this.raster);
  }

  // As wide as the page leaves; as high as the axes want.
  fit() {
    const sheet = this.canvas.parentElement;
    const width = Math.max(sheet.clientWidth, 240);
    this.context = fitted(this.canvas, this.frame, width, this.suits ? ROOM : 1);
    if (this.frame) sheet.style.setProperty("--beside", `${width - this.frame.width}px`);
  }

  paint() {
    if (!this.isReady) return;
    if (this.map.y) draw(this.context, this.scene);
    else slice(this.context, this.scene, levelOf(this.campaign));
  }
}
