// How far a campaign is: counts, pace, what its map is expected to be wrong by, what comes next,
// and the brake.

import { at, get, post } from "./api.js";
import { chart } from "./chart.js";
import { NextBatch } from "./nextbatch.js";
import { offline } from "./offline.js";
import { pace } from "./pace.js";
import { seldom } from "./seldom.js";
import { choose } from "./state.js";
import { capital, countedIn, duration, element, errorIn, isShare, percent, short } from "./words.js";

const REASONS = { boundary: "#27527d", coverage: "#2a9d6f", optimum: "#27527d", replicate: "#8a4b9c" };
const OTHER = "#c26a1a";
const UNCHOSEN = ["start", "audit", "person", "verify", "sentinel"]; // no rule chose these

export const view = {
  key: "progress",
  label: "Progress",
  suits: () => true,
  title: (campaign) => `How far ${campaign.name} is`,
  reading: "Every figure is counted in the ledger. The first curve is the error that the map expected of itself after so many runs; the second what each query was expected to teach. Both fall as the campaign learns; where they no longer do, more runs change little.",
  build: (root, campaign) => new Progress(root, campaign).handlers(),
};

class Progress {
  constructor(root, campaign) {
    this.campaign = campaign;
    this.looks = seldom(() => this.load());
    const part = (id) => element("section", { id });
    Object.assign(this, { counts: part("counts"), brake: part("brake"), next: part("next"), failures: part("failures") });
    const picture = (id, label) => element("canvas", { id, role: "img", "aria-label": label });
    this.errors = picture("errors", "expected error by runs");
    this.gains = picture("gains", "expected gain of each query");
    this.queue = new NextBatch(this.next, campaign, { more: campaign.pool ? null : onMap() });
    this.audit = element("p", { class: "said" });
    this.said = element("p", { class: "said", role: "status" });
    this.errorWords = element("h2", {}, "Expected error of the map");
    this.gainWords = element("h2", {}, "What each query was expected to teach");
    const charts = element("div", { class: "charts" }, element("div", {}, this.errorWords, this.errors), element("div", {}, this.gainWords, this.gains));
    this.rules = element("section", { id: "rules" });
    root.replaceChildren(element("div", { class: "wide" }, this.counts, this.audit, this.brake, this.failures, charts, this.rules, element("h2", {}, "Under way, and next"), this.next));
    this.size = new ResizeObserver(() => {
      this.drawn?.();
      this.ruled?.();
    });
    this.size.observe(charts);
  }

  handlers() {
    const end = () => {
      this.queue.end();
      this.size.disconnect();
      this.looks.cancel();
    };
    return { moved: () => this.looks.call(), chosen: () => this.queue.refresh(), end, ready: this.load() };
  }

  async load() {
    const { name } = this.campaign;
    const [now, gains, latest] = await Promise.all([get(at(name)), get(at(name, "/gains")), get(at(name, "/runs?most=60"))]);
    this.counts.replaceChildren(...figures(now, pace(latest.runs, now)));
    this.failures.replaceChildren(...notes(now));
    if (!offline) this.showBrake(now);
    if (now.message) this.said.textContent = now.message;
    this.now = now;
    this.course = [...now.history];
    this.drawn = () => this.draw(gains.queries);
    this.drawn();
    this.queue.refresh();
    await this.showRules(name);
    if (now.revision) await this.judge(name);
  }

  // What can be done just now; the buttons stay while they are the same, and so does what was said.
  showBrake(now) {
    const key = [now.runnable, now.running, now.paused].join(" ");
    if (key !== this.braked) this.brake.replaceChildren(...buttons(now, this.said, () => this.load()));
    this.braked = key;
  }

