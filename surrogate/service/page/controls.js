// What a person chooses of a map: its axes, its layer, where the other parameters are held; and
// the colour scale with the threshold's handle on it.

import { colour, css } from "./colours.js";
import { round } from "./frame.js";
import { LAYERS } from "./raster.js";
import { choose, chosen } from "./state.js";
import { element, quantity, short } from "./words.js";

export function controls(root, campaign, map, [x, y]) {
  const names = campaign.parameters.map((one) => one.name);
  const axes = element("fieldset", {}, element("legend", {}, "axes"));
  axes.append(picker("x", "across", names, x), ...(names.length > 1 ? [picker("y", "up", names.filter((name) => name !== x), y)] : []));
  const { layer = "mean", fade = "1" } = chosen();
  const looks = element("fieldset", {}, element("legend", {}, "colour shows"));
  looks.append(
    picker("layer", "", Object.keys(LAYERS), layer, (key) => LAYERS[key].label),
    element("label", { class: "check" }, element("input", { type: "checkbox", id: "fade", checked: fade === "1", onchange: (event) => choose({ fade: event.target.checked ? null : "0" }) }), "paler where less sure"),
  );
  const others = campaign.parameters.filter((one) => one.name !== x && one.name !== y);
  const held = others.length ? element("fieldset", {}, element("legend", {}, "other parameters")) : null;
  others.forEach((one) => held.append(slider(one, map.held[one.name])));
  root.replaceChildren(axes, looks, ...(held ? [held] : []));
}

function picker(key, label, options, value, words = (option) => option) {
  const select = element("select", { id: `choose-${key}`, "aria-label": label || key, onchange: (event) => choose({ [key]: event.target.value }, { replace: false }) });
  options.forEach((option) => select.append(element("option", { value: option, selected: option === value }, words(option))));
  return element("label", {}, label, select);
}

// A slider over a parameter's range, in its own scale; choices are a list.
function slider(parameter, value) {
  const key = `hold.${parameter.name}`;
  if (parameter.kind === "categorical") return picker(key, parameter.name, parameter.choices, value);
  const log = parameter.scale === "log";
  const bent = (one) => (log ? Math.log(one) : one);
  const step = parameter.kind === "integer" ? 1 : round((bent(parameter.high) - bent(parameter.low)) / 150);
  const output = element("output", {}, quantity(value, parameter.unit));
  const read = (event) => {
    const raw = Number(event.target.value);
    return short(log ? Math.exp(raw) : raw);
  };
  const input = element("input", {
    type: "range",
    "data-hold": parameter.name,
    "aria-label": parameter.name,
    min: bent(parameter.low),
    max: bent(parameter.high),
    step,
    value: bent(value),
    oninput: (event) => (output.value = quantity(Number(read(event)), parameter.unit)),
    onchange: (event) => choose({ [key]: read(event) }),
  });
  return element("label", { class: "slider" }, parameter.name, input, output);
}

const HEIGHT = 300;
const TOP = 24;

export const legend = {
  // The colour scale from low to high; `level` null has no handle.
  draw(root, { scale, label, level, onDrag, onDrop }) {
    const canvas = element("canvas", { width: 90, height: HEIGHT + 2 * TOP, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    for (let k = 0; k < HEIGHT; k++) {
      context.fillStyle = css(colour(1 - k / HEIGHT));
      context.fillRect(8, TOP + k, 18, 1.5);
    }
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = "#1b1f24";
    const [low, high] = scale;
    for (let k = 0; k <= 5; k++) context.fillText(short(low + (k / 5) * (high - low)), 32, TOP + HEIGHT * (1 - k / 5) + 4);
    const bar = element("div", { class: "bar" }, canvas);
    root.replaceChildren(element("span", { class: "scale" }, label), bar);
    if (level === null) return;
    const handle = element("input", {
      type: "range",
      id: "threshold",
      "aria-label": "threshold",
      min: low,
      max: high,
      step: (high - low) / 200,
      value: level,
      oninput: (event) => onDrag(Number(event.target.value)),
      onchange: (event) => onDrop(Number(event.target.value)),
    });
    handle.style.height = `${HEIGHT + 16}px`;
    bar.append(handle);
    root.append(element("output", { id: "threshold-value" }));
    legend.mark(root, level);
  },

  mark(root, level) {
    const output = root.querySelector("#threshold-value");
    if (output) output.value = `threshold ${short(level)}`;
  },
};
