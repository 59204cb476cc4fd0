// What a person chooses of a map: its axes, its layer, where the other parameters are held.

import { offline } from "./offline.js";
import { LAYERS, layersOf } from "./raster.js";
import { choose, chosen } from "./state.js";
import { element, quantity, short } from "./words.js";

const HOLDS = "This report has its maps at these values only; on a served page they can be moved.";
const KEPT = { replace: false }; // a step that the browser's back button undoes

// Controls that stay while their values change, so that a hand or a keyboard keeps its place.
// `looks`: whether a layer of the map is chosen too.
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
    for (const set of this.held) set(map.held);
    if (this.reset) this.reset.hidden = !holds().length;
  }

  build(campaign, map, [x, y]) {
    const names = campaign.parameters.map((one) => one.name);
    const forget = { box: null, zoom: null, point: null };
    const across = picker("across", names, (value) => choose({ ...forget, x: value, y: value === y ? x : y }, KEPT), { id: "choose-x" });
    const up = picker("up", names, (value) => choose({ ...forget, x: value === x ? y : x, y: value }, KEPT), { id: "choose-y" });
    this.axes = (names.length > 1 ? [across, up] : [across]).map((one) => one.querySelector("select"));
    const axes = group("axes", across, ...(names.length > 1 ? [up] : []));
    const others = campaign.parameters.filter((one) => one.name !== x && one.name !== y).map(holder);
    if (offline) others.forEach((one) => one.root.querySelectorAll("input, select").forEach((input) => (input.disabled = true)));
    this.held = others.map((one) => one.set);
    this.reset = others.length ? element("button", { id: "reset", onclick: () => choose(Object.fromEntries(holds().map((name) => [name, null]))) }, "back to the defaults") : null;
    const held = others.length ? [group("other parameters are held at", ...others.map((one) => one.root), this.reset, ...(offline ? [element("p", { class: "said" }, HOLDS)] : []))] : [];
    this.root.replaceChildren(axes, ...(this.looks ? [this.layers(map)] : []), ...held);
  }

  layers(map) {
    const layer = picker("", layersOf(map), (value) => choose({ layer: value }, KEPT), { id: "choose-layer", "aria-label": "layer" }, (key) => LAYERS[key].label);
    this.layer = layer.querySelector("select");
    this.fade = element("input", { type: "checkbox", id: "fade", onchange: (event) => choose({ fade: event.target.checked ? null : "0" }) });
    return group("colour shows", layer, element("label", { class: "check" }, this.fade, "paler where less sure"));
  }
}

const holds = () => Object.keys(chosen()).filter((name) => name.startsWith("hold."));

const group = (title, ...parts) => element("fieldset", {}, element("legend", {}, title), ...parts);

function picker(label, options, onPick, attributes, words = (option) => option) {
  const select = element("select", { "aria-label": label, ...attributes, onchange: (event) => onPick(event.target.value) });
  options.forEach((option) => select.append(element("option", { value: option }, words(option))));
  return element("label", {}, label, select);
}

// A slider over a parameter's range, in its own scale; choices are a list. `set` shows a value.
function holder(parameter) {
  const key = `hold.${parameter.name}`;
  if (parameter.kind === "categorical") {
    const root = picker(parameter.name, parameter.choices, (value) => choose({ [key]: value }, KEPT), { id: `choose-${key}` });
    return { root, set: (held) => (root.querySelector("select").value = held[parameter.name]) };
  }
  const log = parameter.scale === "log";
  const bent = (one) => (log ? Math.log(one) : one);
  const output = element("output", {});
  const read = () => short(log ? Math.exp(Number(input.value)) : Number(input.value));
  const input = element("input", {
    type: "range",
    "data-hold": parameter.name,
    "aria-label": parameter.name,
    min: bent(parameter.low),
    max: bent(parameter.high),
    step: parameter.kind === "integer" ? 1 : "any",
    oninput: () => (output.value = quantity(Number(read()), parameter.unit)),
    onchange: () => choose({ [key]: read() }),
  });
  const set = (held) => {
    input.value = bent(held[parameter.name]);
    output.value = quantity(held[parameter.name], parameter.unit);
  };
  return { root: element("label", { class: "slider" }, parameter.name, input, output), set };
}
