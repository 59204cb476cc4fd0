// What the surrogate answers: certificates of spots with runs that verify them, which inputs
// matter, and what to tune, as a form.

import { at, get, post } from "./api.js";
import { levelOf } from "./axes.js";
import { offline } from "./offline.js";
import { seldom } from "./seldom.js";
import { element, interval, pairs, percent, quantity, short } from "./words.js";

export const view = {
  key: "answers",
  label: "Answers",
  suits: (campaign) => !offline && campaign.parameters.length > 0,
  reads: true,
  title: (campaign) => `What ${campaign.name} answers`,
  reading: "A certificate says what is claimed of a spot, and how surely; verifying spends runs inside it, drawn at random. What matters is told in shares of how much the response varies. What to tune finds the smallest change of the parameters that you set.",
  build: answersView,
};

function answersView(root, campaign) {
  const spots = element("section", { id: "certificates" });
  const inputs = element("section", { id: "matters" });
  const tuning = element("section", { id: "tuning" });
  root.replaceChildren(element("div", { class: "wide" }, spots, inputs, tuning));
  tuning.replaceChildren(...form(campaign));
  spots.replaceChildren(element("p", {}, "Working out how sure each spot is …"));
  inputs.replaceChildren(element("p", {}, "Working out what matters …"));
  const load = () => Promise.all([matters(inputs, campaign), certificates(spots, campaign)]);
  const looks = seldom(load);
  return { moved: looks.call, chosen: () => {}, end: looks.cancel, ready: load() };
}

async function certificates(root, campaign) {
  const level = levelOf(campaign);
  const head = element("h2", {}, "Certificates of the sweet spots");
  if (level === null) return root.replaceChildren(head, element("p", {}, "Add a threshold on the map: what lies above it is certified here."));
  const found = await get(at(campaign.name, `/certificates?level=${level}`));
  root.replaceChildren(
    head,
    ...found.certificates.map((one) => certificate(campaign, one)),
  );
  if (!found.certificates.length) root.append(element("p", {}, "There is no spot to certify."));
  if (found.note) root.append(element("p", {}, found.note));
}

function certificate(campaign, one) {
  const size = (part) => `${quantity(part.size, one.unit)}, ${percent(part.share)} of the space`;
  const { mean, lower, upper } = one.volume;
  const unitOf = (name) => campaign.parameters.find((each) => each.name === name)?.unit ?? "";
  const point = campaign.parameters.map(({ name, unit }) => `${name} ${quantity(one.centre.point[name], unit)}`).join(", ");
  const margins = Object.entries(one.centre.margin).map(([name, [down, up]]) => `${name} -${short(down)} +${quantity(up, unitOf(name))}`);
  const expected = one.centre.expected;
  const facts = [
    ["size", `${short(mean)} (${short(lower)}..${short(upper)}) ${one.unit}, with ${percent(one.volume.coverage)}`],
    ["surely inside", `${size(one.core)}, all of it with ${percent(one.core.confidence)}`],
    ["at most", size(one.hull)],
    ["in short", `${one.rule.words} (${percent(one.rule.precision)} of that is inside, ${percent(one.rule.recall)} of the spot is in it)`],
    ["aim at", `${point}; expect ${interval(expected.mean, expected.lower, expected.upper)}`],
    ["to the edge", margins.join(", ")],
  ];
  const said = element("p", { role: "status", class: "confirmed" }, one.confirmed.words);
  const button = element("button", { onclick: () => verify(campaign, one, said) }, "verify with 20 runs");
  return element("article", { class: "certificate", "data-rank": one.rank }, element("h3", {}, `Spot ${one.rank}, ${one.side} ${short(one.level)}`), pairs(facts), said, button);
}

async function verify(campaign, one, said) {
  try {
    const { queries } = await post(at(campaign.name, "/verify"), { spot: one.rank, runs: 20, level: one.level, above: one.side === "above" });
    said.textContent = `${queries.length} runs inside are queued; the certificate tells what they said.`;
  } catch (problem) {
    said.textContent = problem.message;
  }
}

async function matters(root, campaign) {
  const found = await get(at(campaign.name, "/sensitivity"));
  const rows = found.effects.map((one) => [one.parameter, interval(one.first.mean, one.first.lower, one.first.upper), interval(one.total.mean, one.total.lower, one.total.upper), one.words]);
  const together = found.interactions.map((pair) => element("p", {}, `${pair.parameters.join(" and ")} explain ${percent(pair.share)} only together.`));
  root.replaceChildren(element("h2", {}, "What matters"), table(["input", "by itself", "with others", "in words"], rows), ...together);
  if (found.note) root.append(element("p", {}, found.note));
}

function table(heads, rows) {
  const cells = (kind, texts) => texts.map((text) => element(kind, kind === "th" ? { scope: "col" } : {}, text));
  return element("table", {}, element("tr", {}, ...cells("th", heads)), ...rows.map((row) => element("tr", {}, ...cells("td", row))));
}

// The inverse question: which parameters are yours to set, how much of a spot may be left, and by
// how much the overall rate may change.
function form(campaign) {
  const knobs = campaign.parameters.map(({ name }) => element("input", { type: "checkbox", value: name }));
  const most = element("input", { type: "number", min: 0, max: 100, step: "any", value: 1 });
  const keep = element("input", { type: "number", min: 0, step: "any", value: 0.05 });
  const said = element("div", { role: "status", id: "tuned" });
  const ask = async (event) => {
    event.preventDefault();
    said.replaceChildren("Looking …");
    const chosen = knobs.filter((one) => one.checked).map((one) => one.value);
    try {
      said.replaceChildren(...answer(await post(at(campaign.name, "/tune"), { knobs: chosen, most: most.valueAsNumber / 100, keep: keep.valueAsNumber })));
    } catch (problem) {
      said.replaceChildren(problem.message);
    }
  };
  const boxes = campaign.parameters.map(({ name }, j) => element("label", {}, knobs[j], ` ${name}`));
  return [
    element("h2", {}, "What should I tune?"),
    element(
      "form",
      { onsubmit: ask },
      element("fieldset", {}, element("legend", {}, "I can set"), ...boxes),
      element("label", {}, "leave beyond the threshold at most, in % of all cases ", most),
      element("label", {}, "let the overall rate change by at most ", keep),
      element("button", {}, "find the smallest change"),
    ),
    said,
  ];
}

function answer(found) {
  const row = (name, one) => [name, ...Object.values(one.knobs).map(short), interval(one.rate.mean, one.rate.lower, one.rate.upper), one.share ? interval(one.share.mean, one.share.lower, one.share.upper) : "", percent(one.confidence)];
  const heads = ["", ...Object.keys(found.now.knobs), "overall rate", "share beyond the level", "holds with"];
  const confirm = found.found ? [element("p", {}, `${found.confirm.length} runs there would confirm it: surrogate tune --confirm.`)] : [];
  return [element("p", {}, found.words), table(heads, [row("now", found.now), row("answer", found.answer)]), ...confirm];
}
