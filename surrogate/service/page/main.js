// The page: which campaign, which view, and the line that tells when something has moved.

import { at, get, listen } from "./api.js";
import { view as answers } from "./answersview.js";
import { view as compare } from "./compareview.js";
import { view as map } from "./mapview.js";
import { noMap } from "./nomap.js";
import { offline } from "./offline.js";
import { view as items } from "./poolview.js";
import { view as progress } from "./progressview.js";
import { view as quality } from "./qualityview.js";
import { view as runs } from "./runsview.js";
import { choose, chosen, onChoice } from "./state.js";
import { view as timeline } from "./timelineview.js";
import { element, sentence } from "./words.js";

// A view has a key for the link, a label, `suits(campaign)`, `title(campaign)`, a sentence on how to
// read it, and `build(root, campaign)`, which gives { moved(news), chosen(), end(), ready }. With
// `reads` it has nothing to show of a campaign that has learned nothing. The first that suits a
// campaign is its home.
const VIEWS = [map, items, answers, compare, timeline, progress, quality, runs];

const STILL = { moved: () => {}, chosen: () => {}, end: () => {} };

const $ = (id) => document.getElementById(id);
let shown = null; // what is on the page: { key, campaign, view, silence }
let turn = 0; // of the latest view asked for: one that comes too late is not built

async function start() {
  if (offline) $("live").textContent = `a report of ${offline.made}`;
  const all = await get("/campaigns");
  $("campaign").replaceChildren(...all.map((one) => element("option", { value: one.name }, one.name)));
  $("campaign").addEventListener("change", (event) => choose({ ...forgotten(), campaign: event.target.value }, { replace: false }));
  onChoice(() => show().catch(trouble));
  if (!all.length) {
    $("view").replaceChildren(sentence("No campaign yet. `surrogate run PLAN` makes one, and so does a POST to /campaigns."));
    return;
  }
  if (!all.some((one) => one.name === chosen().campaign)) choose({ campaign: all.at(-1).name });
  await show();
}

// What belongs to one campaign's map means nothing for another's.
const forgotten = () => Object.fromEntries(Object.keys(chosen()).filter((name) => name !== "view").map((name) => [name, null]));

async function show() {
  const { campaign: name, view } = chosen();
  const key = `${name} ${view ?? ""}`;
  if (shown?.key === key) {
    headed(shown.kind, shown.campaign);
    await shown.view.chosen();
    $("trouble").hidden = true;
    return;
  }
  const mine = (turn += 1);
  if (shown?.campaign.name !== name) awaiting(name);
  leave();
  const campaign = await get(at(name));
  if (turn !== mine) return;
  const suiting = VIEWS.filter((one) => one.suits(campaign));
  const kind = suiting.find((one) => one.key === view) ?? suiting[0];
  navigation(suiting, kind);
  say(campaign);
  $("trouble").hidden = true;
  const body = element("div", { class: "body" });
  $("view").replaceChildren(element("h1", {}), element("p", { id: "reading" }, element("b", {}, "How to read this: "), kind.reading), body);
  headed(kind, campaign);
  const waits = kind.reads && !campaign.trained;
  if (waits) noMap(body, campaign);
  const built = waits ? { ...STILL } : kind.build(body, campaign);
  built.ready?.catch(trouble);
  const silence = listen(at(name, "/events"), (news) => moved(name, built, news).catch(() => {}), (alive) => ($("live").textContent = alive ? "live" : "not connected"));
  shown = { key, kind, campaign, view: built, silence, body, waits };
}

// Nothing of one campaign stands under the name of another.
function awaiting(name) {
  $("campaign").value = name;
  $("note").textContent = "";
  $("view").replaceChildren(element("p", {}, `Reading ${name} …`));
}

function headed(kind, campaign) {
  $("view").querySelector("h1").textContent = kind.title(campaign);
  document.title = `${kind.title(campaign)} · Surrogate`;
}

function navigation(suiting, kind) {
  const link = (one) => element("a", { href: "#", "aria-current": one === kind ? "page" : false, onclick: (event) => {
    event.preventDefault();
    choose({ view: one.key }, { replace: false });
  } }, one.label);
  $("views").replaceChildren(...suiting.map(link));
}

async function moved(name, built, news) {
  Promise.resolve(built.moved(news)).catch(trouble);
  $("live").textContent = news.running ? `live, ${news.running}` : "live";
  const campaign = await get(at(name));
  if (shown?.view !== built) return;
  say(campaign);
  if (!shown.waits) return;
  noMap(shown.body, campaign);
  if (!campaign.trained) return;
  leave();
  await show();
}

// End the view that is shown.
function leave() {
  shown?.silence();
  shown?.view.end();
  shown = null;
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
