// How far a campaign is: runs by state, what is expected of the next ones, and the brake.

import { at, get, post } from "./api.js";
import { element, percent, place, short } from "./words.js";

export const view = {
  key: "progress",
  label: "Progress",
  suits: () => true,
  title: (campaign) => `How far ${campaign.name} is`,
  reading: "Every figure is counted in the ledger. A gain is what the surrogate expected of a query when it asked it.",
  build: progressView,
};

function progressView(root, campaign) {
  const bars = element("section", { id: "counts" });
  const next = element("section", { id: "next" });
  const gains = element("canvas", { width: 760, height: 240, role: "img", "aria-label": "expected gain of each query" });
  const said = element("p", { role: "status" });
  root.replaceChildren(element("div", { class: "wide" }, bars, brake(campaign, said), said, element("h2", {}, "Waiting and running"), next, element("h2", {}, "Expected gain of each query"), gains));
  const load = async () => {
    const [now, open, history] = await Promise.all([
      get(at(campaign.name)),
      get(at(campaign.name, "/queries?state=leased&state=queued&most=50")),
      get(at(campaign.name, "/gains")),
    ]);
    counts(bars, now);
    next.replaceChildren(...open.queries.map((one) => element("p", {}, `query ${one.query} (${one.state}): ${place(one.point, campaign.parameters)}; ${one.reason}, ${one.why}`)));
    if (!open.queries.length) next.append(element("p", {}, "Nothing is under way."));
    curve(gains, history);
  };
  return { moved: load, chosen: load, end: () => {}, ready: load() };
}

function counts(root, campaign) {
  const done = campaign.queries.done ?? 0;
  const of = Math.max(campaign.planned, done);
  const rows = [["queries", campaign.queries], ["runs", campaign.runs]].map(([name, found]) => {
    const words = Object.entries(found).map(([kind, count]) => `${count} ${kind}`).join(" · ");
    return element("p", {}, `${name}: ${words || "none yet"}`);
  });
  const failures = Object.entries(campaign.failures).map(([message, count]) => element("p", { class: "failure" }, `${count} x ${message}`));
  const error = campaign.error === null ? "" : `Expected error: ${short(campaign.error)} ${campaign.error_of}.`;
  root.replaceChildren(
    element("p", { class: "value" }, `${done} of ${of} (${percent(of ? done / of : 0)})`),
    element("progress", { max: of, value: done }),
    ...rows,
    element("p", {}, error),
    ...failures,
    ...campaign.notes.map((note) => element("p", { class: "failure" }, note)),
  );
}

function brake(campaign, said) {
  const act = (words, path, body) => element("button", { onclick: () => post(at(campaign.name, path), body).then((now) => (said.textContent = now.running || now.message || "stopped"), (problem) => (said.textContent = problem.message)) }, words);
  if (!campaign.runnable) return element("p", {}, "Its outcomes are told from elsewhere: clients ask for queries and tell what they gave.");
  return element("div", { class: "buttons" }, act("run", "/run", {}), act("stop", "/stop", {}));
}

// Gains by query as dots, one row of units; coloured by reason class.
function curve(canvas, history) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  const known = history.queries.filter((one) => one.gain > 0);
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = "#1b1f24";
  if (!known.length) return context.fillText("No query has promised a gain yet.", 20, 30);
  const logs = known.map((one) => Math.log10(one.gain));
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs)) || 1];
  const last = Math.max(...known.map((one) => one.query), 1);
  const x = (query) => 60 + ((width - 80) * query) / last;
  const y = (log) => 16 + ((height - 56) * (high - log)) / Math.max(high - low, 1);
  for (let power = low; power <= high; power++) {
    context.fillText(String(Number((10 ** power).toPrecision(2))), 8, y(power) + 4);
    context.fillRect(56, y(power), width - 70, 0.4);
  }
  known.forEach((one, k) => {
    context.beginPath();
    context.arc(x(one.query), y(logs[k]), 2.5, 0, 2 * Math.PI);
    context.fillStyle = one.reason === "boundary" ? "#27527d" : "#c26a1a";
    context.fill();
  });
  context.fillStyle = "#1b1f24";
  context.fillText(`query, from 0 to ${last}; gain in ${known[0].gain_unit}`, 60, height - 10);
}
