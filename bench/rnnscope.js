// rnnscope as its page uses it, minus the worker: the trace records every state and gate, an explanation starts from
// the input, so that its time holds the trace as well, and ends when the answer is a JavaScript object.
import init, { Session } from "../pkg/rnnscope.js";

const UNTIL_DONE = 1e9;
const STEPS = 50;
const METHODS = {
  gradient: { method: "gradient", params: {} },
  integrated: { method: "integrated-gradients", params: { rule: "gauss-legendre", steps: STEPS, tolerance: 0 } },
  occlusion: { method: "occlusion-step", params: {} },
  kernelshap: { method: "kernel-shap", params: { samples: 1000 } },
  reat: { method: "reat", params: {} },
  lrp: { method: "lrp", params: {} },
  deeplift: { method: "deeplift", params: {} },
};
/** Of 48 hours: 4096 coalitions. */
const GROUPS = { exact: { method: "shapley-exact", params: { players: "windows", length: 4 } } };

let memory;

export async function start() {
  ({ memory } = await init());
  return "this tree";
}

export const bytesInUse = () => memory.buffer.byteLength;

export const finish = (session) => {
  while (!session.advance(UNTIL_DONE).done);
};

export function read(session, shape) {
  return shape.kind === "series" ? session.read_series(shape.text) : session.read_text(shape.text);
}

export async function open(name, shape, bytes) {
  const session = Session.open(await bytes("safetensors"), `${name}.safetensors`);
  const { n_steps, warnings } = read(session, shape);
  if (n_steps !== shape.steps) throw new Error(`${name}: read ${n_steps} steps: ${warnings}`);
  const last = shape.steps - 1;
  const target = { readout: "logit", class: shape.target, versus: 0, step: -1, layer: 0, direction: 0, unit: 0 };

  const trace = () => {
    session.start_trace();
    finish(session);
  };
  const forward = () => {
    trace();
    return session.prediction(last);
  };
  const answered = (request) => {
    trace();
    session.start_attribution({ ...request, target, baseline: { id: "zeros" }, precision: "f32" });
    finish(session);
    return session.attribution();
  };
  /** The first ten steps together: a phrase is scored before the words are. */
  const startPhrase = () => {
    trace();
    session.start_attribution({ method: "contextual-decomposition", params: { phrase: "1-10" }, target, baseline: { id: "zeros" }, precision: "f32" });
  };
  /** Units of work until a phrase is scored, the one that begins the answer among them; a page does them in one slice. */
  const unitsOfPhrase = () => {
    startPhrase();
    for (let units = 1; !session.advance(1).done; units++) if (session.span_score(0, 10).exact) return units;
    throw new Error("the phrase was not scored first");
  };
  let units;
  const phrase = () => {
    units ??= unitsOfPhrase();
    startPhrase();
    session.advance(units);
    const score = session.span_score(0, 10);
    if (!score.exact) throw new Error("the phrase was not scored");
    session.cancel();
    return score;
  };
  const requests = Object.entries({ ...METHODS, ...(shape.steps === 48 ? GROUPS : {}) });
  const works = { forward, phrase, ...Object.fromEntries(requests.map(([work, request]) => [work, () => answered(request)])) };
  /** An answer, how long it took, and what it says of itself. */
  const explain = (method, params) => {
    const start = performance.now();
    const found = answered({ method, params });
    const ms = performance.now() - start;
    const whisker = Math.max(0, ...(found.bars.errors ?? []));
    const share = Math.abs(found.gap ?? 0) / Math.abs(found.score - found.baseline_score);
    return { values: Array.from(found.bars.values), ms, whisker, share, evaluations: found.forward_passes };
  };
  const answer = async (work) => {
    const found = works[work]();
    if (work === "phrase") return [found.score];
    if (work !== "forward") return Array.from(found.bars.values);
    return found.classes.map(({ class: index, logit }) => [index, logit]);
  };
  return { works, answer, explain, about: { bytes_per_step: session.card().bytes_per_step } };
}
