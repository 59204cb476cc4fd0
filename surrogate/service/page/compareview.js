// Two versions of a design compared: what became of each sweet spot, and both maps side by side,
// one wiped over the other, or their difference where it is sure.

import { at, get } from "./api.js";
import { axesOf, cellOf, located, settled } from "./axes.js";
import { Comparison, SIDES, steps } from "./comparison.js";
import { Controls } from "./controls.js";
import { draw } from "./drawing.js";
import { knows, offline } from "./offline.js";
import { legend, mark } from "./legend.js";
import { listenTo } from "./pointer.js";
import { replaying } from "./replay.js";
import { choose, chosen, heldIn } from "./state.js";
import { Tip } from "./tip.js";
import { headline, verdictList } from "./verdicts.js";
import { element, quantity, sentence, short, surely, two } from "./words.js";

const MODES = { beside: "side by side", swipe: "swipe", difference: "difference" };
const REST = 250; // ms after which a hand that moved the map rests

export const view = {
  key: "compare",
  label: "Compare",
  suits: (campaign) => campaign.parameters.length > 1 && (!offline || knows(at(campaign.name, "/compare"))),
  reads: true,
  title: (campaign) => `What changed from ${before(campaign) ?? "another version"} to ${campaign.name}`,
  reading:
    "Both versions have the same axes and one scale. The bold line is the threshold, in the difference the thin one where it was. Red rose, blue fell, grey: not sure that it changed at all. A number marks a sweet spot of the list, where each has its verdict.",
  build(root, campaign) {
    const built = new CompareView(root, campaign);
    return { moved: () => {}, chosen: () => built.load(), end: () => built.end(), ready: built.load() };
  },
};

// The version before: the link's, else the campaign's parent.
const before = (campaign) => chosen().with ?? campaign.parent;

class CompareView {
  constructor(root, campaign) {
    this.pictures = new Comparison(campaign);
    this.tip = new Tip();
    const part = (id) => element("section", { id });
    this.campaign = campaign;
    Object.assign(this, { said: part("headline"), bar: part("legend"), list: part("verdicts"), choice: part("versions") });
    this.wipe = element("input", { type: "range", id: "wipe", hidden: true, min: 0, max: 1, step: "any", "aria-label": "how far the version before reaches", oninput: () => this.wiped(), onchange: () => choose({ swipe: short(Number(this.wipe.value)) }) });
    this.unsure = element("input", { type: "checkbox", id: "unsure", onchange: () => choose({ unsure: this.unsure.checked ? "1" : null }) });
    this.pale = element("label", { class: "check", hidden: true }, this.unsure, "show what is not sure too, pale");
    this.caption = element("p", { id: "caption" });
    this.controls = new Controls({ looks: false });
    this.names = SIDES.map(() => element("figcaption", {}));
    const sheets = this.pictures.canvases.map((canvas, k) => element("figure", { class: "picture" }, this.names[k], canvas));
    this.sheet = element("div", { class: "pair" }, ...sheets, this.tip.root);
    root.replaceChildren(
      element("div", { class: "wide compared" }, this.said, element("div", { class: "across" }, this.choice, this.controls.root), this.bar, this.wipe, this.sheet, this.pale, this.caption, this.list),
    );
    this.pictures.canvases.forEach((canvas) => listenTo(canvas, this.hands(canvas)));
    this.size = new ResizeObserver(() => this.fit());
    this.size.observe(this.sheet);
  }

  end() {
    this.size.disconnect();
    clearTimeout(this.resting);
    this.replays?.forEach((one) => one.end());
  }

  async load() {
    if (!this.found) this.said.replaceChildren(element("p", {}, "Comparing ..."));
    this.others ??= await others(this.campaign);
    if (!before(this.campaign) && this.others.length) return choose({ with: this.others.at(-1) });
    this.choose();
    if (!before(this.campaign)) return this.said.replaceChildren(sentence(ALONE));
    const question = await this.question();
    if (question !== this.asked) await this.ask(question);
    if (this.found) this.show();
  }

  async ask(question) {
    this.asked = question;
    try {
      const found = await get(at(this.campaign.name, `/compare?${question}`));
      if (question !== this.asked) return; // a later choice overtook this one
      this.found = found;
      this.pictures.take(found);
      headline(this.said, found);
      verdictList(this.list, this.campaign, found, { onSpot: (point) => choose({ point: JSON.stringify(point) }), onReplay: (of, query) => this.play(of, query) });
    } catch (problem) {
      if (question !== this.asked) return;
      this.asked = null;
      this.said.replaceChildren(element("p", { class: "failure" }, problem.message));
    }
  }

