// Every run as a table: filtered together with the map, paged, accounted for, put right by people,
// taken as CSV.

import { account } from "./account.js";
import { at, download, get, post } from "./api.js";
import { boxIn, boxWords, selected } from "./box.js";
import { offline } from "./offline.js";
import { choose, chosen } from "./state.js";
import { ago, element, gaveWords, place, short } from "./words.js";

const STATUSES = ["ok", "infeasible", "error", "timeout", "lost"];
const REASONS = ["start", "boundary", "optimum", "coverage", "replicate", "bargain", "audit", "sentinel", "verify", "person"];
const HEADS = ["query", "status", "asked for", "point", "gave", "took", "when", "why", ""];
const NUMBERS = ["query", "took"];

export const view = {
  key: "runs",
  label: "Runs",
  suits: () => true,
  title: (campaign) => `Every run of ${campaign.name}`,
  reading: "The latest run is first. Filters hold for the rings of the map too, and a box drawn there holds here. What a run gave is told beside what was promised of it. Excluding a run keeps it here and takes it out of the map, until it is restored.",
  build: runsView,
};

function runsView(root, campaign) {
  const table = element("table", { id: "runs" });
  const filters = element("div", { class: "filters" });
  const said = element("p", { class: "failure", role: "status" });
  const more = element("button", { id: "more" }, "earlier runs");
  root.replaceChildren(element("div", { class: "wide" }, filters, said, table, more));
  let next = null;
  const page = async (first) => {
    filters.replaceChildren(...choices(campaign));
    const asked = await question(campaign);
    if (!first && next !== null) asked.set("before", next);
    const found = asked.get("query") === NONE ? { runs: [], next: null } : await get(at(campaign.name, `/runs?${asked}`));
    if (first) table.replaceChildren(head());
    table.append(...found.runs.map((run) => row(campaign, run, said, () => page(true))));
    if (first && !found.runs.length) table.append(element("tr", {}, element("td", { colspan: HEADS.length }, "No run passes these filters.")));
    next = found.next;
    more.hidden = next === null;
  };
  more.addEventListener("click", () => page(false));
  return { moved: () => {}, chosen: () => page(true), end: () => {}, ready: page(true) };
}

const NONE = "none"; // in place of a query: nothing lies in the box

// What the filters and the box ask of the service.
async function question(campaign) {
  const { status, reason } = chosen();
  const asked = new URLSearchParams();
  if (status) asked.set("status", status);
  if (reason) asked.set("reason", reason);
  if (!boxIn() || campaign.pool) return asked;
  const found = await get(at(campaign.name, "/dots"));
  const inside = selected(campaign, found).map((k) => found.query[k]);
  for (const query of inside.length ? inside : [NONE]) asked.append("query", query);
  return asked;
}

function choices(campaign) {
  const csv = element("button", { onclick: () => download(at(campaign.name, "/export.csv"), `${campaign.name}.csv`) }, "download CSV");
  const box = boxIn() && !campaign.pool ? [element("span", { class: "chip" }, `only in the box ${boxWords(campaign)} `, element("button", { "aria-label": "forget the box", onclick: () => choose({ box: null }) }, "×"))] : [];
  return [picker("status", STATUSES), picker("reason", REASONS), ...box, ...(offline ? [] : [csv])];
}

function picker(key, options) {
  const select = element("select", { id: `filter-${key}`, "aria-label": key, onchange: (event) => choose({ [key]: event.target.value }) });
  for (const option of ["", ...options]) select.append(element("option", { value: option, selected: (chosen()[key] ?? "") === option }, option || `any ${key}`));
  return select;
}

const numeric = (name) => ({ class: NUMBERS.includes(name) ? "number" : false });

const head = () => element("tr", {}, ...HEADS.map((name) => element("th", { scope: "col", ...numeric(name) }, name)));

function row(campaign, run, said, again) {
  const words = ([name, value]) => (name === campaign.outcome.name ? gaveWords(campaign, value) : `${name} ${short(value)}`);
  const gave = Object.entries(run.values).map(words).join(", ") || run.message.split("\n")[0];
  const where = campaign.pool ? `${campaign.pool.key} ${run.point[campaign.pool.key]}` : place(run.point, campaign.parameters);
  const took = run.seconds < 0.001 ? "" : `${short(run.seconds)} s`;
  const cells = [run.query, run.status, run.reason, where, gave, took, ago(run.started), run.why];
  const shown = cells.map((cell, k) => element("td", numeric(HEADS[k]), String(cell)));
  if (!offline) shown.at(-1).append(" ", ...account(campaign, run.query));
  return element("tr", { class: run.verdict === "excluded" ? "excluded" : false, title: run.output || false }, ...shown, element("td", {}, verdict(campaign, run, said, again)));
}

// The button that excludes or restores a run, where it taught something.
function verdict(campaign, run, said, again) {
  if (offline || (run.status !== "ok" && run.status !== "infeasible")) return "";
  const verb = run.verdict === "excluded" ? "restore" : "exclude";
  const act = async () => {
    const why = prompt(`Why ${verb} query ${run.query}?`);
    if (!why) return;
    try {
      await post(at(campaign.name, `/results/${run.query}/${verb}`), { why });
      await again();
    } catch (problem) {
      said.textContent = problem.message;
    }
  };
  return element("button", { onclick: act }, verb);
}
