// A map of one parameter: the best guess as a line in its band, and the level.

import { ticks } from "./frame.js";
import { short } from "./words.js";

const INK = "#1b1f24";

export function slice(context, { map, frame }, level) {
  const { x, y, w, h } = frame.inner;
  const [mean, lower, upper] = [map.mean[0], map.lower[0], map.upper[0]];
  const places = map.x.values.map((value, k) => (typeof value === "string" ? k : value));
  context.clearRect(0, 0, frame.width, frame.height);
  context.fillStyle = "#c9d6e8";
  context.beginPath();
  places.forEach((at, k) => context.lineTo(...frame.pixel(at, upper[k])));
  [...places.keys()].reverse().forEach((k) => context.lineTo(...frame.pixel(places[k], lower[k])));
  context.fill();
  const path = (values, ink, width) => {
    context.beginPath();
    values.forEach((value, k) => context.lineTo(...frame.pixel(places[k], value)));
    context.strokeStyle = ink;
    context.lineWidth = width;
    context.stroke();
  };
  path(mean, "#27527d", 2.5);
  if (level !== null) path(mean.map(() => level), INK, 1.5);
  context.strokeStyle = INK;
  context.lineWidth = 1;
  context.strokeRect(x, y, w, h);
  context.fillStyle = INK;
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  ticks(map.x.low, map.x.high).forEach((value) => context.fillText(short(value), frame.pixel(value, 0)[0], y + h + 16));
  context.fillText(map.x.unit ? `${map.x.name} [${map.x.unit}]` : map.x.name, x + w / 2, y + h + 36);
  context.textAlign = "right";
  ticks(frame.up.low, frame.up.high).forEach((value) => context.fillText(short(value), x - 6, frame.pixel(map.x.low, value)[1] + 4));
}
