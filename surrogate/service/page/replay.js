// A run as a moving picture: every moving thing as a disc with its trail, on the map where the
// simulator's drawing lies under it, else in a frame of its own.

import { at, get } from "./api.js";
import { Frame } from "./frame.js";
import { holds, offline } from "./offline.js";

const INKS = ["#ffffff", "#ff7f50", "#7fd1ff", "#ffd166", "#c792ea"];
const SLOW = 0.6; // of real time: a shot is over in a second and a half
const REST = 1200; // ms that the last picture stays

// Where a run is to be had: a campaign's own, or one of another as this version plays it.
const address = (name, query, of) => at(name, `/replay/${query}${of && of !== name ? `?${new URLSearchParams({ of })}` : ""}`);

// Whether a run can be shown again: a report holds some of them.
export const canReplay = (campaign, query, of) => campaign.replayable && (!offline || holds(address(campaign.name, query, of)));

// `of` names the campaign that the query is of, where it is another.
export async function replaying(context, frame, { name, query, of }, onEnd, under) {
  const run = await get(address(name, query, of));
  const tracks = Object.entries(run.tracks);
  const frames = Math.max(...tracks.map(([, track]) => track.length));
  const seen = frame ?? around(tracks, context);
  const length = (1000 * frames) / (run.fps * SLOW);
  const begun = performance.now();
  let ended = false;
  const step = (now) => {
    if (ended) return;
    const past = Math.max(now - begun, 0);
    if (past > length + REST) {
      ended = true;
      onEnd();
      return;
    }
    const shown = Math.min(Math.floor((past / length) * frames), frames - 1);
    if (frame) under();
    else context.clearRect(0, 0, seen.width, seen.height);
    tracks.forEach(([name, track], k) => disc(context, seen, name, track, shown, INKS[k % INKS.length]));
    words(context, `query ${query}${shown === frames - 1 ? `: ${run.ending}` : ""}`);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
  return { end: () => (ended = true) };
}

function disc(context, frame, name, track, shown, ink) {
  const upTo = track.slice(0, Math.min(shown, track.length - 1) + 1);
  context.beginPath();
  upTo.forEach(([x, y], k) => (k ? context.lineTo(...frame.pixel(x, y)) : context.moveTo(...frame.pixel(x, y))));
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.stroke();
  const [x, y, height = 0] = upTo.at(-1);
  const [px, py] = frame.pixel(x, y);
  context.beginPath();
  context.ellipse(px, py, 5, 3, 0, 0, 2 * Math.PI);
  context.fillStyle = "rgb(0 0 0 / 45%)"; // its shadow on the ground
  context.fill();
  context.beginPath();
  context.arc(px, py - 6 * height, 5.5, 0, 2 * Math.PI);
  context.fillStyle = ink;
  context.fill();
  context.strokeStyle = "#1b1f24";
  context.lineWidth = 1.2;
  context.stroke();
  context.fillStyle = "#1b1f24";
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "left";
  context.fillText(name, px + 9, py - 6 * height + 4);
}

function words(context, text) {
  context.font = "bold 15px system-ui, sans-serif";
  context.textAlign = "left";
  const { width } = context.measureText(text);
  context.fillStyle = "rgb(255 255 255 / 85%)";
  context.fillRect(64, 20, width + 16, 26);
  context.fillStyle = "#1b1f24";
  context.fillText(text, 72, 38);
}

function around(tracks, context) {
  const places = tracks.flatMap(([, track]) => track);
  const ends = (k) => [Math.min(...places.map((place) => place[k])) - 1, Math.max(...places.map((place) => place[k])) + 1];
  const axis = ([low, high], name) => ({ name, unit: "", low, high, scale: "linear" });
  const ratio = window.devicePixelRatio || 1;
  return new Frame(axis(ends(0), "across"), axis(ends(1), "up"), context.canvas.width / ratio, context.canvas.height / ratio, true);
}
