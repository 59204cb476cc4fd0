// A client that pulls work, for game builds and rigs. Copy this file: it needs Node 18 or a browser.
//
//     import { Client, Decline } from "./pull.mjs";
//
//     const run = (point, seed) => ({ cleared: true });  // point: { speed: 18.2, angle: 41.0 }
//     await new Client("http://localhost:8321", "wall", { worker: "rig 1" }).work(run);
// `run` may be async, give a bare value, or throw new Decline("why") where there is no answer;
// whatever else it throws is told as an error, and tried again. The protocol: surrogate/desk.py.

/** The simulator has no answer at this point, and never will. */
export class Decline extends Error {}

/** The service understood, and said no; the message says what to do. */
export class Refused extends Error {}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** One worker of one campaign. A service that is away is called again for `patience` seconds;
 *  of a run that takes longer than `limit` it lets the lease lapse, so that others may try. */
export class Client {
  constructor(url, campaign, { worker, token = "", patience = 300, limit = Infinity }) {
    this.base = `${url.replace(/\/+$/, "")}/campaigns/${campaign}`;
    Object.assign(this, { worker, patience, limit, lease: 60, held: new Set(), began: 0 });
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** POST until the service answers; throws `Refused`, or the last trouble beyond the patience. */
  async call(verb, body, key = "") {
    const headers = { ...this.headers, "Content-Type": "application/json", "Idempotency-Key": key };
    const request = { method: "POST", headers, body: JSON.stringify(body) };
    const until = Date.now() + 1000 * this.patience;
    for (let wait = 0.1; ; wait = Math.min(2 * wait, 10)) {
      try {
        const signal = AbortSignal.timeout(60_000);
        const answer = await fetch(`${this.base}/${verb}`, { ...request, signal });
        if (answer.ok) return await answer.json();
        const Kind = answer.status < 500 && answer.status !== 429 ? Refused : Error;
        throw new Kind(`${verb}: ${answer.status}: ${await answer.text()}`);
      } catch (problem) {
        if (problem instanceof Refused || Date.now() > until) throw problem;
      }
      await pause(wait);
    }
  }

  /** { queries, state: "open", "waiting", "paused" or "complete" }; the queries are held. */
  async ask(count = 1) {
    const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16));
    const given = await this.call("ask", { worker: this.worker, count }, key.join("-"));
    this.lease = given.lease;
    for (const query of given.queries) this.held.add(query.query);
    return given;
  }

  /** Hand in { values }, { infeasible: "why" } or { error: "why" }; done once it is recorded. */
  async tell({ query, attempt }, result) {
    const given = await this.call("tell", { query, attempt, worker: this.worker, ...result });
    this.held.delete(query);
    return given;
  }

  /** Ask, run, tell until the campaign is complete; `ahead` queries are fetched meanwhile. */
  async work(run, ahead = 1) {
    let given = await this.ask(ahead);
    const beating = setInterval(() => {
      if (Date.now() - this.began > 1000 * this.limit) return;
      this.call("heartbeat", { worker: this.worker, queries: [...this.held] }).catch(() => {});
    }, 1000 * this.lease / 3);
    try {
      while (given.state !== "complete") {
        const coming = this.ask(ahead);
        coming.catch(() => {}); // it is awaited below, whatever happens before
        for (const query of given.queries) await this.finish(query, run);
        if (!given.queries.length) await pause(Math.min(1, this.lease / 10));
        given = await coming;
      }
    } finally {
      clearInterval(beating);
    }
  }

  async finish(query, run) {
    const began = this.began = Date.now();
    const told = (result) => this.tell(query, { ...result, seconds: (Date.now() - began) / 1000 });
    const error = (problem) => ({ error: `${problem}`.slice(0, 2000) });
    let result;
    try {
      result = { values: await run(query.point, query.seed) };
    } catch (problem) {
      const declined = problem instanceof Decline;
      result = declined ? { infeasible: problem.message || "declined" } : error(problem);
    }
    await told(result).catch((problem) => {
      if (!(problem instanceof Refused)) throw problem;
      return told(error(problem)); // not a result that can be kept
    });
  }
}
