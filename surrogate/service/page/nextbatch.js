// Queries on their way, and those that would be asked next, each with its reason.

import { at, get } from "./api.js";
import { choose, chosen } from "./state.js";
import { element, place } from "./words.js";

const COUNT = 8;

// Those that wait or run, and, where the link asks for them, the next ones with their rank.
export async function onTheirWay(campaign) {
  const { queries } = await get(at(campaign.name, "/queries?state=leased&state=queued&most=64"));
  if (!chosen().next) return queries;
  const ahead = await get(at(campaign.name, `/next?count=${COUNT}`));
  return [...queries, ...ahead.queries.map((one, k) => ({ ...one, rank: k + 1 }))];
}

export function nextPanel(root, campaign, queries) {
  const asked = Boolean(chosen().next);
  const button = element("button", { id: "ask-next", "aria-pressed": String(asked), onclick: () => choose({ next: asked ? null : "1" }) }, asked ? "hide what comes next" : "what would be simulated next?");
  const rows = queries.map((one) => element("li", { value: one.rank }, element("b", {}, state(one)), ` ${place(one.point, campaign.parameters)}: ${one.why || one.reason}`));
  root.replaceChildren(button, ...(rows.length ? [element("ol", { class: "queries" }, ...rows)] : []));
}

const state = (one) => (one.rank ? `${one.rank}.` : one.state === "leased" ? "running" : "waiting");
