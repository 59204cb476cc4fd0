// The map on a canvas, in the user's coordinates: colours, hatches, the level's line, the
// simulator's own drawing, and runs as rings.

import { contour } from "./contour.js";
import { colour, css } from "./colours.js";
import { ticks } from "./frame.js";
import { hatch, isDeclined } from "./raster.js";
import { short } from "./words.js";

const INK = "#1b1f24";
const FAILED = "#b3261e";

// Everything that a picture is made of; see `draw`.
//   map, frame, colours (canvas), masks { undecided, unknown }, level, dots, failed, waiting, backdrop,
//   spots, pins, cross ([x, y] or null), box ([x0, x1, y0, y1] or null), scale ([low, high]),
//   pulse (0..1), layers (a Map that lives as long as the picture)
// What stays while the threshold moves is drawn once and laid under and over what moves.
export function draw(context, scene) {
  const { frame, layers } = scene;
  context.clearRect(0, 0, frame.width, frame.height);
  const { x, y, w, h } = frame.inner;
  context.save();
  context.beginPath();
  context.rect(x, y, w, h);
  context.clip();
  const put = (name, parts, paint) => context.drawImage(kept(layers, name, context, [frame.seen, ...parts], paint), 0, 0, frame.width, frame.height);
  put("ground", [scene.colours, scene.masks.unknown], (under) => ground(under, scene));
  if (scene.masks.undecided) put("band", [scene.masks.undecided, scene.level], (over) => hatched(over, scene, scene.masks.undecided, "rgb(255 255 255 / 75%)", true));
  put("runs", [scene.dots, scene.backdrop, ...scene.scale], (over) => {
    if (scene.backdrop) shapes(over, scene);
    (scene.failed ?? []).forEach(({ x, y }) => crossed(over, frame.pixel(x, y), FAILED));
    dots(over, scene);
  });
  if (scene.level !== null) levelLine(context, scene);
  waiting(context, scene);
  tags(context, scene.frame, scene.spots, (px, py) => context.arc(px, py, 10, 0, 2 * Math.PI));
  tags(context, scene.frame, scene.pins ?? [], (px, py) => context.rect(px - 9, py - 9, 18, 18));
  if (scene.box) boxed(context, frame, scene.box);
  if (scene.cross) cross(context, frame, scene.cross);
  context.restore();
  axes(context, frame);
}

// A sheet as large as the canvas with what `paint` draws, kept while its `parts` stay the same.
function kept(layers, name, context, parts, paint) {
  const { width, height } = context.canvas;
  const key = [width, height, ...parts];
  const known = layers.get(name);
  if (known && key.every((part, k) => part === known.key[k])) return known.sheet;
  const sheet = known?.sheet ?? new OffscreenCanvas(width, height);
  Object.assign(sheet, { width, height }); // which also wipes it
  const over = sheet.getContext("2d");
  over.setTransform(context.getTransform());
  paint(over);
  layers.set(name, { key, sheet });
  return sheet;
}

// Draw a picture of the grid where the grid lies.
function laid(context, { frame, map }, picture, smooth) {
  const [[x0, y0], [x1, y1]] = [frame.pixel(map.x.low, map.y.low), frame.pixel(map.x.high, map.y.high)];
  context.imageSmoothingEnabled = smooth;
  context.drawImage(picture, x0, y1, x1 - x0, y0 - y1);
}

function ground(under, scene) {
  const { x, y, w, h } = scene.frame.inner;
  if (scene.masks.unknown) hatched(under, scene, scene.masks.unknown, "rgb(90 90 90 / 70%)", false);
  under.globalCompositeOperation = "destination-over";
  laid(under, scene, scene.colours, true);
  under.fillStyle = "#eef1f4";
  under.fillRect(x, y, w, h);
}

// Slanted lines where the mask is, on an empty sheet.
function hatched(over, scene, mask, ink, rising) {
  laid(over, scene, mask, false);
  over.globalCompositeOperation = "source-in";
  over.fillStyle = hatch(over, ink, rising);
  over.fillRect(0, 0, scene.frame.width, scene.frame.height);
}

