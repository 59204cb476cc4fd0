// The colour scales. Of values: viridis (by Stefan van der Walt and Nathaniel Smith, CC0), in 64 steps.

const HEX =
  "44015446075a470d6047136548186a481d6f482374482878472d7b46327e453781443b844240864045883e4989" +
  "3d4e8a3a538b38588c365c8d34608d32648e31688e2f6c8e2d708e2c738e2a778e297b8e277f8e26828e24868e" +
  "238a8d218e8d20928c1f968b1f9a8a1f9e891fa18721a58523a98326ad812ab07f2fb47c35b7793bbb7542be71" +
  "4ac16d52c5695ac86465cb5e6ece5877d15381d34d8bd64695d840a0da39aadc32b5de2bc0df25cae11fd5e21a" +
  "dfe318eae51af4e61efde725";

const STEPS = HEX.length / 6;
const GREY = [214, 214, 214];
const DOUBTS = 5; // joint steps of certainty: more can't be told apart

const table = Array.from({ length: STEPS }, (_, i) =>
  [0, 2, 4].map((at) => parseInt(HEX.slice(6 * i + at, 6 * i + at + 2), 16)),
);

// The colour of `share` in 0..1 as [r, g, b].
export function colour(share) {
  const at = Math.min(Math.max(share, 0), 1) * (STEPS - 1);
  const low = Math.min(Math.floor(at), STEPS - 2);
  return table[low].map((value, i) => Math.round(value + (at - low) * (table[low + 1][i] - value)));
}

// The same, faded towards grey by `doubt` in 0..1, in a few steps.
export function faded(share, doubt) {
  const step = Math.round(Math.min(Math.max(doubt, 0), 1) * DOUBTS) / DOUBTS;
  return colour(share).map((value, i) => Math.round(value + 0.75 * step * (GREY[i] - value)));
}

// A step from fell (blue) through nothing (white) to rose (red), told apart by colour-blind eyes.
const STEP_INKS = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];

// The colour of a step whose `share` of the scale is in -1..1 as [r, g, b].
export function stepped(share) {
  const at = (Math.min(Math.max(share, -1), 1) + 1) * 2;
  const low = Math.min(Math.floor(at), STEP_INKS.length - 2);
  return STEP_INKS[low].map((value, i) => Math.round(value + (at - low) * (STEP_INKS[low + 1][i] - value)));
}

export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
