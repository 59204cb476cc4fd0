// Between world coordinates and pixels: which part of a map is seen, and how large.

export class Frame {
  // `across`, `up`: axes with low and high; `locked`: one metre is as long either way.
  constructor(across, up, width, height, locked) {
    Object.assign(this, { across, up, width, height, locked });
    this.pad = { left: 54, right: 12, top: 8, bottom: 42 };
    this.whole();
  }

  get inner() {
    const { left, right, top, bottom } = this.pad;
    return { x: left, y: top, w: this.width - left - right, h: this.height - top - bottom };
  }

  // Pixels for one unit of either axis.
  get scale() {
    const { w, h } = this.inner;
    const sx = w / (at(this.across, 1) - at(this.across, 0));
    const sy = h / (at(this.up, 1) - at(this.up, 0));
    const least = Math.min(sx, sy);
    return this.locked ? [least * this.zoom, least * this.zoom] : [sx * this.zoom, sy * this.zoom];
  }

  pixel(x, y) {
    const { x: left, y: top, w, h } = this.inner;
    const [sx, sy] = this.scale;
    return [
      left + w / 2 + (bent(this.across, x) - this.middle[0]) * sx,
      top + h / 2 - (bent(this.up, y) - this.middle[1]) * sy,
    ];
  }

  world(px, py) {
    const { x: left, y: top, w, h } = this.inner;
    const [sx, sy] = this.scale;
    return [
      straight(this.across, this.middle[0] + (px - left - w / 2) / sx),
      straight(this.up, this.middle[1] - (py - top - h / 2) / sy),
    ];
  }

  // What is seen, as a link keeps it; null while it is the whole.
  get seen() {
    return this.zoom === 1 ? null : [this.zoom, ...this.middle].map((value) => Number(value.toPrecision(5))).join(",");
  }

  set seen(text) {
    const [zoom, ...middle] = (text ?? "").split(",").map(Number);
    if (zoom > 1 && middle.length === 2 && middle.every(Number.isFinite)) Object.assign(this, { zoom, middle });
    else this.whole();
  }

  whole() {
    this.zoom = 1;
    this.middle = [this.across, this.up].map((axis) => (at(axis, 0) + at(axis, 1)) / 2);
  }

  // Zoom by `factor` with the place under (px, py) staying where it is.
  zoomed(factor, px, py) {
    const before = this.world(px, py);
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), 40);
    if (this.zoom === 1) return this.whole();
    const now = this.world(px, py);
    this.shift(bent(this.across, before[0]) - bent(this.across, now[0]), bent(this.up, before[1]) - bent(this.up, now[1]));
  }

  dragged(dx, dy) {
    const [sx, sy] = this.scale;
    this.shift(-dx / sx, dy / sy);
  }

  shift(dx, dy) {
    const keep = (value, axis) => Math.min(Math.max(value, at(axis, 0)), at(axis, 1));
    this.middle = [keep(this.middle[0] + dx, this.across), keep(this.middle[1] + dy, this.up)];
  }
}

const TALLEST = 720; // pixels
const LEAST = { locked: 140, free: 240 };

// Fit a canvas to a width on the page, as high as a frame's axes want, `room` times that where more
// is drawn around them; narrower where it would be too high to be seen at once. Gives its context.
export function fitted(canvas, frame, most, room = 1) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.floor(Math.min(most, widest(frame, room)));
  const height = Math.round(Math.min(Math.max(wanted(frame, width, room), frame?.locked ? LEAST.locked : LEAST.free), TALLEST));
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (frame) Object.assign(frame, { width, height });
  return context;
}

function wanted(frame, width, room) {
  if (!frame?.locked) return width * 0.64;
  const { pad } = frame;
  return (width - pad.left - pad.right) * shape(frame) * room + pad.top + pad.bottom;
}

// The width at which a map that is true to scale is as high as can be seen.
function widest(frame, room) {
  if (!frame?.locked) return Infinity;
  const { pad } = frame;
  return Math.max((TALLEST - pad.top - pad.bottom) / (shape(frame) * room) + pad.left + pad.right, LEAST.free);
}

const shape = ({ across, up }) => (up.high - up.low) / (across.high - across.low);

const bent = (axis, value) => (axis.scale === "log" ? Math.log(value) : value);
const straight = (axis, value) => (axis.scale === "log" ? Math.exp(value) : value);
const at = (axis, end) => bent(axis, end ? axis.high : axis.low);

// The round number, 1, 2 or 5 and noughts, that is not below `rough`.
export function round(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return Number(([1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) * power).toPrecision(12));
}

// Round values along an axis, some `count` of them.
export function ticks(low, high, count = 6) {
  const step = round((high - low) / count);
  const first = Math.ceil(low / step) * step;
  const found = [];
  for (let value = first; value <= high + 1e-9 * step; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}
