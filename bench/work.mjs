// How many floating-point operations the matrix products of each work need at least, with sharing: products with the
// input once for all variants, variants of an occlusion from the step on that they change. What the input is compared
// with was traced for an answer before.

const VARIANTS = 50;
const COALITIONS = 1000;

/** {forward, integrated, occlusion, kernelshap} of an LSTM; of coalitions as if none began like another. */
export function flops({ kind, layers, hidden, steps, features, classes, bidirectional }, evaluations = VARIANTS) {
  const directions = bidirectional ? 2 : 1;
  const gates = 4 * hidden;
  const recurrent = 2 * gates * hidden * directions;
  const above = (layers - 1) * (recurrent + 2 * gates * hidden * directions); // one step of all upper layers
  const step = recurrent + above;
  const oneHot = kind === "characters";
  const input = (oneHot ? gates : 2 * gates * features) * directions; // of one step, once
  const head = 2 * classes * hidden * directions * (oneHot ? steps : 1);
  const forward = steps * (input + step) + head;
  return {
    forward,
    integrated: forward + evaluations * steps * 2 * step + steps * 2 * gates * features * directions,
    kernelshap: forward + COALITIONS * steps * step,
    occlusion: forward + ((steps * (steps + 1)) / 2) * step,
  };
}
