// What stands in a view's place while a campaign has learned nothing: why, and where to look.

import { offline } from "./offline.js";
import { choose } from "./state.js";
import { element } from "./words.js";

export function noMap(root, campaign) {
  const link = (words, view) => element("button", { onclick: () => choose({ view }, { replace: false }) }, words);
  const done = campaign.queries.done ?? 0;
  const runs = Object.entries(campaign.runs).map(([kind, count]) => `${count} ${kind}`).join(", ");
  const failures = Object.entries(campaign.failures).map(([message, count]) => `${count} × ${message}`);
  root.replaceChildren(
    element("section", { id: "no-map" },
      element("h2", {}, "Nothing to show yet"),
      element("p", {}, `${done} of ${Math.max(campaign.planned, done)} queries are answered; runs so far: ${runs || "none"}.`),
      ...failures.map((words) => element("p", { class: "failure" }, words)),
      ...(offline ? [] : [element("p", { class: "said" }, "This view fills by itself when the first outcomes are in.")]),
      element("div", { class: "buttons" }, link("how far it is", "progress"), ...(runs ? [link("list the runs", "runs")] : []))),
  );
}
