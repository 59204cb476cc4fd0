// The page: which campaign, which view, and the line that tells when something has moved.

import { at, get, listen } from "./api.js";
import * as map from "./mapview.js";
import * as pool from "./poolview.js";
import * as progress from "./progressview.js";
import * as quality from "./qualityview.js";
import * as runs from "./runsview.js";
import { choose, chosen, onChoice } from "./state.js";
import { element } from "./words.js";

const VIEWS = {
  map: { label: "Map", build: map.mapView, ...map },
  progress: { label: "Progress", build: progress.progressView, ...progress },
  quality: { label: "Quality", build: quality.qualityView, ...quality },
  runs: { label: "Runs", build: runs.runsView, ...runs },
};

// A pool has no axes: its home is a list of items.
const HOMES = { pool: { label: "Items", build: pool.poolView, ...pool }, space: VIEWS.map };

const $ = (id) => document.getElementById(id);
let shown = null; // what is on the page: { key, campaign, view, silence }

async function start() {
  const all = await get("/campaigns");
  $("campaign").replaceChildren(...all.map((one) => element("option", { value: one.name }, one.name)));
  $("campaign").addEventListener("change", (event) => choose({ ...forgotten(), campaign: event.target.value }, { replace: false }));
  onChoice(() => show().catch(trouble));
  if (!all.length) {
    $("view").replaceChildren(element("p", {}, "No campaign yet. `surrogate run PLAN` makes one, and so does a POST to /campaigns."));
    return;
  }
  if (!all.some((one) => one.name === chosen().campaign)) choose({ campaign: all.at(-1).name });
  await show();
}

// What belongs to one campaign's map means nothing for another's.
const forgotten = () => Object.fromEntries(Object.keys(chosen()).filter((name) => name !== "view").map((name) => [name, null]));

async function show() {
  const { campaign: name, view = "map" } = chosen();
  const key = `${name} ${view}`;
  if (shown?.key === key) return shown.view.chosen();
  shown?.silence();
  shown?.view.end();
  shown = null;
  $("campaign").value = name;
  const campaign = await get(at(name));
  if (chosen().campaign !== name) return;
  const home = campaign.pool ? HOMES.pool : HOMES.space;
  const kind = view === "map" ? home : VIEWS[view] ?? home;
  navigation(view, home);
  say(campaign);
  $("trouble").hidden = true;
  const heading = element("h1", {}, kind.title(campaign));
  const body = element("div", { class: "body" });
  $("view").replaceChildren(heading, body, element("p", { id: "reading" }, `How to read this: ${kind.reading}`));
  document.title = `${kind.title(campaign)} · Surrogate`;
  const built = kind.build(body, campaign);
  built.ready?.catch(trouble);
  const silence = listen(at(name, "/events"), (news) => moved(name, built, news), (alive) => ($("live").textContent = alive ? "live" : "not connected"));
  shown = { key, campaign, view: built, silence };
}

function navigation(view, home) {
  $("views").replaceChildren(
    ...Object.entries({ ...VIEWS, map: home }).map(([key, one]) => element("a", { href: "#", "aria-current": key === view ? "page" : false, onclick: (event) => {
      event.preventDefault();
      choose({ view: key }, { replace: false });
    } }, one.label)),
  );
}

async function moved(name, built, news) {
  built.moved(news);
  if (news.running) $("live").textContent = `live, ${news.running}`;
  say(await get(at(name)));
}

function say(campaign) {
  $("note").textContent = campaign.note;
  $("note").className = campaign.note.startsWith("Trustworthy") ? "good" : "early";
}

function trouble(problem) {
  $("trouble").hidden = false;
  $("trouble").textContent = problem.message;
}

start().catch(trouble);
