// Which parameters a map shows and where its threshold is, by the link; and a point's place on it.

import { chosen } from "./state.js";

// The two parameters, across and up; where both are the drawing's, as the drawing has them.
export function axesOf(campaign) {
  const { x, y } = chosen();
  const names = campaign.parameters.map((one) => one.name);
  const known = (name) => (names.includes(name) ? name : undefined);
  const pair = campaign.pair ?? names.slice(0, 2);
  const first = known(x) ?? pair.find((name) => name !== y);
  const second = known(y) !== first && known(y) ? y : [...pair, ...names].find((name) => name !== first);
  return isDrawn(campaign, first, second) ? [campaign.backdrop.across, campaign.backdrop.up] : [first, second];
}

// Whether the simulator's drawing lies under these axes.
export function isDrawn({ backdrop }, first, second) {
  const asked = [first, second];
  return Boolean(backdrop) && asked.includes(backdrop.across) && asked.includes(backdrop.up);
}

// The threshold: the link's, else the goal's; null where a number has none.
export function levelOf(campaign) {
  const { level } = chosen();
  if (level !== undefined && Number.isFinite(Number(level))) return Number(level);
  return campaign.goal.level ?? (campaign.outcome.kind === "number" ? null : 0.5);
}

// A point's place on the map's axes; choices lie at their index.
export function located(point, { x, y }) {
  const along = (axis) => (typeof point[axis.name] === "string" ? axis.values.indexOf(point[axis.name]) : point[axis.name]);
  return { x: along(x), y: y ? along(y) : 0 };
}

// A place along an axis as the parameter takes it.
export function settled(parameter, value) {
  if (parameter.kind === "categorical") return parameter.choices[Math.min(Math.max(Math.round(value), 0), parameter.choices.length - 1)];
  return parameter.kind === "integer" ? Math.round(value) : value;
}

// A parameter's value at a share of its range, in its own scale.
export function along(parameter, share) {
  const { kind, choices, scale, low, high } = parameter;
  if (kind === "categorical") return settled(parameter, share * choices.length - 0.5);
  const value = scale === "log" ? low * (high / low) ** share : low + share * (high - low);
  return settled(parameter, value);
}

// Where a parameter is held unless somebody says otherwise: at its default, if that is in its range.
export function usual(parameter) {
  const { kind, choices, low, high, default: value } = parameter;
  const isIn = kind === "categorical" ? choices.includes(value) : value !== null && low <= value && value <= high;
  return isIn ? value : along(parameter, 0.5);
}

// The cell that holds a value, or -1 beside the map.
export function cellOf(axis, value) {
  const bent = (one) => (axis.scale === "log" ? Math.log(one) : one);
  const share = (bent(value) - bent(axis.low)) / (bent(axis.high) - bent(axis.low));
  return share >= 0 && share <= 1 ? Math.min(Math.floor(share * axis.values.length), axis.values.length - 1) : -1;
}
