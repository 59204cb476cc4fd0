// The list of sweet spots: how large, how sure, a run to replay, and what people think of each.

import { at, get, post } from "./api.js";
import { offline } from "./offline.js";
import { canReplay } from "./replay.js";
import { ago, element, percent, quantity, short, valued } from "./words.js";

const JUDGEMENTS = { intended: "intended", exploit: "exploit", unsure: "not sure" };

// Fill `root`; gives the spots, with the revision that they are of.
export async function spotList(root, campaign, level, handlers) {
  const [found, opinions] = await Promise.all([
    get(at(campaign.name, `/spots?level=${level}`)),
    get(at(campaign.name, "/opinions")),
  ]);
  root.replaceChildren(
    element("h2", {}, `Sweet spots: where the ${campaign.outcome.response} is above ${short(level)}`),
    ...found.spots.map((spot) => item(campaign, spot, level, opinions, handlers)),
  );
  if (found.note) root.append(element("p", { class: "said" }, found.note));
  if (!found.spots.length) root.append(element("p", {}, "None so far."));
  return found;
}

function item(campaign, spot, level, opinions, { onSpot, onReplay }) {
  const { mean, lower, upper } = spot.mean;
  const box = Object.entries(spot.box).map(([name, ends]) => {
    const unit = campaign.parameters.find((one) => one.name === name)?.unit ?? "";
    return typeof ends[0] === "string" ? `${name} ${ends.join(" or ")}` : `${name} ${short(ends[0])}..${short(ends[1])} ${unit}`.trim();
  });
  const buttons = element("div", { class: "buttons" }, element("button", { onclick: () => onSpot(spot) }, "show its peak"));
  if (spot.example && canReplay(campaign, spot.example.query)) buttons.append(element("button", { class: "replay", onclick: () => onReplay(spot.example.query) }, `replay query ${spot.example.query}`));
  return element(
    "article",
    { class: "spot", "data-rank": spot.rank },
    element("h3", {}, `${spot.rank}. ${quantity(spot.size, spot.unit)}, ${percent(spot.share)} of the space`),
    element("p", {}, `${valued(campaign, mean, lower, upper)} on average; within ${box.join(", ")}; ${spot.runs} run${spot.runs === 1 ? "" : "s"} inside.`),
    buttons,
    verdict(campaign, spot, level, opinions.filter((one) => belongs(one, spot, level)).at(-1)),
  );
}

// An opinion is held of a place: it belongs to the spot whose box its point lies in.
function belongs(opinion, spot, level) {
  if (Math.abs(opinion.level - level) > 1e-9 || !opinion.above) return false;
  return Object.entries(spot.box).every(([name, ends]) => {
    const value = opinion.point[name];
    return typeof value === "string" ? ends.includes(value) : ends[0] <= value && value <= ends[1];
  });
}

function verdict(campaign, spot, level, last) {
  if (offline) return element("p", { class: "said" }, last ? words(last) : "Whether it is intended can be said where the campaign is served.");
  const comment = element("input", { type: "text", "aria-label": "comment", placeholder: "comment", value: last?.comment ?? "", maxlength: 2000 });
  const said = element("p", { class: "said", role: "status" }, last ? words(last) : "");
  const form = element("fieldset", { class: "verdict" }, element("legend", {}, "is it intended?"));
  for (const [judgement, label] of Object.entries(JUDGEMENTS)) {
    const choose = async () => {
      const opinion = { point: spot.peak.point, level, above: true, judgement, comment: comment.value };
      try {
        said.textContent = words(await post(at(campaign.name, "/opinions"), opinion));
      } catch (problem) {
        said.textContent = problem.message;
      }
    };
    form.append(element("label", {}, element("input", { type: "radio", name: `spot-${spot.rank}`, value: judgement, checked: last?.judgement === judgement, onchange: choose }), label));
  }
  form.append(comment, said);
  return form;
}

const words = (opinion) => `${JUDGEMENTS[opinion.judgement]}, says ${opinion.who}, ${ago(opinion.at)}${opinion.comment ? `: ${opinion.comment}` : ""}`;