// A place of the grid, in cells, in pixels.
function gridPixel(scene, i, j) {
  const { map, frame } = scene;
  const along = (axis, count, at) => {
    const share = (at + 0.5) / count;
    if (axis.scale === "log") return axis.low * (axis.high / axis.low) ** share;
    return axis.low + share * (axis.high - axis.low);
  };
  return frame.pixel(along(map.x, map.mean[0].length, i), along(map.y, map.mean.length, j));
}

// The level's line: white below ink, so that it stands out from any colour.
export function levelLine(context, scene, strokes = [["#ffffff", 5.5], [INK, 3]]) {
  const path = new Path2D();
  for (const [i0, j0, i1, j1] of contour(scene.map.mean, scene.level)) {
    if (isDeclined(scene.map, Math.round(j0), Math.round(i0))) continue;
    path.moveTo(...gridPixel(scene, i0, j0));
    path.lineTo(...gridPixel(scene, i1, j1));
  }
  context.lineCap = "round";
  for (const [ink, width] of strokes) {
    context.strokeStyle = ink;
    context.lineWidth = width;
    context.stroke(path);
  }
}

function shapes(context, { frame, backdrop }) {
  const path = new Path2D();
  const [scale] = frame.scale;
  for (const shape of backdrop.shapes) {
    if (shape.kind === "line") {
      shape.points.forEach((point, k) => (k ? path.lineTo(...frame.pixel(...point)) : path.moveTo(...frame.pixel(...point))));
    } else if (shape.kind === "arc") {
      const turn = (degrees) => (-degrees * Math.PI) / 180;
      const [x, y] = frame.pixel(...shape.centre);
      path.moveTo(x + shape.radius * scale * Math.cos(turn(shape.start)), y + shape.radius * scale * Math.sin(turn(shape.start)));
      path.arc(x, y, shape.radius * scale, turn(shape.start), turn(shape.end), true);
    }
  }
  for (const [ink, width] of [["rgb(0 0 0 / 55%)", 3], ["rgb(255 255 255 / 90%)", 1.4]]) {
    context.strokeStyle = ink;
    context.lineWidth = width;
    context.stroke(path);
  }
  context.fillStyle = INK;
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  for (const shape of backdrop.shapes) {
    if (shape.kind === "label") context.fillText(shape.text, ...frame.pixel(...shape.at));
  }
}

const CROWD = 150; // rings: more than these are drawn smaller

function dots(context, { frame, dots: found, scale: [low, high] }) {
  const size = Math.max(Math.min(Math.sqrt(CROWD / Math.max(found.length, 1)), 1), 0.6);
  const radius = (runs) => size * (2.4 + 1.6 * Math.sqrt(runs));
  for (const site of found) {
    const [x, y] = frame.pixel(site.x, site.y);
    context.globalAlpha = 0.3 + 0.7 * site.near;
    context.lineWidth = 1.2;
    if (!site.runs) {
      crossed(context, [x, y], INK);
      continue;
    }
    context.beginPath();
    context.arc(x, y, radius(site.runs), 0, 2 * Math.PI);
    context.fillStyle = css(colour((site.mean - low) / (high - low)));
    context.fill();
    context.strokeStyle = "rgb(255 255 255 / 85%)";
    context.stroke();
    if (!site.isNew) continue;
    context.beginPath();
    context.arc(x, y, radius(site.runs) + 3.5, 0, 2 * Math.PI);
    context.strokeStyle = "#ff5a36";
    context.stroke();
  }
  context.globalAlpha = 1;
}

function crossed(context, [x, y], ink) {
  context.beginPath();
  for (const [dx, dy] of [[1, 1], [1, -1]]) {
    context.moveTo(x - 4 * dx, y - 4 * dy);
    context.lineTo(x + 4 * dx, y + 4 * dy);
  }
  for (const [around, width] of [["rgb(255 255 255 / 80%)", 3.6], [ink, 1.6]]) {
    context.strokeStyle = around;
    context.lineWidth = width;
    context.stroke();
  }
}