  // Over the parameters that both leave free.
  async question() {
    const other = before(this.campaign);
    this.common = shared(this.campaign, await get(at(other)));
    const [x, y] = axesOf(this.common);
    const asked = new URLSearchParams({ with: other });
    if (x) asked.set("x", x);
    if (y) asked.set("y", y);
    for (const [parameter, value] of Object.entries(heldIn(chosen()))) {
      if (parameter !== x && parameter !== y) asked.append("hold", `${parameter}=${value}`);
    }
    if (chosen().level !== undefined) asked.set("level", chosen().level);
    return `${asked}`;
  }

  get mode() {
    const { show } = chosen();
    return show in MODES ? show : "beside";
  }

  show() {
    const { pictures, found } = this;
    const { point, swipe, unsure, zoom } = chosen();
    pictures.mode = this.mode;
    pictures.level = found.level;
    pictures.place = Number(swipe ?? 0.5);
    pictures.frame.seen = zoom;
    pictures.cross = parsed(point, found.map);
    pictures.colour(unsure === "1");
    this.wipe.hidden = this.mode !== "swipe";
    this.wipe.value = pictures.place;
    this.pale.hidden = this.mode !== "difference";
    this.unsure.checked = unsure === "1";
    this.controls.show(this.common, found.map, axesOf(this.common));
    this.label();
    this.fit();
  }

  label() {
    const { found, mode } = this;
    const names = SIDES.map((side) => `${side}: ${found[side].campaign}`);
    this.names[0].textContent = mode === "beside" ? names[0] : mode === "swipe" ? names.join(" | ") : "after less before";
    this.names[1].textContent = names[1];
    const known = new Map([...this.campaign.parameters, ...this.campaign.held].map((one) => [one.name, one.unit]));
    const held = Object.entries(found.map.held).map(([name, value]) => `${name} = ${quantity(value, known.get(name) ?? "")}`);
    this.caption.textContent = held.length ? `Held: ${held.join(", ")}.` : "";
    this.pictures.canvases.forEach((canvas, k) => canvas.setAttribute("aria-label", `${found.map.response}, ${mode === "beside" ? names[k] : MODES[mode]}. The list says what changed in words.`));
    this.scale();
  }

  scale() {
    const { pictures, found, mode } = this;
    if (mode === "difference") return legend(this.bar, { scale: [-pictures.span, pictures.span], label: `change of the ${found.map.response}`, level: null, colours: steps });
    const drop = (value) => choose({ level: short(value) });
    legend(this.bar, { scale: pictures.scale, label: found.map.response, level: found.level, onDrag: (value) => this.drag(value), onDrop: drop });
  }

  // Move the threshold; what became of the spots follows when it is let go.
  drag(level) {
    this.pictures.level = level;
    this.pictures.paint();
    mark(this.bar, level);
  }

  wiped() {
    this.pictures.place = Number(this.wipe.value);
    this.pictures.paint();
  }

  fit() {
    if (!this.found || this.replays) return;
    this.pictures.fit();
    const { x, w } = this.pictures.frame.inner;
    Object.assign(this.wipe.style, { marginLeft: `${x}px`, width: `${w}px` });
    this.pictures.paint();
  }

  // Which version is the one before, and how both are shown.
  choose() {
    if (!this.others.length) return this.choice.replaceChildren();
    const select = element("select", { id: "choose-with", "aria-label": "compare with", onchange: (event) => choose({ with: event.target.value }, { replace: false }) });
    this.others.forEach((name) => select.append(element("option", { value: name, selected: name === before(this.campaign) }, name)));
    const modes = Object.entries(MODES).map(([key, words]) => element("button", { "aria-pressed": String(key === this.mode), onclick: () => choose({ show: key === "beside" ? null : key }) }, words));
    this.choice.replaceChildren(element("fieldset", {}, element("legend", {}, "compare with the version"), select, element("div", { class: "buttons", role: "group", "aria-label": "how both are shown" }, ...modes)));
  }

  hands(canvas) {
    const { pictures } = this;
    const moved = (change) => (...given) => this.found && this.moved(() => change(pictures.frame, ...given));
    return {
      hover: (px, py) => this.hover(canvas, px, py),
      click: (px, py) => this.found && this.pick(this.under(px, py)),
      box: () => {},
      move: moved((frame, dx, dy) => frame.dragged(dx, dy)),
      zoom: moved((frame, factor, px = frame.width / 2, py = frame.height / 2) => frame.zoomed(factor, px, py)),
      whole: moved((frame) => frame.whole()),
      step: (dx, dy) => this.found && this.step(canvas, dx, dy),
      choose: () => this.found && this.pick(pictures.cross),
    };
  }

