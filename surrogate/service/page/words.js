// Numbers and sentences as the rest of Surrogate writes them.

export function short(value) {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return String(Number(value.toPrecision(3)));
}

export const quantity = (value, unit) => `${short(value)} ${unit}`.trim();

// A value beside its interval has two decimals while it is small.
export const two = (value) => (Math.abs(value) < 100 ? value.toFixed(2) : short(value));

export function interval(mean, lower, upper) {
  return `${two(mean)} (${two(lower)}..${two(upper)})`;
}

// The same of a campaign's response, with its unit.
export const valued = ({ outcome: { unit } }, mean, lower, upper) => `${interval(mean, lower, upper)} ${unit}`.trim();

// The same of a size, in as many figures as the rest.
export const span = ({ mean, lower, upper }) => `${short(mean)} (${short(lower)}..${short(upper)})`;

// How sure something is: nothing that is learned from runs is sure with 100 %.
export const surely = (chance) => (chance > 0.995 ? "over 99 %" : percent(chance));

export const percent = (share) => `${Number((100 * share).toPrecision(2))} %`;

// What is counted in shares of something is told in percent.
export const isShare = (of) => of.startsWith("share ");

// An expected error, with what it is counted in.
export const errorIn = (error, of) => (isShare(of) ? `${percent(error)} ${of.slice(6)}` : quantity(error, of));

// What errors or gains are counted in, where the numbers stand on an axis.
export const countedIn = (of) => (isShare(of) ? `% ${of.slice(6)}` : of);

export function place(point, parameters) {
  return parameters.map((one) => `${one.name} ${quantity(point[one.name], one.unit)}`).join(", ");
}

export function ago(seconds) {
  const past = Math.max(Date.now() / 1000 - seconds, 0);
  if (past < 90) return `${Math.round(past)} s ago`;
  if (past < 5400) return `${Math.round(past / 60)} min ago`;
  if (past < 172800) return `${Math.round(past / 3600)} h ago`;
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(Math.round(seconds), 1)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
}

// What a run gave, by its value; null: it declined.
export function gaveWords({ outcome: { kind, name, unit, of } }, value) {
  if (value === null) return "no answer";
  if (kind === "count") return `${value} ${name} of ${of}`;
  if (kind === "binary") return value ? name : `no ${name}`;
  return quantity(value, unit);
}

export const capital = (text) => text[0].toUpperCase() + text.slice(1);

// An element with attributes and children; text is always text, never markup. `style` is an object:
// the page's policy takes no style from a string.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "style") Object.assign(made.style, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A paragraph; what stands between backticks is to be typed.
export function sentence(text) {
  return element("p", {}, ...text.split("`").map((part, k) => (k % 2 ? element("code", {}, part) : part)));
}

// Names with what is said of each.
export function pairs(facts) {
  return element("dl", {}, ...facts.flatMap(([name, words]) => [element("dt", {}, name), element("dd", {}, words)]));
}
