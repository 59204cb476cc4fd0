// A report: the page in a file, with the service's answers inside it (see `report.py`). What the
// file does not hold is said so.

import { Problem } from "./problem.js";

const LEFT_OUT = ["size", "most", "count", "state"]; // as in report.py

const inside = document.getElementById("report");

// { made, answers by question } in a report; null where a service answers.
export const offline = inside ? JSON.parse(inside.textContent) : null;

// The key of a question, as report.py writes it.
function question(path, asked) {
  const kept = [...asked].filter(([name]) => !LEFT_OUT.includes(name));
  return JSON.stringify([path, kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))]);
}

const parted = (link) => {
  const [path, behind = ""] = link.split("?");
  return [decodeURIComponent(path), new URLSearchParams(behind)];
};

// Whether the file can answer.
export const holds = (link) => question(...parted(link)) in offline.answers;

// Whether the file answers anything of that kind, whatever is asked for with it.
export const knows = (link) => Object.keys(offline.answers).some((one) => JSON.parse(one)[0] === decodeURIComponent(link));

// What the service answered when the file was written.
export function answer(link) {
  const [path, asked] = parted(link);
  if (path.endsWith("/runs")) return filtered(offline.answers[question(path, [])], asked);
  const found = offline.answers[question(path, asked)] ?? turned(path, asked);
  if (found) return found;
  throw new Problem(404, `This file does not hold that (${what(path, asked)}); a served page has it: surrogate serve.`);
}

const what = (path, asked) => [path.split("/").at(-1), ...[...asked].filter(([name]) => name !== "size").map((pair) => pair.join(" "))].join(", ");

function filtered({ runs }, asked) {
  const wanted = (key, value) => !asked.has(key) || asked.getAll(key).includes(String(value));
  const kept = runs.filter((run) => wanted("status", run.status) && wanted("reason", run.reason) && wanted("query", run.query));
  return { runs: kept.slice(0, Number(asked.get("most") ?? Infinity)), next: null };
}

// A map whose axes the file has the other way round.
function turned(path, asked) {
  if (!path.endsWith("/map") || !asked.has("y")) return null;
  const other = new URLSearchParams(asked);
  other.set("x", asked.get("y"));
  other.set("y", asked.get("x"));
  const found = offline.answers[question(path, other)];
  if (!found) return null;
  const across = (grid) => grid && grid[0].map((_, i) => grid.map((row) => row[i]));
  const grids = Object.fromEntries(["mean", "lower", "upper", "allowed", "answers"].map((key) => [key, across(found[key])]));
  return { ...found, ...grids, x: found.y, y: found.x };
}
