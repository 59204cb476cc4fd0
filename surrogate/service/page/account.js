// Why a query was asked, in full: what it promised and gave, and what the other answer would have
// led to.

import { at, get } from "./api.js";
import { element, pairs, percent, quantity, short } from "./words.js";

// A button that tells it, and the place where it is told.
export function account(campaign, query) {
  const told = element("div", { role: "status", class: "account" });
  const tell = async () => {
    told.replaceChildren("Looking …");
    try {
      told.replaceChildren(pairs(facts(await get(at(campaign.name, `/why/${query}`)))));
    } catch (problem) {
      told.replaceChildren(problem.message);
    }
  };
  return [element("button", { "aria-label": `what query ${query} gave`, onclick: tell }, "what it gave"), told];
}

function facts(found) {
  const amount = (value) => (value === null ? "nothing" : quantity(value, found.unit));
  const stages = [
    ["expected", found.before],
    ["as it came", found.came],
    ["had it been", found.other],
  ];
  return [
    ["promised", amount(found.promised)],
    ["still worth", amount(found.worth)],
    ["realised", amount(found.realised)],
    ...stages.filter(([, stage]) => stage).map(([name, stage]) => [name, answered(stage)]),
    ...(found.redundant ? [["redundant", "what ran beside it had told nearly all of it"]] : []),
  ];
}

// What one answer leads to: the response there, how much lies above the level, and the gain.
function answered({ value, response, share, gain }) {
  const above = share === null ? "" : `, ${percent(share)} of the space above the level`;
  return `${short(value)}: response ${short(response)} there${above}, gain ${short(gain)}`;
}
