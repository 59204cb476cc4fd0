// The campaign played back from its first run: a slider over earlier surrogates, and a button.

import { at, get } from "./api.js";
import { choose, chosen } from "./state.js";
import { element, errorIn } from "./words.js";

const PACE = 450; // ms a step, at least

export class Playback {
  // `redraw` gives a promise of the picture at the link's step.
  constructor(campaign, redraw) {
    Object.assign(this, { campaign, redraw, steps: null, playing: false });
    this.slider = element("input", { type: "range", id: "step", min: 0, value: 0, "aria-label": "how far the campaign was", oninput: () => this.go(Number(this.slider.value)) });
    this.button = element("button", { id: "play", onclick: () => (this.playing ? this.stop() : this.play()) }, "play");
    this.words = element("output", { class: "said" });
    this.root = element("details", { id: "history", ontoggle: () => this.root.open && this.load() }, element("summary", {}, "play it back from the first run"), element("div", { class: "row" }, this.button, this.slider, this.words));
  }

  // The step that the link names, once the steps are known.
  get step() {
    const asked = Number(chosen().step);
    return this.steps?.find((one) => one.revision === asked) ?? null;
  }

  // Which queries a step knew, and which of them were new to it.
  get known() {
    const { step } = this;
    if (!step) return null;
    const upTo = this.steps.filter((one) => one.revision <= step.revision);
    return { all: new Set(upTo.flatMap((one) => one.joined)), fresh: new Set(step.joined) };
  }

  async load() {
    if (this.steps) return this.mark();
    this.words.value = "making earlier maps again ...";
    const history = await get(at(this.campaign.name, "/history"));
    Object.assign(this, { steps: history.steps, of: history.error_of });
    this.slider.max = this.steps.length - 1;
    this.mark();
  }

  // What the link asks for needs the steps: give a promise of them.
  async ready() {
    if (!chosen().step) return this.mark();
    this.root.open = true;
    await this.load();
  }

  mark() {
    if (!this.steps) return;
    const { step } = this;
    this.slider.value = step ? this.steps.indexOf(step) : this.steps.length - 1;
    const shown = step ?? this.steps.at(-1);
    const error = shown.error === null ? "" : `; it expected an error of ${errorIn(shown.error, this.of)}`;
    this.words.value = `after ${shown.runs} runs${error}`;
  }

  // Show a step; the last one is the present.
  go(place) {
    const last = place >= this.steps.length - 1;
    choose({ step: last ? null : this.steps[place].revision });
  }

  async play() {
    await this.load();
    this.playing = true;
    this.button.textContent = "stop";
    const begin = this.step ? this.steps.indexOf(this.step) : 0;
    for (let place = begin; this.playing && place < this.steps.length; place++) {
      const rest = new Promise((resolve) => setTimeout(resolve, PACE));
      this.go(place);
      await Promise.all([this.redraw(), rest]);
    }
    this.stop();
  }

  stop() {
    this.playing = false;
    this.button.textContent = "play";
  }
}
