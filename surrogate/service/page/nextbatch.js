// Queries on their way, and those that would be asked next, each with its reason: a list that
// follows what happens.

import { at, get } from "./api.js";
import { choose, chosen } from "./state.js";
import { element, place } from "./words.js";

const COUNT = 8;
const ASK = "what would be simulated next?";
const REST = 1000; // ms between two looks while the campaign moves

export class NextBatch {
  // `onQueries` gets what is listed; `more` stands beside the button while there is a list.
  constructor(root, campaign, { onQueries = () => {}, more = null } = {}) {
    Object.assign(this, { root, campaign, onQueries, more, open: [], ahead: [] });
    this.button = element("button", { id: "ask-next", "aria-pressed": "false", onclick: () => choose({ next: chosen().next ? null : "1" }) }, ASK);
    this.list = element("ol", { class: "queries" });
    root.replaceChildren(this.button, ...(more ? [" ", more] : []), this.list);
  }

  // Look again where the link asks for something else, or another revision is shown.
  follow(revision) {
    const key = `${chosen().next} ${revision}`;
    if (key !== this.followed) this.refresh();
    this.followed = key;
  }

  // Look again; a look that is under way is followed by another.
  refresh() {
    this.isStale = true;
    this.show();
    this.looking ??= this.look().catch((problem) => this.list.replaceChildren(element("li", { class: "failure" }, problem.message))).finally(() => (this.looking = null));
  }

  end() {
    this.isStale = false;
    this.ended = true;
  }

  async look() {
    while (this.isStale) {
      this.isStale = false;
      await this.fetch();
      if (this.isStale) await new Promise((resolve) => setTimeout(resolve, REST));
    }
  }

  // Those that wait or run at once; the next ones, where the link asks for them, when they are found.
  async fetch() {
    const { name } = this.campaign;
    this.open = (await get(at(name, "/queries?state=leased&state=queued&most=64"))).queries;
    this.show();
    if (!chosen().next) return;
    const { queries } = await get(at(name, `/next?count=${COUNT}`));
    this.ahead = queries.map((one, k) => ({ ...one, rank: k + 1 }));
    this.show();
  }

  show() {
    if (this.ended) return;
    const asked = Boolean(chosen().next);
    const queries = [...this.open, ...(asked ? this.ahead : [])];
    this.button.textContent = asked ? "hide what comes next" : ASK;
    this.button.setAttribute("aria-pressed", String(asked));
    this.list.replaceChildren(...queries.map((one) => this.row(one)));
    this.list.hidden = !queries.length;
    if (this.more) this.more.hidden = !queries.length;
    this.onQueries(queries);
  }

  row(one) {
    const { pool, parameters } = this.campaign;
    const where = pool ? `${pool.key} ${one.point[pool.key]}` : place(one.point, parameters);
    return element("li", { value: one.rank }, element("b", {}, state(one)), ` ${where}: ${one.why || one.reason}`);
  }
}

const state = (one) => (one.rank ? `${one.rank}.` : one.state === "leased" ? "running" : "waiting");
