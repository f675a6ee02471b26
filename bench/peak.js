// The most f32 arithmetic that this engine does on one thread: 128-bit vectors, one multiplication and one addition
// at a time (WebAssembly has no fused pair), in registers only. A module of one loop, written byte by byte.

const CHAINS = [8, 10, 12]; // independent sums in flight: enough to hide latency, few enough for sixteen registers
const ROUNDS = 1 << 20;

const unsigned = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)]);
const signed = (n) => (n >= -64 && n < 64 ? [n & 127] : [(n & 127) | 128, ...signed(n >> 7)]);
const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
const section = (id, bytes) => [id, ...sized(bytes)];
const f32 = (x) => [0x43, ...new Uint8Array(new Float32Array([x]).buffer)];

const I32 = 0x7f, F32 = 0x7d, V128 = 0x7b;
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const tee = (local) => [0x22, local];
const splat = [0xfd, 0x13], add = [0xfd, 0xe4, 0x01], multiply = [0xfd, 0xe6, 0x01], firstLane = [0xfd, 0x1f, 0];

/** run(rounds): each round does sum ← sum · m + a on `chains` vectors of four. */
function module(chains) {
  const [rounds, m, a, first] = [0, 1, 2, 3];
  const sums = Array.from({ length: chains }, (_, k) => first + k);
  const code = [
    ...f32(0.999), ...splat, ...set(m),
    ...f32(0.001), ...splat, ...set(a),
    ...sums.flatMap((sum, k) => [...f32(1 + k / 16), ...splat, ...set(sum)]),
    0x03, 0x40, // loop
    ...sums.flatMap((sum) => [...get(sum), ...get(m), ...multiply, ...get(a), ...add, ...set(sum)]),
    ...get(rounds), 0x41, ...signed(-1), 0x6a, ...tee(rounds), // rounds − 1
    0x0d, 0, 0x0b, // again unless zero; end
    ...get(first), ...sums.slice(1).flatMap((sum) => [...get(sum), ...add]), ...firstLane,
    0x0b,
  ];
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, I32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...sized([...new TextEncoder().encode("run")]), 0, 0]),
    ...section(10, [1, ...sized([1, ...unsigned(2 + chains), V128, ...code])]),
  ]);
}

/** A function that measures once (two milliseconds or so) and answers in GFLOP/s. */
export async function peak() {
  const candidates = [];
  for (const chains of CHAINS) {
    const { instance } = await WebAssembly.instantiate(module(chains));
    const gflops = () => {
      const start = performance.now();
      instance.exports.run(ROUNDS);
      return (ROUNDS * chains * 8) / ((performance.now() - start) * 1e6);
    };
    for (let k = 0; k < 5; k++) gflops(); // until the engine has optimised it
    candidates.push({ gflops, best: Math.max(...Array.from({ length: 10 }, gflops)) });
  }
  return candidates.reduce((a, b) => (b.best > a.best ? b : a)).gflops;
}
