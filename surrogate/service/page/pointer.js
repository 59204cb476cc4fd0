// What a hand does on the map: point, draw a box, move, zoom; and the same by keyboard.

const STILL = 4; // pixels: a pointer that moves less is a click

// `act` has hover(x, y) or hover(null), click(x, y), box(from, to, isDone), move(dx, dy),
// zoom(factor, x, y), step(dx, dy), choose(), whole(); all in pixels but for step's cells.
export function listenTo(canvas, act) {
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held = { from: [event.offsetX, event.offsetY], last: [event.offsetX, event.offsetY], far: false, moves: event.shiftKey };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = [event.offsetX, event.offsetY];
    if (!held) return act.hover(...here);
    held.far ||= Math.hypot(here[0] - held.from[0], here[1] - held.from[1]) > STILL;
    if (!held.far) return;
    if (held.moves) act.move(here[0] - held.last[0], here[1] - held.last[1]);
    else act.box(held.from, here, false);
    held.last = here;
  });
  canvas.addEventListener("pointerup", (event) => {
    if (held && !held.far) act.click(event.offsetX, event.offsetY);
    else if (held && !held.moves) act.box(held.from, [event.offsetX, event.offsetY], true);
    held = null;
  });
  canvas.addEventListener("pointercancel", () => (held = null));
  canvas.addEventListener("pointerleave", () => act.hover(null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    act.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => key(event, act));
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function key(event, act) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (STEPS[event.key]) act.step(...STEPS[event.key].map((one) => one * (event.shiftKey ? 8 : 1)));
  else if (event.key === "Enter") act.choose();
  else if (event.key === "+" || event.key === "-") act.zoom(event.key === "+" ? 1.25 : 0.8);
  else if (event.key === "0") act.whole();
  else return;
  event.preventDefault();
}
