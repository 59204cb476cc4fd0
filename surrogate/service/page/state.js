// What the page shows, all of it in the link: a pasted link restores the view exactly.

const listeners = new Set();

// The choices as a plain object of strings.
export function chosen() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

// Change some choices; null forgets one. Held parameters are `hold.NAME`, averaged ones
// `average.NAME`. `quiet` only writes down what is shown already.
export function choose(changes, { replace = true, quiet = false } = {}) {
  const all = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") all.delete(name);
    else all.set(name, String(value));
  }
  const link = `#${all}`;
  if (link === location.hash) return;
  if (replace) history.replaceState(null, "", link);
  else history.pushState(null, "", link);
  if (!quiet) tell();
}

export function onChoice(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const behind = (prefix, choices) =>
  Object.entries(choices)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);

export const heldIn = (choices) => Object.fromEntries(behind("hold.", choices));
export const averagedIn = (choices) => behind("average.", choices).map(([name]) => name);

function tell() {
  for (const listener of [...listeners]) listener(chosen());
}

window.addEventListener("popstate", tell);
