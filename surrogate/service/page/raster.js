// A map's grids as pixels: colours once for each map, masks once for each threshold.

import { colour, faded } from "./colours.js";

// What each layer shows of a map's cell, as a value on the colour scale.
export const LAYERS = {
  mean: { label: "best guess", value: (map, j, i) => map.mean[j][i] },
  lower: { label: "lower end of the interval", value: (map, j, i) => map.lower[j][i] },
  upper: { label: "upper end of the interval", value: (map, j, i) => map.upper[j][i] },
  doubt: { label: "uncertainty", value: (map, j, i) => map.upper[j][i] - map.lower[j][i] },
};

// The range of the colour scale: 0 to 1 for chances, always; else the map's own.
export function range(map, isChance, layer) {
  if (isChance) return [0, 1];
  const grids = layer === "doubt" ? null : [map.lower, map.upper];
  let [low, high] = [Infinity, -Infinity];
  map.mean.forEach((row, j) =>
    row.forEach((_, i) => {
      for (const value of grids ? grids.map((grid) => grid[j][i]) : [LAYERS.doubt.value(map, j, i)]) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }),
  );
  return layer === "doubt" ? [0, high || 1] : [low, high > low ? high : low + 1];
}

// A canvas of one pixel a cell, row 0 at the top being the highest y.
function painted(map, paint) {
  const [ny, nx] = [map.mean.length, map.mean[0].length];
  const canvas = new OffscreenCanvas(nx, ny);
  const context = canvas.getContext("2d");
  const image = context.createImageData(nx, ny);
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      image.data.set(paint(ny - 1 - j, i), 4 * (j * nx + i));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export function colours(map, { layer, isChance, fade }) {
  const [low, high] = range(map, isChance, layer);
  const widest = isChance ? 0.6 : 0.6 * (high - low);
  return painted(map, (j, i) => {
    if (!map.allowed[j][i]) return [255, 255, 255, 0];
    const share = (LAYERS[layer].value(map, j, i) - low) / (high - low);
    const doubt = (map.upper[j][i] - map.lower[j][i]) / widest;
    return [...(fade && layer !== "doubt" ? faded(share, doubt) : colour(share)), 255];
  });
}

// Where `is(j, i)` holds, opaque; to be filled with a hatch.
export const mask = (map, is) => painted(map, (j, i) => [0, 0, 0, is(j, i) ? 255 : 0]);

export const undecided = (map, level) =>
  mask(map, (j, i) => map.allowed[j][i] && map.lower[j][i] <= level && level <= map.upper[j][i]);

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
