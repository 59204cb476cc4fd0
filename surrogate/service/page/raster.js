// A map's grids as pixels: colours once for each map, masks once for each threshold.

import { colour, faded } from "./colours.js";
import { round, ticks } from "./frame.js";

// What each layer shows of a map's cell, as a value on the colour scale.
export const LAYERS = {
  mean: { label: "best guess", value: (map, j, i) => map.mean[j][i] },
  lower: { label: "lower end of the interval", value: (map, j, i) => map.lower[j][i] },
  upper: { label: "upper end of the interval", value: (map, j, i) => map.upper[j][i] },
  doubt: { label: "uncertainty: how wide the interval is", value: (map, j, i) => map.upper[j][i] - map.lower[j][i], ownScale: true },
  answers: { label: "chance that the simulator answers", value: (map, j, i) => map.answers[j][i], ownScale: true },
};

const DECLINED = [204, 204, 204];

export const layersOf = (map) => Object.keys(LAYERS).filter((key) => key !== "answers" || map.answers);

// Whether the simulator is more likely to decline here than to answer.
export const isDeclined = (map, j, i) => Boolean(map.answers) && map.answers[j][i] < 0.5;

// The ends of the colour scale. Chances: 0 to 1, always. Numbers: what runs gave, whatever is held,
// in round numbers; `own` takes this map's.
export function range(map, layer, { isChance, values, own }) {
  if (isChance || layer === "answers") return [0, 1];
  if (layer === "doubt") return [0, round(extremes(map, LAYERS.doubt.value)[1] || 1)];
  const seen = values.filter((value) => value !== null);
  const [low, high] = own || seen.length < 2 ? extremes(map, LAYERS.mean.value) : [Math.min(...seen), Math.max(...seen)];
  if (!(high > low)) return [low - 0.5, low + 0.5];
  const marks = ticks(low, high, 10);
  const step = marks[1] - marks[0] || high - low;
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step].map((end) => Number(end.toPrecision(10)));
}

function extremes(map, value) {
  let [low, high] = [Infinity, -Infinity];
  map.mean.forEach((row, j) =>
    row.forEach((_, i) => {
      low = Math.min(low, value(map, j, i));
      high = Math.max(high, value(map, j, i));
    }),
  );
  return [low, high];
}

// A canvas of one pixel a cell, row 0 at the top being the highest y; `paint` fills its bytes.
export function painted(map, paint) {
  const [ny, nx] = [map.mean.length, map.mean[0].length];
  const canvas = new OffscreenCanvas(nx, ny);
  const context = canvas.getContext("2d");
  const image = context.createImageData(nx, ny);
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) paint(image.data, 4 * ((ny - 1 - j) * nx + i), j, i);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export function colours(map, { layer, scale: [low, high], fade, widest }) {
  const { value, ownScale } = LAYERS[layer];
  return painted(map, (bytes, at, j, i) => {
    if (!map.allowed[j][i]) return;
    const share = (value(map, j, i) - low) / (high - low);
    const doubt = (map.upper[j][i] - map.lower[j][i]) / widest;
    const plain = !fade || ownScale;
    const ink = layer !== "answers" && isDeclined(map, j, i) ? DECLINED : plain ? colour(share) : faded(share, doubt);
    bytes[at] = ink[0];
    bytes[at + 1] = ink[1];
    bytes[at + 2] = ink[2];
    bytes[at + 3] = 255;
  });
}

// Where `is(j, i)` holds, opaque; to be filled with a hatch.
export const mask = (map, is) =>
  painted(map, (bytes, at, j, i) => {
    if (is(j, i)) bytes[at + 3] = 255;
  });

// A function from a level to the mask of where the interval holds it: one canvas, painted anew.
export function undecided(map) {
  const [ny, nx] = [map.mean.length, map.mean[0].length];
  const [low, high] = [new Float64Array(nx * ny).fill(Infinity), new Float64Array(nx * ny)];
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const at = (ny - 1 - j) * nx + i;
      if (map.allowed[j][i] && !isDeclined(map, j, i)) [low[at], high[at]] = [map.lower[j][i], map.upper[j][i]];
    }
  }
  const canvas = new OffscreenCanvas(nx, ny);
  const context = canvas.getContext("2d");
  const image = context.createImageData(nx, ny);
  return (level) => {
    for (let at = 0; at < low.length; at++) image.data[4 * at + 3] = low[at] <= level && level <= high[at] ? 255 : 0;
    context.putImageData(image, 0, 0);
    return canvas;
  };
}

// A small tile of slanted lines, falling or rising.
export function hatch(context, ink, rising) {
  const tile = new OffscreenCanvas(8, 8);
  const draw = tile.getContext("2d");
  draw.strokeStyle = ink;
  draw.lineWidth = 1.1;
  draw.beginPath();
  for (const shift of [-8, 0, 8]) {
    draw.moveTo(shift - 1, rising ? 9 : -1);
    draw.lineTo(shift + 9, rising ? -1 : 9);
  }
  draw.stroke();
  return context.createPattern(tile, "repeat");
}
