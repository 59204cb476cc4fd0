// What a person chooses of a map: its axes, its layer, what becomes of the other parameters.

import { offline } from "./offline.js";
import { LAYERS, layersOf } from "./raster.js";
import { choose, chosen } from "./state.js";
import { element, quantity, short } from "./words.js";

const HOLDS = "This report has its maps at these values only; on a served page they can be moved.";
const KEPT = { replace: false }; // a step that the browser's back button undoes

// Controls that stay while their values change, so that a hand or a keyboard keeps its place.
// `looks`: whether a layer is chosen too, and others may be averaged: what a single map can.
export class Controls {
  constructor({ looks = true } = {}) {
    this.looks = looks;
    this.root = element("div", { id: "controls" });
    this.built = null;
  }

  show(campaign, map, [x, y]) {
    const key = JSON.stringify([x, y, layersOf(map)]);
    if (key !== this.built) this.build(campaign, map, [x, y]);
    this.built = key;
    const { layer = "mean", fade = "1" } = chosen();
    this.axes.forEach((select, k) => (select.value = [x, y][k]));
    if (this.looks) {
      this.layer.value = layersOf(map).includes(layer) ? layer : "mean";
      this.fade.checked = fade === "1";
    }
    for (const set of this.others) set(map);
    if (this.reset) this.reset.hidden = !moved().length;
  }

  build(campaign, map, [x, y]) {
    const names = campaign.parameters.map((one) => one.name);
    const forget = { box: null, zoom: null, point: null };
    const across = picker("across", names, (value) => choose({ ...forget, x: value, y: value === y ? x : y }, KEPT), { id: "choose-x" });
    const up = picker("up", names, (value) => choose({ ...forget, x: value === x ? y : x, y: value }, KEPT), { id: "choose-y" });
    this.axes = (names.length > 1 ? [across, up] : [across]).map((one) => one.querySelector("select"));
    const axes = group("axes", across, ...(names.length > 1 ? [up] : []));
    const others = campaign.parameters.filter((one) => one.name !== x && one.name !== y).map((one) => other(one, this.looks));
    this.others = others.map((one) => one.set);
    this.reset = others.length ? element("button", { id: "reset", onclick: () => choose(Object.fromEntries(moved().map((name) => [name, null]))) }, "back to the defaults") : null;
    const rest = others.length ? [group("other parameters", ...others.map((one) => one.root), this.reset, ...(offline ? [element("p", { class: "said" }, HOLDS)] : []))] : [];
    this.root.replaceChildren(axes, ...(this.looks ? [this.layers(map)] : []), ...rest);
  }

  layers(map) {
    const layer = picker("", layersOf(map), (value) => choose({ layer: value }, KEPT), { id: "choose-layer", "aria-label": "layer" }, (key) => LAYERS[key].label);
    this.layer = layer.querySelector("select");
    this.fade = element("input", { type: "checkbox", id: "fade", onchange: (event) => choose({ fade: event.target.checked ? null : "0" }) });
    return group("colour shows", layer, element("label", { class: "check" }, this.fade, "paler where less sure"));
  }
}

const moved = () => Object.keys(chosen()).filter((name) => /^(hold|average)\./.test(name));

const group = (title, ...parts) => element("fieldset", {}, element("legend", {}, title), ...parts);

function picker(label, options, onPick, attributes, words = (option) => option) {
  const select = element("select", { "aria-label": label, ...attributes, onchange: (event) => onPick(event.target.value) });
  options.forEach((option) => select.append(element("option", { value: option }, words(option))));
  return element("label", {}, label, select);
}

// A parameter that is on no axis: held at a value, or averaged. `set` shows how a map has it.
function other(parameter, canAverage) {
  const { name } = parameter;
  const { root, input, show } = parameter.kind === "categorical" ? listed(parameter) : sliding(parameter);
  const tick = element("input", { type: "checkbox", "aria-label": `average over ${name}`, onchange: () => choose({ [`average.${name}`]: tick.checked ? "1" : null }, KEPT) });
  const set = ({ held, averaged = [] }) => {
    tick.checked = averaged.includes(name);
    input.disabled = tick.checked || Boolean(offline);
    show(held[name] ?? null);
  };
  tick.disabled = Boolean(offline);
  const average = element("label", { class: "check" }, tick, "average");
  return { root: element("div", { class: "other" }, root, ...(canAverage ? [average] : [])), set };
}

function listed({ name, choices }) {
  const root = picker(name, choices, (value) => choose({ [`hold.${name}`]: value }, KEPT), { id: `choose-hold.${name}` });
  const input = root.querySelector("select");
  return { root, input, show: (value) => value !== null && (input.value = value) };
}

// A slider over a parameter's range, in its own scale.
function sliding({ name, scale, low, high, kind, unit }) {
  const isLog = scale === "log";
  const bent = (one) => (isLog ? Math.log(one) : one);
  const output = element("output", {});
  const read = () => short(isLog ? Math.exp(Number(input.value)) : Number(input.value));
  const input = element("input", {
    type: "range",
    "data-hold": name,
    "aria-label": name,
    min: bent(low),
    max: bent(high),
    step: kind === "integer" ? 1 : "any",
    oninput: () => (output.value = quantity(Number(read()), unit)),
    onchange: () => choose({ [`hold.${name}`]: read() }),
  });
  const show = (value) => {
    if (value !== null) input.value = bent(value);
    output.value = value === null ? "" : quantity(value, unit);
  };
  return { root: element("label", { class: "slider" }, name, input, output), input, show };
}
