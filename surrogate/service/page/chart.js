// A small chart: marks and a line over labelled axes, as wide as its place on the page.

import { ticks } from "./frame.js";
import { percent, short } from "./words.js";

const INK = "#1b1f24";
const SOFT = "#586270";
const SIZE = 3.2; // of a mark, its radius
const PAD = { left: 54, right: 22, top: 18, bottom: 40 }; // room for the last number and for a text above the highest mark

// Draw `points` [{ x, y, low, high, text, ink, size }], `line` [[x, y], ...] and `lines` [{ places, ink }]
// on `canvas`. `x` and `y` say { label, low, high, log, percent }; `names` stand at 0, 1, ... of an
// axis without numbers. A whisker runs from low to high. `level` is drawn across, with words.
export function chart(canvas, { points = [], line = [], lines = [], x, y, level = null, diagonal = false }) {
  const sheet = prepared(canvas);
  const place = placing(sheet, x, y);
  grid(sheet, place, x, y);
  if (diagonal) stroke(sheet.context, [place(x.low, y.low), place(x.high, y.high)], SOFT, 1.2, [5, 4]);
  if (level) across(sheet, place, x, level, points);
  stroke(sheet.context, line.map(([a, b]) => place(a, b)), "#27527d", 2);
  lines.forEach(({ places, ink }) => stroke(sheet.context, places.map(([a, b]) => place(a, b)), ink, 2));
  points.forEach((one) => mark(sheet.context, place, one));
}

// The canvas at the screen's own resolution, empty.
function prepared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = "12px system-ui, sans-serif";
  return { context, width, height };
}

function placing({ width, height }, x, y) {
  const along = (axis, value) => {
    const bent = (one) => (axis.log ? Math.log(one) : one);
    return (bent(value) - bent(axis.low)) / (bent(axis.high) - bent(axis.low));
  };
  return (a, b) => [PAD.left + along(x, a) * (width - PAD.left - PAD.right), height - PAD.bottom - along(y, b) * (height - PAD.top - PAD.bottom)];
}

const marksOf = (axis) => (axis.names ? axis.names.map((_, k) => k) : axis.log ? powers(axis) : ticks(axis.low, axis.high, 5));

function powers({ low, high }) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of high / low > 300 ? [1] : [1, 2, 5]) found.push(Number((step * 10 ** power).toPrecision(3)));
  }
  return found.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

function grid({ context, width, height }, place, x, y) {
  context.fillStyle = SOFT;
  context.textAlign = "right";
  for (const value of marksOf(y)) {
    const [left, at] = place(x.low, value);
    stroke(context, [[left, at], [width - PAD.right, at]], "#e3e7ec", 1);
    context.fillText(written(y, value), left - 8, at + 4);
  }
  context.textAlign = "center";
  for (const value of marksOf(x)) context.fillText(written(x, value), place(value, y.low)[0], height - PAD.bottom + 17);
  stroke(context, [place(x.low, y.low), place(x.high, y.low)], INK, 1);
  if (x.label) context.fillText(x.label, (PAD.left + width - PAD.right) / 2, height - 5);
}

const written = (axis, value) => (axis.names ? axis.names[value] : axis.percent ? percent(value) : short(value));

// A line with its words where they lie on no mark: at either end, over or under it.
function across({ context }, place, x, { value, words }, points) {
  const ends = [place(x.low, value), place(x.high, value)];
  stroke(context, ends, "#b7791f", 1.5, [6, 4]);
  const { width } = context.measureText(words);
  const taken = points.map((one) => covered(context, place, one));
  const starts = [ends[0][0] + 4, ends[1][0] - 4 - width, (ends[0][0] + ends[1][0] - width) / 2];
  const sites = [-5, 14].flatMap((down) => starts.map((left) => [left, ends[0][1] + down]));
  const isFree = ([left, base]) => !taken.some(([x0, y0, x1, y1]) => left < x1 && x0 < left + width && base - 11 < y1 && y0 < base + 3);
  const site = sites.find(isFree) ?? sites[0];
  context.textAlign = "left";
  context.lineWidth = 3;
  context.strokeStyle = "#ffffff";
  context.strokeText(words, ...site);
  context.fillStyle = "#8a4b08";
  context.fillText(words, ...site);
}

// The box that a mark takes, with its whisker and its text.
function covered(context, place, { x, y, low = y, high = y, text = "", size = SIZE }) {
  const [[px, py], [, top], [, bottom]] = [place(x, y), place(x, high), place(x, low)];
  const wide = text ? size + 3 + context.measureText(text).width : size;
  return [px - size, Math.min(top, py - (text ? 15 : size)), px + wide, Math.max(bottom, py + size)];
}

function mark(context, place, { x, y, low, high, text, ink = "#27527d", size = SIZE }) {
  if (low !== undefined) stroke(context, [place(x, low), place(x, high)], ink, 1.6);
  context.beginPath();
  context.arc(...place(x, y), size, 0, 2 * Math.PI);
  context.fillStyle = ink;
  context.fill();
  if (!text) return;
  const [px, py] = place(x, y);
  context.textAlign = "left";
  context.lineWidth = 3;
  context.strokeStyle = "#ffffff";
  context.strokeText(text, px + size + 3, py - 4);
  context.fillText(text, px + size + 3, py - 4);
}

function stroke(context, places, ink, width, dashes = []) {
  if (!places.length) return;
  context.beginPath();
  places.forEach((place) => context.lineTo(...place));
  context.strokeStyle = ink;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.stroke();
  context.setLineDash([]);
}
