// rnnscope as its page uses it, minus the worker: the trace records every state and gate, an explanation starts from
// the input, so that its time holds the trace as well, and ends when the answer is a JavaScript object.
import init, { Session } from "../pkg/rnnscope.js";

const UNTIL_DONE = 1e9;
const STEPS = 50;
const METHODS = {
  gradient: { method: "gradient", params: {} },
  integrated: { method: "integrated-gradients", params: { rule: "gauss-legendre", steps: STEPS, tolerance: 0 } },
  occlusion: { method: "occlusion-step", params: {} },
};

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
  const explain = (work) => () => {
    trace();
    session.start_attribution({ ...METHODS[work], target, baseline: { id: "zeros" }, precision: "f32" });
    finish(session);
    return session.attribution();
  };
  const works = { forward, ...Object.fromEntries(Object.keys(METHODS).map((work) => [work, explain(work)])) };
  const answer = async (work) => {
    const found = works[work]();
    if (work !== "forward") return Array.from(found.bars.values);
    return found.classes.map(({ class: index, logit }) => [index, logit]);
  };
  return { works, answer, about: { bytes_per_step: session.card().bytes_per_step } };
}
