// How fast results come in, from when the latest runs ended.

const RECENT = 60; // s: who has given nothing for longer is not running

// `rate` in runs a second (0: not moving), `busy` simulations, `left` seconds (null: not known).
export function pace(runs, campaign, now = Date.now() / 1000) {
  const busy = campaign.queries.leased ?? 0;
  const ends = runs.map((run) => run.started + run.seconds).sort((a, b) => a - b);
  const span = ends.at(-1) - ends[0];
  const moves = busy > 0 && ends.length > 4 && now - ends.at(-1) < Math.max(RECENT, span);
  if (!moves || !(span > 0)) return { rate: 0, busy, left: null };
  const rate = (ends.length - 1) / span;
  const open = Math.max(campaign.planned - (campaign.queries.done ?? 0), 0);
  return { rate, busy, left: open ? open / rate : null };
}
