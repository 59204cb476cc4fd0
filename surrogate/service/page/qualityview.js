// How far the map may be trusted: what untouched runs say of it, in sentences and one diagram.

import { at, get } from "./api.js";
import { element } from "./words.js";

export const view = {
  key: "quality",
  label: "Quality",
  suits: () => true,
  title: (campaign) => `How good the map of ${campaign.name} is`,
  reading:
    "Audit runs are drawn at random and choose nothing, so what they say holds for the whole space. Where a bar ends on the slanted line, the surrogate says what happens; the number in it counts its runs.",
  build: qualityView,
};

function qualityView(root, campaign) {
  const lights = element("section", { id: "health" });
  const canvas = element("canvas", { width: 460, height: 380, role: "img", id: "reliability", "aria-label": "said against seen, in bins of audit runs" });
  root.replaceChildren(element("div", { class: "wide" }, lights, canvas));
  const load = async () => {
    const found = await get(at(campaign.name, "/quality"));
    lights.replaceChildren(...found.lights.map((one) => element("p", { class: `light ${one.colour}` }, one.said)));
    canvas.hidden = !found.bins.length;
    if (found.bins.length) reliability(canvas, found.bins);
  };
  return { moved: load, chosen: load, end: () => {}, ready: load() };
}

function reliability(canvas, bins) {
  const context = canvas.getContext("2d");
  const [left, top, side] = [54, 14, 310];
  const x = (share) => left + share * side;
  const y = (share) => top + (1 - share) * side;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.font = "12px system-ui, sans-serif";
  context.strokeStyle = "#1b1f24";
  context.strokeRect(left, top, side, side);
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(x(0), y(0));
  context.lineTo(x(1), y(1));
  context.stroke();
  context.setLineDash([]);
  for (const bin of bins) {
    context.fillStyle = "#27527d";
    context.fillRect(x(bin.said) - 14, y(bin.seen), 28, Math.max(y(0) - y(bin.seen), 2));
    context.fillStyle = bin.seen > 0.12 ? "#ffffff" : "#1b1f24";
    context.textAlign = "center";
    context.fillText(String(bin.runs), x(bin.said), bin.seen > 0.12 ? y(bin.seen) + 15 : y(bin.seen) - 5);
  }
  context.fillStyle = "#1b1f24";
  for (let k = 0; k <= 5; k++) {
    context.textAlign = "center";
    context.fillText(String(k / 5), x(k / 5), top + side + 16);
    context.textAlign = "right";
    context.fillText(String(k / 5), left - 6, y(k / 5) + 4);
  }
  context.textAlign = "center";
  context.fillText("what the surrogate said", left + side / 2, top + side + 38);
  context.save();
  context.translate(16, top + side / 2);
  context.rotate(-Math.PI / 2);
  context.fillText("what the audit runs gave", 0, 0);
  context.restore();
}
