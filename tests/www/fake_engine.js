/**
 * Stands in for pkg/rnnscope.js while the page is developed and in tests of the page's own behaviour: the same names,
 * plausible numbers, slow on request, and a trap that is one. Never shipped: `fake_server.mjs` puts it in pkg's place.
 */
export * from "./fake_pencil.js";

export default async function init() {}

class Refusal extends Error {
  constructor(code, place, message, remedy) {
    super(message);
    Object.assign(this, { code, place, remedy });
  }
}

/** Numbers that look like something: smooth, repeatable. */
const noise = (a, b = 0, c = 0) => {
  const x = Math.sin(a * 12.9898 + b * 78.233 + c * 37.719) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
};
const smooth = (t, k, c = 0) => 0.6 * Math.sin(t * (0.15 + 0.25 * Math.abs(noise(k, 1, c))) + 6 * noise(k, 2, c)) + 0.4 * noise(t, k, c);
const WEIGHTS = { fun: 2.1, tedious: -2.6, good: 1.8, bad: -2, not: -1.1, but: -0.6, laughs: 0.9, best: 1.6, comedy: 0.7 };
const visible = (text) => ({ " ": "␣", "\n": "⏎", "\t": "⇥" })[text] ?? text;
const QUANTITIES = [
  ["input_gate", "input gate i", 0], ["forget_gate", "forget gate f", 0], ["cell_candidate", "cell candidate g", -1], ["output_gate", "output gate o", 0],
  ["cell_state", "cell state c", NaN], ["cell_tanh", "tanh c", -1], ["hidden_state", "hidden state h", -1],
].map(([id, label, low]) => ({ id, label, low, high: Number.isNaN(low) ? NaN : 1, signed: low !== 0 }));
const METHODS = [
  { id: "integrated-gradients", label: "Integrated gradients", question: "On the way from the baseline to the input, how much of the score did each part bring?", formula: "φ = (x − x′) ⊙ ∫₀¹ ∂F/∂x (x′ + α (x − x′)) dα", caveat: "It depends on the baseline.", cost: "one forward and one backward pass a step", signed: true, completes: true, uses_baseline: true, available: true, reason: "", family: "Gradients", params: [
    { id: "rule", label: "Rule", help: "How the integral is sampled.", kind: "choice", low: 0, high: 0, step: 0, log: false, choices: [{ id: "gauss-legendre", label: "Gauss–Legendre" }, { id: "midpoint", label: "midpoints" }], default: "gauss-legendre" },
    { id: "steps", label: "Steps at first", help: "Points on the straight way from baseline to input.", kind: "number", low: 1, high: 1000, step: 1, log: true, choices: [], default: 20 },
    { id: "tolerance", label: "Tolerance", help: "Steps are added until the gap is below this share of the score difference.", kind: "number", low: 0, high: 0.5, step: 0.0001, log: true, choices: [], default: 0.01 },
  ] },
  { id: "gradient", label: "Gradient", question: "How strongly does the score react to a small change?", formula: "∂F/∂x", caveat: "It says nothing of large changes.", cost: "one forward and one backward pass", signed: false, completes: false, uses_baseline: false, available: true, reason: "", family: "Gradients", params: [] },
  { id: "slow", label: "Slow method (fake)", question: "What does a long computation look like?", formula: "φ = …", caveat: "", cost: "many passes", signed: true, completes: true, uses_baseline: true, available: true, reason: "", family: "Shapley values", params: [] },
  { id: "additive", label: "Additive (fake)", question: "What did each step leave in the score?", formula: "φ_t = …", caveat: "", cost: "one pass", signed: true, completes: true, uses_baseline: false, available: true, reason: "", family: "Decomposition", params: [
    { id: "parse", label: "Brackets", help: "The text again, with a pair of brackets around every phrase.", kind: "text", placeholder: "((the fight) (scenes are fun))", low: 0, high: 0, step: 0, log: false, choices: [], default: "" },
  ] },
  { id: "sampled", label: "Sampled (fake)", question: "What does each part bring on average?", formula: "φ = E[…]", caveat: "It is sampled.", cost: "many passes", signed: true, completes: true, uses_baseline: false, uses_background: true, available: true, reason: "", family: "Shapley values", params: [] },
  { id: "elsewhere", label: "Elsewhere (fake)", question: "", formula: "", caveat: "", cost: "", signed: true, completes: true, uses_baseline: true, available: false, reason: "It needs attention; choose a model that has it.", family: "Propagation", params: [] },
];
const LOOKS = [
  { id: "gates", label: "gates (fake)", question: "What did each factor do?", formula: "y = a ⊙ b", note: "Steps must not be added.", apart: true },
  { id: "output", label: "outputs (fake)", question: "What went through each unit?", formula: "Cond = ∫ …", note: "They add up.", apart: false },
];
const METRICS = [
  { id: "deletion", label: "Deletion (fake)", question: "Does the score fall when the largest bars are taken away?", formula: "∑ …", caveat: "What is taken away leaves an input that nobody wrote.", cost: "one pass a step", available: true, reason: "", params: [
    { id: "draws", label: "Random orders", help: "Orders drawn by chance.", kind: "number", low: 1, high: 100, step: 1, log: false, choices: [], default: 20 },
  ] },
  { id: "slow-metric", label: "Slow metric (fake)", question: "How long does it take?", formula: "…", caveat: "", cost: "many passes", available: true, reason: "", params: [] },
  { id: "other", label: "Unavailable metric (fake)", question: "", formula: "", caveat: "", cost: "", available: false, reason: "It needs another model.", params: [] },
];


