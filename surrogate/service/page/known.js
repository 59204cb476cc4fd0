// The runs that a map knows: which of them are shown, where they lie, and how far a place is from
// all of them.

import { located } from "./axes.js";
import { chosen } from "./state.js";

const FAR = 0.15; // of the ranges: farther from every run than this a map is mostly guesswork
const COARSE = 2; // cells a side that share one answer

// Whether the link's filters leave a run; `found` as the service gives dots.
export function filtering(found) {
  const { reason, status } = chosen();
  return (k) => (!reason || found.reason[k] === reason) && (!status || status === (found.value[k] === null ? "infeasible" : "ok"));
}

// Sites with what their runs gave on average, so that replicates are one larger ring: of a yes or
// no and of a count the share of `trials`.
// `near` says how near a run lies to the values that the map holds, in 0..1.
export function sites(found, map, { parameters, outcome: { of: trials } }, isShown, isNew) {
  const joined = new Map();
  const near = nearHeld(found, map, parameters);
  found.query.forEach((query, k) => {
    if (!isShown(k)) return;
    const place = located(pointOf(found, k), map);
    const key = `${place.x}|${place.y}`;
    const site = joined.get(key) ?? { ...place, runs: 0, sum: 0, declined: 0, queries: [], isNew: false, near: 0 };
    joined.set(key, site);
    site.queries.push(query);
    site.isNew ||= isNew(query);
    site.near = Math.max(site.near, near(k));
    if (found.value[k] === null) site.declined += 1;
    else Object.assign(site, { runs: site.runs + 1, sum: site.sum + found.value[k], mean: (site.sum + found.value[k]) / (site.runs + 1) / trials });
  });
  return [...joined.values()];
}

// 1 at the held values, 0 half the ranges away; of another choice of a category 0.
function nearHeld(found, map, parameters) {
  const others = parameters.filter((one) => one.name in map.held);
  const scaled = others.map(scaler);
  const held = others.map((one, k) => scaled[k](map.held[one.name]));
  return (at) => {
    const far = others.map((one, k) => Math.abs(scaled[k](found.columns[one.name][at]) - held[k]));
    return Math.max(1 - 2 * Math.max(0, ...far), 0);
  };
}

// Runs of these queries alone.
export function only(found, queries) {
  const kept = found.query.map((_, k) => k).filter((k) => queries.has(found.query[k]));
  const columns = Object.entries(found.columns).map(([name, column]) => [name, kept.map((k) => column[k])]);
  return { ...found, columns: Object.fromEntries(columns), query: kept.map((k) => found.query[k]) };
}

export const pointOf = (found, k) => Object.fromEntries(Object.entries(found.columns).map(([name, column]) => [name, column[k]]));

// Whether a cell is far from every run, counted in shares of the ranges over all parameters
// that are not averaged.
export function farFrom(found, map, every) {
  const parameters = every.filter((one) => !map.averaged?.includes(one.name));
  const scaled = parameters.map(scaler);
  const columns = parameters.map((one, k) => found.columns[one.name].map(scaled[k]));
  const place = (axis) => parameters.findIndex((one) => one.name === axis.name);
  const [ix, iy] = [place(map.x), place(map.y)];
  const base = parameters.map((one, k) => scaled[k](map.held[one.name] ?? map.x.values[0]));
  const answers = new Map();
  return (j, i) => {
    const key = Math.floor(j / COARSE) * 1000 + Math.floor(i / COARSE);
    if (!answers.has(key)) {
      base[ix] = scaled[ix](map.x.values[i]);
      base[iy] = scaled[iy](map.y.values[j]);
      answers.set(key, nearest(columns, base) > FAR * Math.sqrt(base.length));
    }
    return map.allowed[j][i] && answers.get(key);
  };
}

function scaler(parameter) {
  if (parameter.kind === "categorical") return (value) => 10 * parameter.choices.indexOf(value);
  const bent = (value) => (parameter.scale === "log" ? Math.log(value) : value);
  const [low, high] = [bent(parameter.low), bent(parameter.high)];
  return (value) => (bent(value) - low) / (high - low);
}

function nearest(columns, point) {
  let least = Infinity;
  for (let k = 0; k < columns[0].length; k++) {
    let sum = 0;
    for (let d = 0; d < point.length; d++) sum += (columns[d][k] - point[d]) ** 2;
    least = Math.min(least, sum);
  }
  return Math.sqrt(least);
}
