// A pool of items: what is said of them, and the next one to be answered by a person.

import { at, get, post } from "./api.js";
import { seldom } from "./seldom.js";
import { element, gaveWords, interval, percent } from "./words.js";

const WORKER = "a person on the page";

export const view = {
  key: "items",
  label: "Items",
  suits: (campaign) => Boolean(campaign.pool),
  title: (campaign) => `The ${campaign.outcome.response}, item by item`,
  reading:
    "Under each item stands the best guess with its interval, and what it gave if it was asked. An item is asked where its answer teaches most; where people answer, skip one to get another, and what is answered is kept at once.",
  build: poolView,
};

function poolView(root, campaign) {
  const desk = element("section", { id: "desk" });
  const lists = element("section", { id: "items" });
  root.replaceChildren(element("div", { class: "wide" }, desk, lists));
  const giveBack = campaign.runnable ? () => {} : asking(desk, campaign, () => list(lists, campaign));
  const load = () => list(lists, campaign);
  const looks = seldom(load);
  const end = () => {
    looks.cancel();
    giveBack();
  };
  return { moved: looks.call, chosen: load, end, ready: load() };
}

// Ask for one query at a time; gives a function that hands back the one that is not answered. When
// the page is closed, its lease does.
function asking(desk, campaign, answered) {
  let held = null;
  const start = element("button", { id: "label", onclick: () => next() }, "answer items yourself");
  desk.replaceChildren(start);
  const next = async () => {
    try {
      const { queries, state } = await post(at(campaign.name, "/ask"), { worker: WORKER, count: 1 });
      if (!queries.length) return desk.replaceChildren(element("p", {}, state === "complete" ? "Every question is answered." : "The rest is with others; come back later."), start);
      const [query] = queries;
      held = query;
      const shown = await shownOf(campaign, query.point[campaign.pool.key]);
      ask(query, shown);
    } catch (problem) {
      desk.replaceChildren(element("p", { class: "failure" }, problem.message), start);
    }
  };
  const tell = async (query, result) => {
    held = null;
    await post(at(campaign.name, "/tell"), { query: query.query, attempt: query.attempt, worker: WORKER, ...result });
    answered();
    await next();
  };
  const ask = (query, shown) => {
    const columns = Object.entries(shown.columns).map(([name, value]) => `${name} ${value}`).join(", ");
    const skip = element("button", { onclick: () => tell(query, { infeasible: "skipped" }) }, "skip");
    desk.replaceChildren(
      element("h2", {}, `${campaign.pool.key} ${shown.item}: ${campaign.outcome.name}?`),
      ...(shown.picture ? [picture(shown.picture, 168)] : []),
      element("p", {}, columns),
      element("div", { class: "buttons" }, ...answers(campaign, (value) => tell(query, { values: value })), skip),
      element("p", { class: "said" }, `asked because: ${query.why || query.reason}`),
    );
  };
  return () => held && post(at(campaign.name, "/give-back"), { worker: WORKER, queries: [held.query] }).catch(() => {});
}

function answers(campaign, give) {
  if (campaign.outcome.kind === "binary") return [["yes", true], ["no", false]].map(([word, value]) => element("button", { class: "answer", onclick: () => give(value) }, word));
  const input = element("input", { type: "number", step: "any", "aria-label": campaign.outcome.name });
  return [input, element("button", { class: "answer", onclick: () => input.value && give(Number(input.value)) }, "answer")];
}

// A grey picture, the larger the lighter as cameras have it, so many pixels of the screen wide.
function picture(rows, width) {
  const canvas = element("canvas", { width: rows[0].length, height: rows.length, class: "picture", role: "img", "aria-label": "the item's picture" });
  const context = canvas.getContext("2d");
  const image = context.createImageData(rows[0].length, rows.length);
  rows.flat().forEach((grey, k) => image.data.set([grey, grey, grey, 255], 4 * k));
  context.putImageData(image, 0, 0);
  Object.assign(canvas.style, { width: `${width}px`, height: `${(width * rows.length) / rows[0].length}px` });
  return canvas;
}

const known = new Map(); // items that were asked for, by their address: a picture stays as it is

function shownOf(campaign, item) {
  const address = at(campaign.name, `/item?item=${encodeURIComponent(item)}`);
  if (!known.has(address)) known.set(address, get(address));
  return known.get(address);
}

async function list(root, campaign) {
  let found;
  try {
    found = await get(at(campaign.name, "/items"));
  } catch (problem) {
    root.replaceChildren(element("p", {}, problem.message));
    return;
  }
  root.replaceChildren(
    element("p", {}, `${percent(found.wrong)} of the pool is expected on the wrong side of ${found.level}. ${found.note}`),
    element("h2", {}, "Above it, the surest first"),
    row(campaign, found.above),
    element("h2", {}, "In doubt, the most doubtful first"),
    row(campaign, found.doubtful),
  );
}

function row(campaign, items) {
  if (!items.length) return element("p", {}, "None.");
  const cards = items.map((one) => {
    const card = element("figure", {}, element("figcaption", {}, `${one.item}: ${interval(one.mean, one.lower, one.upper)}${one.seen === null ? "" : `; gave ${campaign.outcome.kind === "count" ? percent(one.seen) : gaveWords(campaign, one.seen)}`}`));
    if (campaign.pool.pictures) shownOf(campaign, one.item).then((shown) => card.prepend(picture(shown.picture, 56)), () => {});
    return card;
  });
  return element("div", { class: "cards" }, ...cards.slice(0, 24));
}
