// TensorFlow.js on its WebAssembly backend with SIMD, one thread: the network written with its operations, its own
// automatic gradient. `tf` is global: page.html loads it.
/* global tf */
import { read } from "./safetensors.js";

export async function start() {
  tf.wasm.setWasmPaths(new URL("node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url).href);
  tf.wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  return tf.version_core;
}

export async function open(name, shape, bytes) {
  const { hidden, steps, features, classes } = shape;
  const stored = read(await bytes("safetensors"));
  const matrix = (key) => tf.tidy(() => tf.tensor2d(stored[key].data, stored[key].shape).transpose());
  const sum = (a, b) => tf.tidy(() => tf.tensor1d(stored[a].data).add(tf.tensor1d(stored[b].data)));
  const direction = (suffix) => ({ w: matrix(`rnn.weight_ih${suffix}`), u: matrix(`rnn.weight_hh${suffix}`), b: sum(`rnn.bias_ih${suffix}`, `rnn.bias_hh${suffix}`) });
  const layers = Array.from({ length: shape.layers }, (_, k) => (shape.bidirectional ? [`_l${k}`, `_l${k}_reverse`] : [`_l${k}`]).map(direction));
  const head = { w: matrix("head.weight"), b: tf.tensor1d(stored["head.bias"].data) };
  const x = tf.tensor2d(new Float32Array((await bytes("x.f32")).buffer), [steps, features]);

  /** States h of every step, in the order of the steps x_t [1, I]. Products are made step by step: cutting one product
   *  for all steps into its rows costs this library more than it saves. */
  const run = (xs, { w, u, b }, reverse) => {
    const states = [];
    let h = tf.zeros([1, hidden]);
    let c = h;
    for (let k = 0; k < steps; k++) {
      const t = reverse ? steps - 1 - k : k;
      const [i, f, g, o] = tf.split(xs[t].matMul(w).add(h.matMul(u)).add(b), 4, 1);
      c = tf.sigmoid(f).mul(c).add(tf.sigmoid(i).mul(tf.tanh(g)));
      h = tf.sigmoid(o).mul(tf.tanh(c));
      states[t] = h;
    }
    return states;
  };
  /** States of every step for each direction of the top layer. */
  const states = (x) => {
    let below = tf.split(x, steps);
    let directions = [];
    for (const layer of layers) {
      directions = layer.map((weights, reverse) => run(below, weights, reverse === 1));
      below = directions[0]; // stacked layers have one direction
    }
    return directions;
  };
  const last = (directions) => tf.concat(directions.map((states, reverse) => states[reverse ? 0 : steps - 1]), 1);
  const logits = (states) => states.matMul(head.w).add(head.b);
  const slope = tf.grad((x) => logits(last(states(x))).slice([0, shape.target], [1, 1]).sum());

  const forward = () => {
    const result = tf.tidy(() => {
      const directions = states(x);
      return logits(shape.kind === "characters" ? tf.concat(directions[0]) : last(directions));
    });
    const data = result.dataSync();
    result.dispose();
    return data;
  };
  const gradient = () => {
    const result = tf.tidy(() => slope(x));
    const data = result.dataSync();
    result.dispose();
    return data;
  };
  const norms = (data) => Array.from({ length: steps }, (_, t) => Math.hypot(...data.subarray(t * features, (t + 1) * features)));
  const answer = async (work) => (work === "forward" ? Array.from(forward().slice(-classes)) : norms(gradient()));
  return { works: { forward, gradient }, answer };
}