  // The rules of [stop], each as a curve with what is enough.
  async showRules(name) {
    const { rules, when } = await get(at(name, "/stopping"));
    const known = rules.filter((one) => one.points.length);
    const pictures = known.map((one) => element("canvas", { role: "img", "aria-label": `${ruleWords(one)}, by runs` }));
    const charts = known.map((one, k) => element("div", { class: "rule" }, element("h3", {}, ruleWords(one)), pictures[k], element("p", { class: "said" }, standsWords(one))));
    const words = when ? `The campaign ends when ${when.replaceAll("&", "and").replaceAll("|", "or")} hold.` : known.length > 1 ? TOGETHER : "";
    this.rules.replaceChildren(...(known.length ? [element("h2", {}, "When it is enough"), element("p", { class: "said" }, words), element("div", { class: "charts" }, ...charts)] : []));
    this.ruled = () => known.forEach((one, k) => ruleChart(pictures[k], one));
    this.ruled();
  }

  // What takes a fit or more: how the map came to be where the ledger has no curve of it, and what
  // the audit says of it.
  async judge(name) {
    const { steps } = this.course.length ? { steps: [] } : await get(at(name, "/history"));
    this.course.push(...steps.filter((one) => one.error !== null).map((one) => [one.runs, one.error]));
    this.drawn();
    const quality = await get(at(name, "/quality"));
    const audit = quality.lights.find((one) => one.about === "audit");
    this.audit.textContent = audit && (quality.measured ? `Measured: ${audit.said}` : audit.said);
  }

  draw(queries) {
    const known = queries.filter((one) => one.gain > 0);
    this.gainWords.textContent = known.length ? `What each query was expected to teach, in ${countedIn(known[0].gain_unit) || "its gain"}` : withoutGains(queries);
    this.gains.hidden = !known.length;
    if (known.length) gainChart(this.gains, known);
    this.errorWords.textContent = this.course.length ? capital(errorWords(this.now)) : "The map expects nothing of itself yet";
    this.errors.hidden = !this.course.length;
    if (this.course.length) errorChart(this.errors, this.course, this.now.error_of);
  }
}

const onMap = () => element("button", { onclick: () => choose({ view: null }, { replace: false }) }, "show them on the map");

// Why there are no gains: nothing was chosen by a rule yet, or the rule that chooses promises none.
function withoutGains(queries) {
  const last = queries.findLast((one) => !UNCHOSEN.includes(one.reason));
  return last ? `Queries are chosen by a rule that promises no gain; the last: ${last.why}` : "No query has promised a gain yet";
}

// What the expected error is counted in: a number's own unit, a share of something, or a mean.
const errorWords = ({ outcome, error_of: of }) => `expected error${of && (isShare(of) || outcome.kind === "number" ? `, in ${countedIn(of)}` : `: ${of}`)}`;

function figures(campaign, { rate, busy, left }) {
  const done = campaign.queries.done ?? 0;
  const of = Math.max(campaign.planned, done);
  const runs = Object.entries(campaign.runs).map(([kind, count]) => `${count} ${kind}`).join(" · ");
  const figure = (value, words) => element("div", { class: "figure" }, element("span", { class: "value" }, value), element("span", {}, words));
  const cards = [
    figure(`${done} of ${of}`, `queries are answered (${percent(of ? done / of : 0)})`),
    figure(String(busy), busy === 1 ? "simulation is running" : "simulations are running"),
    ...(rate ? [figure(`${short(60 * rate)} a minute`, left === null ? "runs come in" : `runs come in; about ${duration(left)} left`)] : []),
    ...(campaign.error === null ? [] : [figure(errorIn(campaign.error, campaign.error_of), "expected error")]),
  ];
  return [element("progress", { max: of, value: done, "aria-label": "queries answered" }), element("div", { class: "figures" }, ...cards), element("p", { class: "said" }, `Runs by status: ${runs || "none yet"}.${campaign.revision ? ` Revision ${campaign.revision}.` : ""}`)];
}

// What lies ahead, why it ended or waits, and what people should know.
function notes(campaign) {
  const ahead = [campaign.ended, campaign.forecast && `Outlook: ${campaign.forecast}.`].filter(Boolean);
  const paused = campaign.paused ? [`Paused ${campaign.paused}: nothing new is begun until it resumes.`] : [];
  const failures = Object.entries(campaign.failures).map(([message, count]) => `${count} × ${message}`);
  const others = campaign.notes.filter((words) => !campaign.paused || !words.includes(`paused ${campaign.paused}`));
  const warnings = [...paused, ...others, ...failures];
  return [...ahead.map((words) => element("p", {}, capital(words))), ...warnings.map(warning)];
}

