// Requests to the service that this page came from: a token where one is wanted, problems in words.
// In a report, the file itself answers.

import { answer, offline } from "./offline.js";
import { Problem } from "./problem.js";

const KEY = "surrogate-token";

let opened = null; // a promise while the door is open: one dialog for all who wait

function headers(extra) {
  const token = sessionStorage.getItem(KEY);
  return { ...extra, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
}

// Ask the person for a token; every request that was turned away waits for the same answer.
function atTheDoor() {
  const door = document.getElementById("door");
  opened ??= new Promise((resolve) => {
    door.addEventListener(
      "close",
      () => {
        sessionStorage.setItem(KEY, document.getElementById("token").value.trim());
        opened = null;
        resolve();
      },
      { once: true },
    );
    door.showModal();
  });
  return opened;
}

async function answered(path, options) {
  for (;;) {
    const reply = await fetch(path, { ...options, headers: headers(options.headers) });
    if (reply.status !== 401) return reply;
    await atTheDoor();
  }
}

async function read(path, options = {}) {
  const reply = await answered(path, options);
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Problem(reply.status, body.detail ?? `the service answered ${reply.status}`);
  return body;
}

export const get = async (path) => (offline ? answer(path) : read(path));

// A write; its key makes a repeated click one deed.
export async function post(path, body = {}, key = crypto.randomUUID()) {
  if (offline) throw new Problem(405, "This is a report: it only shows. A served page also acts: surrogate serve.");
  return read(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
}

export const at = (name, rest = "") => `/campaigns/${encodeURIComponent(name)}${rest}`;

export async function download(path, file) {
  const reply = await answered(path, {});
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await reply.blob());
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}

// Server-sent events over fetch, which can carry a token. Gives a function that ends them.
export function listen(path, onMoved, onState) {
  if (offline) return () => {};
  const stop = new AbortController();
  (async () => {
    while (!stop.signal.aborted) {
      try {
        const reply = await answered(path, { signal: stop.signal });
        onState(reply.ok);
        if (reply.ok) await drain(reply.body.getReader(), onMoved);
      } catch {
        if (stop.signal.aborted) return;
      }
      onState(false);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  })();
  return () => stop.abort();
}

async function drain(reader, onMoved) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) onMoved(JSON.parse(data.slice(6)));
    }
  }
}