  moved(change) {
    change();
    this.pictures.paint();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => choose({ zoom: this.pictures.frame.seen }), REST);
  }

  hover(canvas, px, py) {
    const point = px === null || !this.found ? null : this.under(px, py);
    const box = canvas.parentElement;
    this.tip.say(point && told(this.found.map, point, this.campaign), (px ?? 0) + box.offsetLeft, (py ?? 0) + canvas.offsetTop);
  }

  step(canvas, dx, dy) {
    const { frame, cross } = this.pictures;
    const { across, up, width, height } = frame;
    const at = cross ? located(cross, this.found.map) : null;
    const [x, y] = at ? [at.x, at.y] : frame.world(width / 2, height / 2);
    const cell = (axis) => (axis.high - axis.low) / 64;
    const [px, py] = frame.pixel(inside(across, x + dx * cell(across)), inside(up, y + dy * cell(up)));
    this.pictures.cross = this.under(px, py) ?? cross;
    this.pictures.paint();
    this.hover(canvas, px, py);
  }

  // The point of the common space under a pixel; null beside the map.
  under(px, py) {
    const { across, up } = this.pictures.frame;
    const place = this.pictures.frame.world(px, py);
    const axes = [across, up];
    if (axes.some((axis, k) => place[k] < axis.low - 1e-9 || place[k] > axis.high + 1e-9)) return null;
    const values = { ...this.found.map.held, ...Object.fromEntries(axes.map((axis, k) => [axis.name, inside(axis, place[k])])) };
    return Object.fromEntries(this.common.parameters.map((one) => [one.name, settled(one, values[one.name])]));
  }

  pick(point) {
    if (point) choose({ point: JSON.stringify(point) });
  }

  // One shot as either version plays it, at once.
  async play(of, query) {
    this.replays?.forEach((one) => one.end());
    if (this.mode !== "beside") choose({ show: null });
    const { pictures, found } = this;
    let left = SIDES.length;
    const over = () => {
      left -= 1;
      if (left) return;
      this.replays = null;
      this.fit();
    };
    const playing = SIDES.map((side, k) => replaying(pictures.contexts[k], pictures.backdrop ? pictures.frame : null, { name: found[side].campaign, query, of }, over, () => draw(pictures.contexts[k], { ...pictures.scene(side), cross: null })));
    this.replays = await Promise.all(playing);
  }
}

const ALONE = "There is no other campaign to compare with yet. `surrogate run PLAN --from previous` begins one from this one when the design has changed.";

// The campaigns that may be compared with, the likeliest last: in a report the parent alone.
async function others(campaign) {
  if (offline) return [before(campaign)];
  const names = (await get("/campaigns")).map((one) => one.name);
  const own = names.indexOf(campaign.name);
  return [...names.slice(own + 1), ...names.slice(0, own)]; // the one made just before it is the last
}

// The campaign with the parameters that another leaves free as well.
function shared(campaign, other) {
  const names = new Set(other.parameters.map((one) => one.name));
  const parameters = campaign.parameters.filter((one) => names.has(one.name));
  const pair = campaign.pair?.every((name) => names.has(name)) ? campaign.pair : null;
  return { ...campaign, parameters, pair };
}

// What both say of a point's cell.
function told(map, point, campaign) {
  const { x, y } = located(point, map);
  const [i, j] = [cellOf(map.x, x), cellOf(map.y, y)];
  const place = [map.x, map.y].map(({ name, unit }) => `${name} ${quantity(point[name], unit)}`).join(", ");
  if (!map.allowed[j][i]) return ["a constraint forbids this", place];
  const unit = campaign.outcome.unit;
  const [was, is] = SIDES.map((side) => `${two(map[side][j][i])} ${unit}`.trim());
  const rise = map.rise[j][i];
  const way = rise > 0.5 ? `rose with ${surely(rise)}` : `fell with ${surely(1 - rise)}`;
  return [`${was} → ${is}`, map.sure[j][i] ? `surely changed: ${way}` : `not sure: ${way}`, place];
}

const inside = (axis, value) => Math.min(Math.max(value, axis.low), axis.high);

// A point in a link; null where the comparison's map does not have it.
function parsed(text, map) {
  try {
    const point = JSON.parse(text ?? "null");
    return point && map.x.name in point && map.y.name in point ? point : null;
  } catch {
    return null;
  }
}