// A sentence; what stands in lines below it opens on a click.
function warning(words) {
  const [first, ...lines] = words.split("\n");
  if (!lines.length) return element("p", { class: "failure" }, first);
  return element("details", { class: "failure" }, element("summary", {}, first), element("pre", {}, lines.join("\n")));
}

// What can be done about the campaign; what came of it is put into `said`.
function buttons(campaign, said, again) {
  const act = (words, path) => element("button", { onclick: async () => {
    try {
      const now = await post(at(campaign.name, path));
      said.textContent = now.message;
      await again();
    } catch (problem) {
      said.textContent = problem.message;
    }
  } }, words);
  const brake = campaign.paused ? [act("resume", "/resume")] : [act("pause", "/pause")];
  if (!campaign.runnable) return [element("div", { class: "buttons" }, ...brake), element("p", { class: "said" }, "Its outcomes are told from elsewhere: clients ask for queries and tell what they gave."), said];
  const run = campaign.running ? [act(campaign.running === "stopping" ? "end it at once" : "stop", "/stop")] : [act("run", "/run")];
  return [element("div", { class: "buttons" }, ...run, ...brake), said];
}

const TOGETHER = "The campaign ends when all that judge what was learned say so, or when a budget is spent.";
const JUDGED = {
  wrong: "of the space expected on the wrong side",
  area: "expected on the wrong side, in the inputs' units",
  doubt: "of the smaller side expected on the wrong side",
  error: "expected error of the map",
  audit: "error that the audit measures",
  agreement: "agreement with the surrogates before",
  steadiness: "by how much a refit may still change the error, of what the first ones did",
  seconds: "seconds of running",
};

const SHARES = ["wrong", "doubt", "steadiness"]; // told in percent

const ruleValue = ({ name }, value) => (SHARES.includes(name) ? percent(value) : short(value));

const ruleWords = (rule) => `${capital(JUDGED[rule.name] ?? rule.name)}: ${ruleValue(rule, rule.points.at(-1)[1])} now, ${ruleValue(rule, rule.aim)} or ${rule.rises ? "more" : "less"} is enough`;

const standsWords = ({ reason, trusted }) => (!trusted ? "Nothing stops by it yet: only one side of the level was seen, or a part of the space is far from every run." : reason ? `It would stop now: ${reason}.` : "It would go on.");

function ruleChart(canvas, rule) {
  const { aim, points } = rule;
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(aim, ...values), Math.max(aim, ...values)];
  const low = least > most / 2 ? least - (most - least || 0.1 * most) : Math.min(0, least); // far from 0 it fills its chart
  const high = most + 0.15 * (most - low) || 1;
  const marks = points.length > 60 ? [] : points.map(([x, y]) => ({ x, y }));
  chart(canvas, { points: marks, line: points, x: { label: "runs", low: 0, high: points.at(-1)[0] }, y: { low, high, percent: SHARES.includes(rule.name) }, level: { value: aim, words: `enough: ${ruleValue(rule, aim)}` } });
}

// Ends of a log axis that holds the values, a little wider.
const around = (values) => ({ low: Math.min(...values) / 1.3, high: Math.max(...values) * 1.3, log: true });

function gainChart(canvas, known) {
  const last = Math.max(...known.map((one) => one.query), 1);
  const points = known.map((one) => ({ x: one.query, y: one.gain, ink: REASONS[one.reason] ?? OTHER, size: 2.6 }));
  chart(canvas, { points, x: { label: "query", low: 0, high: last }, y: { ...around(known.map((one) => one.gain)), percent: isShare(known[0].gain_unit) } });
}

// `course`: pairs of runs and the error that was expected after them, counted in `of`.
function errorChart(canvas, course, of) {
  const points = course.length > 60 ? [] : course.map(([x, y]) => ({ x, y }));
  const high = Math.max(...course.map(([, error]) => error));
  chart(canvas, { points, line: course, x: { label: "runs", low: 0, high: course.at(-1)[0] }, y: { low: 0, high: 1.15 * high, percent: isShare(of) } });
}
