// Every run as a table: filtered, paged, put right by people, and taken away as CSV.

import { at, download, get, post } from "./api.js";
import { choose, chosen } from "./state.js";
import { ago, element, place, short } from "./words.js";

const STATUSES = ["ok", "infeasible", "error", "timeout", "lost"];
const REASONS = ["start", "boundary", "coverage", "replicate", "bargain", "audit", "sentinel", "verify", "person"];

export const title = (campaign) => `Every run of ${campaign.name}`;
export const reading = "The latest run is first. Excluding one keeps it here and takes it out of the map, until it is restored.";

export function runsView(root, campaign) {
  const table = element("table", { id: "runs" });
  const filters = element("div", { class: "filters" }, picker("status", STATUSES), picker("reason", REASONS));
  filters.append(element("button", { onclick: () => download(at(campaign.name, "/export.csv"), `${campaign.name}.csv`) }, "download CSV"));
  const more = element("button", { id: "more" }, "earlier runs");
  root.replaceChildren(element("div", { class: "wide" }, filters, table, more));
  let next = null;
  const page = async (first) => {
    const { status, reason } = chosen();
    const asked = new URLSearchParams();
    if (status) asked.set("status", status);
    if (reason) asked.set("reason", reason);
    if (!first && next !== null) asked.set("before", next);
    const found = await get(at(campaign.name, `/runs?${asked}`));
    if (first) table.replaceChildren(head());
    table.append(...found.runs.map((run) => row(campaign, run, () => page(true))));
    next = found.next;
    more.hidden = next === null;
  };
  more.addEventListener("click", () => page(false));
  const ready = page(true);
  return { moved: () => {}, chosen: () => page(true), end: () => {}, ready };
}

function picker(key, options) {
  const select = element("select", { id: `filter-${key}`, onchange: (event) => choose({ [key]: event.target.value }) });
  for (const option of ["", ...options]) select.append(element("option", { value: option, selected: chosen()[key] === option }, option || `any ${key}`));
  return select;
}

const head = () => element("tr", {}, ...["query", "status", "reason", "point", "gave", "took", "when", "why", ""].map((name) => element("th", { scope: "col" }, name)));

function row(campaign, run, again) {
  const gave = Object.entries(run.values).map(([name, value]) => `${name} ${short(value)}`).join(", ") || run.message.split("\n")[0];
  const excluded = run.verdict === "excluded";
  const verb = excluded ? "restore" : "exclude";
  const act = async () => {
    const why = prompt(`Why ${verb} query ${run.query}?`);
    if (!why) return;
    await post(at(campaign.name, `/results/${run.query}/${verb}`), { why });
    await again();
  };
  const done = run.status === "ok" || run.status === "infeasible";
  const cells = [run.query, run.status, run.reason, place(run.point, campaign.parameters), gave, `${short(run.seconds)} s`, ago(run.started), run.why];
  return element("tr", { class: excluded ? "excluded" : false, title: run.output }, ...cells.map((cell) => element("td", {}, String(cell))), element("td", {}, done ? element("button", { onclick: act }, verb) : ""));
}