/** A file on its way into memory. */
export class Upload {
  constructor(size) {
    this.bytes = new Uint8Array(size);
    this.taken = 0;
  }
  push(piece) {
    this.bytes.set(piece, this.taken);
    this.taken += piece.length;
  }
  free() {}
}

/** A file on its way to a session; its units take no time. */
export class Opening {
  static reads() {
    return true;
  }
  static begin({ bytes }) {
    return Object.assign(new Opening(), { session: Session.open(bytes) });
  }
  advance() {
    return { done: true, fraction: 1, note: "", units_left: 0 };
  }
  finish() {
    return this.session;
  }
}

export class Session {
  static open(bytes) {
    const length = bytes.length > 8 ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) : 0;
    let meta;
    try {
      meta = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))).__metadata__;
    } catch {
      throw new Refusal("bad-file", "bytes 0–8", "byte 0: no safetensors header", "Export the model as .safetensors.");
    }
    if (!meta) throw new Refusal("bad-file", "header", "the header has no metadata", "Export the model with metadata.");
    return new Session(JSON.parse(meta.rnnscope ?? Object.values(meta).find((text) => text.startsWith("{")) ?? "{}"), bytes.length);
  }
  constructor(meta, size) {
    this.kind = meta.input?.kind ?? "words";
    this.task = meta.task ?? "classification";
    this.size = size;
    this.meta = meta;
    this.stepName = { characters: "character", words: "word", series: "hour" }[this.kind];
    this.classes = this.kind === "characters" ? (meta.vocab ?? [..."\n abcdefghijklmnopqrstuvwxyz"]).map(visible) : meta.classes ?? ["negative", "positive"];
    this.hidden = this.kind === "series" ? 64 : 96;
  }
  free() {}
  card() {
    const directions = /bidirectional/i.test(this.meta.title ?? "") ? 2 : 1;
    return { name: this.meta.name ?? "model", title: this.meta.title ?? "A model", task: this.kind === "characters" ? "language-model" : this.task, input_kind: this.kind, step_name: this.stepName,
      rows: [["trained with", "PyTorch 2"], ["test accuracy", "0.8"]], layers: [{ name: "layer 1", cell: "LSTM", equations: "i, f, o = σ(W x + b + U h + b′)", hidden: this.hidden, input: 64, directions, parameters: 61824, tensors: [["rnn.weight_ih_l0", [384, 64]], ["rnn.weight_hh_l0", [384, 96]]] }],
      classes: this.classes, vocab_size: this.kind === "series" ? 0 : 9000, vocab: this.kind === "characters" ? this.classes : [], features: this.kind === "series" ? this.features() : [], parameters: 628546, bytes_per_step: 4 * 7 * this.hidden, examples: this.meta.examples?.length ?? 0, notes: this.meta.notes ?? [], beginning: "", parts: [], unread: [], weights_hash: this.meta.sha256_of_weights ?? "" };
  }
  features() {
    const names = this.series?.variables ?? ["HR", "Temp"];
    return names.map((name) => ({ name, unit: "", role: "value", variable: name }));
  }
  controls_changed() {
    return true;
  }

  controls() {
    const target = { readout: this.classes.length === 2 ? "difference" : "logit", class: Math.min(1, this.classes.length - 1), versus: 0, step: -1, layer: 0, direction: 0, unit: 0 };
    return { readouts: [{ id: "logit", label: "logit", unit: "logits", needs: ["class"], warning: "" }, { id: "difference", label: "logit minus another logit", unit: "logits", needs: ["class", "versus"], warning: "" }, { id: "probability", label: "probability", unit: "probability", needs: ["class"], warning: "A probability saturates: a logit shows more." }, { id: "hidden", label: "hidden unit", unit: "activation", needs: ["unit"], warning: "" }],
      classes: this.classes, steps: this.kind === "characters" ? "any" : "last", methods: METHODS, metrics: METRICS,
      baselines: [{ id: "zeros", label: "zeros", about: "every input vector is zero: no token at all", available: true }, { id: "mean", label: "mean", about: "every step is the mean vector", available: true }, { id: "carry-forward", label: "last value carried forward", about: "", available: this.kind === "series" }, { id: "sample", label: "another sample", about: "another text, cut or padded", available: true }],
      quantities: [QUANTITIES], looks: LOOKS, layers: [{ label: "layer 1 · LSTM", hidden: this.hidden, directions: 1 }],
      default: { method: METHODS[0].id, params: {}, target, baseline: { id: "zeros", sample: null }, precision: "f32" } };
  }
  read_text(text) {
    if (text.trim() === "") throw new Refusal("bad-request", "text", "text must be at least one token; it is empty", "Type something.");
    if (text.includes("trap!")) throw new WebAssembly.RuntimeError("unreachable");
    if (this.kind === "characters") this.tokens = [...text].map((label) => ({ label, before: "", unknown: label > "~" }));
    else {
      this.tokens = [];
      let end = 0;
      for (const { 0: label, index } of text.matchAll(/[\w']+|[^\w\s]/g)) {
        this.tokens.push({ label, before: text.slice(end, index), unknown: /q[^u]/.test(label) });
        end = index + label.length;
      }
    }
    this.series = null;
    return this.input();
  }
  read_series(text) {
    const lines = text.trim().split("\n");
    const fixed = lines.filter((line) => line.startsWith("#")).map((line) => line.slice(1).trim().split("=")).map(([name, value]) => [name, Number(value)]);
    const [head, ...rows] = lines.filter((line) => !line.startsWith("#")).map((line) => line.split(","));
    if (!/hour/i.test(head[0])) throw new Refusal("bad-file", "line 1", "line 1: the first column is not “hour”", "Give the file a header like hour,HR,Temp.");
    const variables = head.slice(1);
    const values = new Float32Array(variables.length * rows.length).map((_, k) => {
      const cell = rows[k % rows.length][1 + Math.floor(k / rows.length)];
      return cell === undefined || cell === "" ? NaN : Number(cell);
    });
    this.series = { variables, units: variables.map((name) => ({ HR: "bpm", Temp: "°C", MAP: "mmHg" })[name] ?? ""), hours: rows.map(([hour]) => hour), values, fixed };
    this.tokens = rows.map(([hour]) => ({ label: hour, before: "", unknown: false }));
    return this.input();
  }
  set_value(variable, hour, value) {
    this.series.values[variable * this.tokens.length + hour] = value;
    return this.input();
  }
  input() {
    const unknown = this.tokens.filter(({ unknown }) => unknown).length;
    const series = this.series && { ...this.series, values: this.series.values.slice(), measured: this.series.values.map((v) => (Number.isNaN(v) ? 0 : 1)) };
    return { kind: this.kind, n_steps: this.tokens.length, tokens: this.series ? [] : this.tokens, n_unknown: unknown, labels: this.labels(), trace_bytes: this.tokens.length * 4 * 7 * this.hidden, series, warnings: unknown ? [`${unknown} word${unknown > 1 ? "s are" : " is"} unknown to the model`] : [] };
  }
  labels() {
    return this.tokens.map(({ label }) => visible(label));
  }
  start_trace() {
    this.job = { left: 2, total: 2, cost: 0 };
  }
  start_attribution(request) {
    const method = METHODS.find(({ id }) => id === request.method);
    if (!method) throw new Refusal("bad-request", "method", "no such method", "Choose another.");
    this.request = request;
    const total = method.id === "slow" ? 3000 : Math.min(60, this.tokens.length);
    this.job = { left: total, total, cost: method.id === "slow" ? 2 : 0.2 };
  }
  start_measurement({ metric, params }) {
    if (!METRICS.some(({ id }) => id === metric)) throw new Refusal("bad-request", "metric", "no such metric", "Choose another.");
    this.judging = { metric, params };
    const total = metric === "slow-metric" ? 30_000 : 30;
    this.job = { left: total, total, cost: metric === "slow-metric" ? 2 : 0.2 };
  }
  measurement() {
    const metric = METRICS.find(({ id }) => id === this.judging.metric);
    const n = Math.min(40, this.tokens.length) + 1;
    const x = Float32Array.from({ length: 3 * n }, (_, k) => (k % n) / (n - 1));
    const y = x.map((at, k) => [2 * (1 - at) ** 3 - 0.5, 2 - 2.5 * (1 - at) ** 3, 2 - 2.2 * at][Math.floor(k / n)]);
    const band = (sign) => y.map((v, k) => (k < 2 * n ? NaN : v + sign * (0.05 + 0.6 * x[k] * (1 - x[k]))));
    return { label: metric.label, verdict: "The score falls faster than by chance: the largest bars matter.", note: "20 random orders, seed 1; what is taken away becomes the baseline.", numbers: [{ label: "area, largest first", value: 0.41, spread: null, note: "smaller is better" }, { label: "area, at random", value: 1.02, spread: 0.11, note: "" }, { label: "not defined", value: NaN, spread: null, note: "" }],
      curves: { kind: "curves", title: metric.label, x_label: `share of ${this.stepName}s taken away`, y_label: "logit", series: ["largest first", "smallest first", "at random"], counts: [n, n, n], x, y, low: band(-1), high: band(1) } };
  }
  drop_answers() {
    this.kept = [];
    this.referee = null;
  }
  keep_answer(label) {
    const { unit, score, baseline_score, gap, gap_percent, converged, forward_passes, backward_passes, bars } = this.attribution();
    this.kept.push({ label, unit, score, baseline_score, gap, gap_percent, converged, forward_passes, backward_passes, bars });
  }
  compare() {
    const rows = this.kept.map((row) => ({ ...row, bars: { ...row.bars, values: row.bars.values.slice(), errors: row.bars.errors.slice(), disputed: new Float32Array() } }));
    const n = rows.length;
    const square = (f) => Float32Array.from({ length: n * n }, (_, k) => f(Math.floor(k / n), k % n));
    if (n < 2) return { rows, referee: null, agreement: null, disputed: null, ribbon: null };
    const over = (pick) => Float32Array.from(this.tokens, (_, t) => pick(...rows.map(({ bars }, k) => bars.values[t] + 0.1 * noise(t, k))));
    const [low, high] = [over(Math.min), over(Math.max)];
    const referee = this.referee ? { label: this.referee, groups: 4, k: 2, verdict: `Closest to ${this.referee}: ${rows[0].label}, 3 % away after scaling.`, rows: rows.map(({ label }, k) => ({ label, spearman: k ? 0.5 : null, sign: 0.75, top: 1, scaled: 0.03 * k })) } : null;
    return { rows, referee, agreement: { labels: rows.map(({ label }) => label), k: 5, verdict: "The methods agree on most bars.", about: "In dispute: by sign or by rank.", spearman: square((r, c) => (r === c ? 1 : noise(r + c, 5))), sign: square((r, c) => (r === c ? 1 : 0.8)), top: square((r, c) => (r === c ? 1 : Math.abs(noise(r + c, 8)))) },
      disputed: Float32Array.from(this.tokens, (_, t) => (t % 4 === 1 ? 1 : 0)), ribbon: { verdict: "1 bar changes its sign.", low, high, mean: over((...v) => v.reduce((a, b) => a + b) / v.length), flips: low.map((v, t) => (v < 0 && high[t] > 0 ? 1 : 0)) } };
  }
  span_score(from, to) {
    if (this.request.method === "gradient") throw new Refusal("bad-request", "span", "span must be of a method whose scores can be added", "Choose another method.");
    return { score: this.scores().slice(from, to).reduce((a, b) => a + b, 0), exact: true, note: "the sum of its steps" };
  }
  ledger_view({ unit }) {
    const n = this.tokens.length;
    const streams = Math.min(12, n);
    const share = (s, t) => (t < s ? 0 : 0.7 * noise(s, unit, 4) * 0.85 ** (t - s));
    const values = Float32Array.from({ length: streams * n }, (_, k) => share(Math.floor(k / n), k % n));
    return { kind: "river", title: `Cell state c of unit ${unit}`, x_label: this.stepName, y_label: "cell state", x_labels: this.labels(), series: this.labels().slice(0, streams).map((label, s) => `${label} (${s + 1})`), others: false, values, total: Float32Array.from({ length: n }, (_, t) => Array.from({ length: streams }, (_, s) => share(s, t)).reduce((a, b) => a + b, 0)) };
  }
  reasons({ share, mass, marked }) {
    if (!["absolute", "positive", "negative"].includes(mass)) throw new Refusal("bad-request", "mass", "mass must be absolute, positive or negative", "");
    const { bars, unit } = this.attribution();
    const size = (v) => Math.max(0, mass === "absolute" ? Math.abs(v) : mass === "positive" ? v : -v);
    const parts = this.tokens.map(({ label }, t) => ({ label, value: bars.values[t] }));
    const total = parts.reduce((sum, { value }) => sum + size(value), 0);
    const chosen = [];
    let held = 0;
    for (const k of parts.map((_, k) => k).sort((a, b) => size(parts[b].value) - size(parts[a].value))) {
      if (held >= share * total || size(parts[k].value) === 0) break;
      chosen.push(k);
      held += size(parts[k].value);
    }
    return { kind: this.stepName, unit, parts, chosen, reached: total ? held / total : 0, plausibility: marked.length && marked.length < parts.length ? { auprc: 0.75, chance: marked.length / parts.length, iou: 0.5 } : null };
  }
  referee_request() {
    return { label: "exact values (fake)", request: { ...this.request, method: "additive", params: {} } };
  }
  keep_referee(label) {
    this.referee = label;
  }
  start_inside(request) {
    const look = LOOKS.find(({ id }) => id === request.look);
    if (!look) throw new Refusal("bad-request", "look", "look must be one of gates, output", "");
    this.looked = { request, look };
    this.job = { left: 4, total: 4, cost: 20 };
  }
  inside(factor) {
    if (!this.looked) throw new Refusal("bad-request", "inside", "inside must be asked for after it was looked at", "");
    const { look, request: { layer, direction } } = this.looked;
    const factors = look.apart ? QUANTITIES.slice(0, 4).map(({ id, label }) => ({ id, label, product: "i ⊙ g", into: "cell state c" })) : [];
    const n = this.tokens.length;
    const rows = look.apart && !factor ? factors.map(({ label }) => label) : Array.from({ length: this.hidden }, (_, k) => String(k));
    return { look, layer, direction, factors, factor, unit: "logits", score: 2, baseline_score: 0.5, total: look.apart ? null : 1.5, gap: 1e-7, converged: true,
      heatmap: { kind: "heatmap", title: `${factor || look.label} of layer ${layer + 1}`, x_label: this.stepName, y_label: look.apart && !factor ? "factor" : "unit", col_labels: this.labels(), row_labels: rows, unit: "logits", signed: true, limit: 1, values: Float32Array.from({ length: rows.length * n }, (_, k) => smooth(k % n, Math.floor(k / n))), filled: new Float32Array() } };
  }
  word_units(step) {
    const labels = Array.from({ length: 12 }, (_, k) => `unit ${3 * k}`);
    return { kind: "bars", title: `Units behind the score of step ${step + 1}`, x_label: "feature", unit: "logits", labels, signed: true, limit: 1, remainder: [], gap: null, values: Float32Array.from(labels, (_, k) => noise(k, step) / (k + 1)), errors: new Float32Array(), disputed: new Float32Array() };
  }
  gates_view({ layer, direction, which }) {
    const columns = which === "recurrent" ? this.hidden : 64;
    const block = (gate, g) => ({ gate, rows: this.hidden, columns, frobenius: 9.5 + g, largest: 0.9, spectral: g === 3 ? null : 3.25, bias: g === 1 ? 1 : 0,
      heatmap: { kind: "heatmap", title: `${gate}: ${which} weights`, x_label: which === "recurrent" ? "unit before" : "input", y_label: "unit", col_labels: Array.from({ length: columns }, (_, k) => String(k)), row_labels: Array.from({ length: this.hidden }, (_, k) => String(k)), unit: "", signed: true, limit: 1, values: Float32Array.from({ length: this.hidden * columns }, (_, k) => noise(k, g, layer + direction) ** 3), filled: new Float32Array() } });
    return { title: `${which} weights of layer ${layer + 1}`, equations: "i, f, o = σ(W x + b + U h + b′)", blocks: ["input", "forget", "candidate", "output"].map(block) };
  }
  phrases(scores, title, unit) {
    const spans = [];
    (function grow(from, to, level) {
      spans.push([from, to, level]);
      if (to - from < 2) return;
      const middle = from + Math.ceil((to - from) / 2);
      grow(from, middle, level + 1);
      grow(middle, to, level + 1);
    })(0, scores.length, 0);
    const sums = spans.map(([from, to]) => scores.slice(from, to).reduce((a, b) => a + b, 0));
    const row = (k) => Float32Array.from(spans, (span) => span[k]);
    return { kind: "hierarchy", title: `Phrases · ${title}`, x_label: this.stepName, unit, labels: this.labels(), limit: Math.max(...sums.map(Math.abs)), from: row(0), to: row(1), level: row(2), scores: Float32Array.from(sums), errors: new Float32Array() };
  }
  advance_for(milliseconds) {
    const end = performance.now() + milliseconds;
    do {
      const unit = performance.now() + this.job.cost;
      while (performance.now() < unit);
      this.job.left -= 1;
    } while (this.job.left > 0 && performance.now() < end);
    const done = this.job.left <= 0;
    return { done, fraction: done ? 1 : 1 - this.job.left / this.job.total, note: "", units_left: Math.max(0, this.job.left) };
  }
  cancel() {
    this.job = null;
  }
  advance_parity_for() {
    const examples = this.meta.examples ?? [];
    this.proved = Math.min(examples.length, (this.proved ?? 0) + 1);
    return { done: this.proved >= examples.length, fraction: this.proved / Math.max(1, examples.length), note: "", units_left: 0 };
  }
  /** A file called “swapped” departs. */
  parity() {
    const examples = this.meta.examples ?? [];
    const passes = this.meta.title !== "swapped";
    const row = (label, good, bad) => ({ label, f32: passes ? good : bad, f64: passes ? good * 1e-9 : bad, allowed_f32: 1e-4, allowed_f64: 1e-9, passes });
    const place = { example: "example 1", label: "layer 1, cell state c", layer: 0, direction: 0, step: 1, unit: 4, precision: "f64", ours: 0.1, theirs: 0.2, sentence: "layer 1, cell state c departs at step 2 of 3, unit 4: 0.1 instead of 0.2 (f64)." };
    return { examples: examples.length, steps: examples.reduce((sum, { steps }) => sum + steps, 0), exact: true, passes, rows: [row("layer 1, cell state c", 3e-8, 0.25), row("layer 1, hidden state h", 2e-8, 0.12), row("logits", 1e-8, 0.3)], place: passes ? null : place };
  }
  prediction(step) {
    if (this.kind === "characters") {
      const next = this.tokens[step + 1]?.label;
      const classes = this.guess(step);
      return { step, label: this.labels()[step], classes, target_probability: next ? 0.2 : null, loss_nats: next ? 1.6 : null };
    }
    const score = this.scores().reduce((sum, v) => sum + v, 0);
    const p = 1 / (1 + Math.exp(-score));
    if (this.classes.length === 1) return { step, label: "", classes: [{ label: this.classes[0], class: 0, probability: p, logit: score }] };
    const classes = this.classes.map((label, c) => ({ label, class: c, probability: c ? p : 1 - p, logit: c ? score : 0 }));
    return { step, label: "", classes: classes.sort((a, b) => b.probability - a.probability), target_probability: null, loss_nats: null };
  }
  guess(step) {
    const next = visible(this.tokens[step + 1]?.label ?? "e");
    const order = [...new Set([Math.abs(noise(step)) > 0.4 ? next : "e", "e", "␣", "t", "a", next, "h", "n"])].slice(0, 8);
    const weights = order.map((_, k) => Math.exp(-k * (0.5 + Math.abs(noise(step, 7)) * 2)));
    const sum = weights.reduce((a, b) => a + b);
    return order.map((label, k) => ({ label, class: this.classes.indexOf(label), probability: weights[k] / sum, logit: Math.log(weights[k]) }));
  }
  predictions_strip() {
    const n = this.tokens.length;
    const all = Array.from({ length: n }, (_, t) => this.guess(t).slice(0, 5));
    return { n, top: 5, labels: all.flatMap((top) => top.map(({ label }) => label)), probability: Float32Array.from(all.flatMap((top) => top.map(({ probability }) => probability))), truth: new Float32Array(n).fill(0.2), mean_nats: 1.6, accuracy: 0.5 };
  }
  scores() {
    return this.tokens.map(({ label }, t) => WEIGHTS[label.toLowerCase()] ?? 0.35 * noise(t, label.charCodeAt(0)));
  }
  at(quantity, unit, t) {
    const q = QUANTITIES.find(({ id }) => id === quantity) ?? QUANTITIES.at(-1);
    const value = smooth(t, unit, QUANTITIES.indexOf(q));
    return q.low === 0 ? 1 / (1 + Math.exp(-3 * value)) : Number.isNaN(q.low) ? 2 * value : Math.tanh(1.5 * value);
  }
  text_view({ quantity, unit }) {
    const q = QUANTITIES.find(({ id }) => id === quantity) ?? QUANTITIES.at(-1);
    return { kind: "text", title: `${q.label}, unit ${unit} of layer 1`, x_label: this.stepName, tokens: this.tokens, unit: "", signed: q.signed, limit: Number.isNaN(q.low) ? 2 : 1, values: Float32Array.from(this.tokens, (_, t) => this.at(quantity, unit, t)) };
  }
  lines_view({ unit }) {
    const n = this.tokens.length;
    return { kind: "lines", title: `Unit ${unit} of layer 1`, x_label: this.stepName, y_label: "activation", x_labels: this.labels(), series: QUANTITIES.map(({ label }) => label), low: -2, high: 2, values: Float32Array.from({ length: 7 * n }, (_, k) => this.at(QUANTITIES[Math.floor(k / n)].id, unit, k % n)) };
  }
  heatmap_view({ quantity, order }) {
    const n = this.tokens.length;
    const q = QUANTITIES.find(({ id }) => id === quantity) ?? QUANTITIES.at(-1);
    const rows = Array.from({ length: this.hidden }, (_, k) => k);
    if (order !== "index") rows.sort((a, b) => noise(a, 2, QUANTITIES.indexOf(q)) - noise(b, 2, QUANTITIES.indexOf(q)));
    return { kind: "heatmap", title: `${q.label} of layer 1`, x_label: this.stepName, y_label: "unit", col_labels: this.labels(), row_labels: rows.map(String), unit: "", signed: q.signed, limit: 1, values: Float32Array.from({ length: rows.length * n }, (_, k) => this.at(quantity, rows[Math.floor(k / n)], k % n)), filled: new Float32Array() };
  }
  value(selection, step) {
    return this.at(selection.quantity, selection.unit, step);
  }
  attribution() {
    const method = METHODS.find(({ id }) => id === this.request.method);
    const share = this.job && this.job.left > 0 ? 1 - this.job.left / this.job.total : 1;
    const scores = this.scores().map((v) => share * (method.signed ? v : Math.abs(v)));
    const total = scores.reduce((a, b) => a + b, 0);
    const gap = method.completes ? 0.004 * total + (1 - share) * total : null;
    const values = Float32Array.from(scores);
    const limit = Math.max(1e-9, ...scores.map(Math.abs));
    const label = `logit of “${this.classes[this.request.target.class]}”`;
    const title = `${method.label} · ${label}`;
    const unit = "logits";
    const additive = method.id === "additive";
    const remainder = additive ? [["bias", 0.2], ["initial state", -0.1]] : [];
    const errors = method.id === "sampled" ? values.map((v, t) => 0.05 + 0.1 * Math.abs(noise(t, 9))) : new Float32Array();
    const bars = { kind: "bars", title, x_label: this.stepName, unit, labels: this.labels(), signed: method.signed, limit, remainder, gap, values, errors, disputed: new Float32Array() };
    const parts = additive ? ["forward", "backward"].map((label, k) => ({ label, bars: { ...bars, remainder: [], gap: null, title: `${title}, ${label}`, values: values.map((v) => v * (k ? 0.3 : 0.7)), errors: new Float32Array(), disputed: new Float32Array() } })) : [];
    const hierarchy = additive ? this.phrases(scores, title, unit) : null;
    const order = scores.map((v, k) => k).sort((a, b) => Math.abs(scores[b]) - Math.abs(scores[a])).slice(0, 12);
    const rest = total - order.reduce((sum, k) => sum + scores[k], 0);
    const waterfall = gap === null ? null : { kind: "waterfall", title, unit, target: label, baseline: "zeros", start: 0.3, end: 0.3 + total + gap, labels: [...order.map((k) => `${this.labels()[k]} (${k + 1})`), `${Math.max(0, scores.length - 12)} others`], remainder, gap, values: Float32Array.from([...order.map((k) => scores[k]), rest]) };
    let heatmap = null;
    let features = null;
    if (this.series) {
      const names = this.series.variables;
      const n = this.tokens.length;
      const at = (v, t) => noise(v, 3) ** 3 * smooth(t, v);
      heatmap = { kind: "heatmap", title, x_label: "hour", y_label: "feature", col_labels: this.labels(), row_labels: names, unit, signed: true, limit: 1, values: Float32Array.from({ length: names.length * n }, (_, k) => at(Math.floor(k / n), k % n)), filled: this.series.values.map((v) => (Number.isNaN(v) ? 1 : 0)) };
      features = { kind: "bars", title, x_label: "feature", unit, labels: names.slice(0, 16), signed: true, limit: 6, remainder, gap, values: Float32Array.from(names.slice(0, 16), (_, v) => 8 * noise(v, 3) ** 3), errors: new Float32Array(), disputed: new Float32Array() };
    }
    const text = this.series ? null : { kind: "text", title, x_label: this.stepName, tokens: this.tokens, unit, signed: method.signed, limit, values: values.slice() };
    return { method: method.label, target: label, baseline: "zeros", unit, score_unit: "logits", score: 0.3 + total + (gap ?? 0), baseline_score: 0.3, gap, gap_percent: gap === null ? null : (100 * gap) / (total + gap), completes: method.completes, signed: method.signed, forward_passes: 40, backward_passes: 40, converged: share === 1, note: "", settings: [...method.params.map(({ id, label, default: value }) => [label, String(this.request.params[id] ?? value)]), ["precision", this.request.precision]], family: method.family, remainder, parts, hierarchy, background: (this.request.background ?? []).length, bars, text, heatmap, features, waterfall };
  }
  baseline_view() {
    return { kind: "heatmap", title: "Baseline: zeros", x_label: this.stepName, y_label: "input", col_labels: this.labels(), row_labels: Array.from({ length: 24 }, (_, k) => `dimension ${k}`), unit: "", signed: true, limit: 1, values: new Float32Array(24 * this.tokens.length), filled: new Float32Array() };
  }
  panic_now() {
    throw new WebAssembly.RuntimeError("unreachable");
  }
}