// Queries on their way: rings that pulse while they are simulated, diamonds while they wait,
// numbered diamonds where they would be asked next.
function waiting(context, { frame, waiting: places, pulse }) {
  context.font = "bold 10px system-ui, sans-serif";
  context.textAlign = "center";
  for (const { x, y, state, rank } of places) {
    const [px, py] = frame.pixel(x, y);
    context.beginPath();
    if (state === "leased") context.arc(px, py, 4 + 4 * pulse, 0, 2 * Math.PI);
    else diamond(context, px, py, rank ? 9 : 6);
    context.lineWidth = 3.5;
    context.strokeStyle = "rgb(27 31 36 / 70%)";
    context.stroke();
    context.lineWidth = 1.8;
    context.strokeStyle = state === "leased" ? `rgb(255 255 255 / ${Math.round(100 - 60 * pulse)}%)` : "#ffffff";
    context.stroke();
    if (!rank) continue;
    context.fillStyle = "#ffffff";
    context.fill();
    context.fillStyle = INK;
    context.fillText(String(rank), px, py + 3.5);
  }
}

function diamond(context, x, y, size) {
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
}

// Numbers or letters at their places, each in its outline.
function tags(context, frame, places, outline) {
  context.font = "bold 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { rank, x, y } of places) {
    const [px, py] = frame.pixel(x, y);
    context.beginPath();
    outline(px, py);
    context.fillStyle = "#ffffff";
    context.fill();
    context.strokeStyle = INK;
    context.lineWidth = 1.5;
    context.stroke();
    context.fillStyle = INK;
    context.fillText(String(rank), px, py + 0.5);
  }
  context.textBaseline = "alphabetic";
}

function boxed(context, frame, [x0, x1, y0, y1]) {
  const [[left, low], [right, high]] = [frame.pixel(x0, y0), frame.pixel(x1, y1)];
  for (const [ink, width] of [["#ffffff", 4], [INK, 1.6]]) {
    context.strokeStyle = ink;
    context.lineWidth = width;
    context.strokeRect(left, high, right - left, low - high);
  }
}

function cross(context, frame, [x, y]) {
  const [px, py] = frame.pixel(x, y);
  context.strokeStyle = INK;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(px, 0);
  context.lineTo(px, frame.height);
  context.moveTo(0, py);
  context.lineTo(frame.width, py);
  context.stroke();
  context.setLineDash([]);
}

function axes(context, frame) {
  const { x, y, w, h } = frame.inner;
  context.strokeStyle = INK;
  context.lineWidth = 1;
  context.strokeRect(x, y, w, h);
  context.fillStyle = INK;
  context.font = "12px system-ui, sans-serif";
  const [left, low] = frame.world(x, y + h);
  const [right, high] = frame.world(x + w, y);
  context.textAlign = "center";
  for (const value of marks(frame.across, left, right)) {
    context.fillText(label(frame.across, value), frame.pixel(value, low)[0], y + h + 16);
  }
  context.fillText(named(frame.across), x + w / 2, y + h + 36);
  context.textAlign = "right";
  for (const value of marks(frame.up, low, high)) {
    context.fillText(label(frame.up, value), x - 6, frame.pixel(left, value)[1] + 4);
  }
  context.save();
  context.translate(14, y + h / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(named(frame.up), 0, 0);
  context.restore();
}

const isChoice = (axis) => typeof axis.values[0] === "string";
const named = (axis) => (axis.unit ? `${axis.name} [${axis.unit}]` : axis.name);
const label = (axis, value) => (isChoice(axis) ? axis.values[value] : short(value));

function marks(axis, low, high) {
  if (isChoice(axis)) return axis.values.map((_, k) => k).filter((k) => low <= k && k <= high);
  if (axis.scale !== "log") return ticks(low, high).filter((value) => value >= axis.low && value <= axis.high);
  const powers = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++) powers.push(...[1, 2, 5].map((k) => k * 10 ** p));
  return powers.filter((value) => low <= value && value <= high);
}
