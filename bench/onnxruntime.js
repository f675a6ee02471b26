// onnxruntime-web, WebAssembly with SIMD on one thread. It computes logits, and records nothing.
import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";

export async function start() {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("node_modules/onnxruntime-web/dist/", import.meta.url).href;
  return ort.env.versions.web ?? ort.env.versions.common;
}

export async function open(name, shape, bytes) {
  const session = await ort.InferenceSession.create(await bytes("onnx"), { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  const values = new Float32Array((await bytes("x.f32")).buffer);
  const forward = async () => {
    const x = new ort.Tensor("float32", values, [shape.steps, 1, shape.features]);
    return (await session.run({ x })).logits.data;
  };
  return { works: { forward }, answer: async () => Array.from((await forward()).slice(-shape.classes)) };
}
