// What crosses between the wasm module, the worker and the page. Shapes are row-major.

export interface Param {
  id: string; label: string; help: string; kind: "number" | "choice" | "text";
  low: number; high: number; step: number; log: boolean;
  choices: { id: string; label: string }[];
  /** Of a text: what to write. */
  placeholder: string;
  default: number | string;
}

export interface Method {
  id: string; label: string; question: string; formula: string; caveat: string; cost: string;
  signed: boolean; completes: boolean; kind: string; uses_baseline: boolean; uses_background: boolean;
  /** Heading under which it stands in menus. */
  family: string;
  params: Param[]; available: boolean; reason: string;
}

/** A way to judge an answer. */
export interface Metric {
  id: string; label: string; question: string; formula: string; caveat: string; cost: string;
  params: Param[]; available: boolean; reason: string;
}

export interface Target {
  readout: string; class: number; versus: number; step: number; layer: number; direction: number; unit: number;
}

export interface Request {
  method: string;
  params: Record<string, number | string>;
  target: Target;
  baseline: { id: string; sample?: string | null };
  /** Texts or tables of other samples, for methods that compare with several. */
  background?: string[];
  precision: string;
}

export interface Quantity { id: string; label: string; low: number; high: number; signed: boolean }

export interface Controls {
  /** Menus of another number are others. */
  serial: number;
  readouts: { id: string; label: string; unit: string; needs: string[]; warning: string }[];
  classes: string[];
  steps: "last" | "any";
  methods: Method[];
  metrics: Metric[];
  baselines: { id: string; label: string; about: string; available: boolean }[];
  quantities: Quantity[][];
  layers: { label: string; hidden: number; directions: number }[];
  looks: Look[];
  default: Request;
}

export interface Card {
  name: string; title: string; task: string; input_kind: "characters" | "words" | "series"; step_name: string;
  rows: [string, string][];
  layers: { name: string; cell: string; equations: string; hidden: number; input: number; directions: number; parameters: number; tensors: [string, number[]][] }[];
  classes: string[]; vocab_size: number; vocab: string[];
  features: { name: string; unit: string; role: string; variable: string }[];
  parameters: number; bytes_per_step: number;
  /** Word vectors, attention, read-out. */
  parts: { name: string; about: string; parameters: number; tensors: [string, number[]][] }[];
  /** Tensors of the file that nothing reads. */
  unread: [string, number[]][];
  /** SHA-256 of the bytes after the header, as the file says; empty if it does not. */
  weights_hash: string;
  /** Inputs with the framework's own answers that the file holds. */
  examples: number;
  /** Something to read first where there is no sample; may be empty. */
  beginning: string;
  /** What the reader or the exporter left open, in sentences. */
  notes: string[];
}

/** How far the network is from the framework's own answers; differences are shares of the largest value. */
export interface Parity {
  examples: number; steps: number; exact: boolean; passes: boolean;
  rows: { label: string; f32: number | null; f64: number | null; allowed_f32: number; allowed_f64: number; passes: boolean }[];
  place: { example: string; label: string; layer: number | null; direction: number; step: number; unit: number; precision: string; ours: number; theirs: number; sentence: string } | null;
}

export interface Token { label: string; before: string; unknown: boolean }

export interface Series {
  variables: string[]; units: string[]; hours: string[];
  values: Float32Array; measured: Float32Array;
  fixed: [string, number][];
}

export interface Input {
  kind: "characters" | "words" | "series";
  n_steps: number; tokens: Token[]; n_unknown: number; labels: string[];
  trace_bytes: number; series: Series | null; warnings: string[];
}

export interface Prediction {
  step: number; label: string;
  classes: { label: string; class: number; probability: number; logit: number }[];
  target_probability: number | null; loss_nats: number | null;
}

export interface Strip {
  n: number; top: number; labels: string[]; probability: Float32Array; truth: Float32Array;
  mean_nats: number; accuracy: number;
}

export interface Lines { kind: "lines"; title: string; x_label: string; y_label: string; x_labels: string[]; series: string[]; low: number; high: number; values: Float32Array }
export interface Heatmap { kind: "heatmap"; title: string; x_label: string; y_label: string; col_labels: string[]; row_labels: string[]; unit: string; signed: boolean; limit: number; values: Float32Array; filled: Float32Array }
export interface Bars {
  kind: "bars"; title: string; x_label: string; unit: string; labels: string[]; signed: boolean; limit: number;
  /** What belongs to no input, by name. */
  remainder: [string, number][];
  gap: number | null; values: Float32Array;
  /** Standard errors; empty where there are none. */
  errors: Float32Array;
  /** 1 where methods are in dispute; empty where nothing is compared. */
  disputed: Float32Array;
}
export interface Waterfall { kind: "waterfall"; title: string; unit: string; target: string; baseline: string; start: number; end: number; labels: string[]; remainder: [string, number][]; gap: number | null; values: Float32Array }
/** `counts` points a curve, one curve behind the other; bands are not a number where there are none. */
export interface Curves { kind: "curves"; title: string; x_label: string; y_label: string; series: string[]; counts: number[]; x: Float32Array; y: Float32Array; low: Float32Array; high: Float32Array }
export interface Hierarchy { kind: "hierarchy"; title: string; x_label: string; unit: string; labels: string[]; limit: number; from: Float32Array; to: Float32Array; level: Float32Array; scores: Float32Array; errors: Float32Array }
/** `values` [streams, steps] add up to `total`. */
export interface River { kind: "river"; title: string; x_label: string; y_label: string; x_labels: string[]; series: string[]; others: boolean; values: Float32Array; total: Float32Array }
export interface Ribbon { kind: "ribbon"; title: string; x_label: string; unit: string; labels: string[]; low: Float32Array; high: Float32Array; mean: Float32Array; flips: Float32Array }
export interface TextView { kind: "text"; title: string; x_label: string; tokens: Token[]; unit: string; signed: boolean; limit: number; values: Float32Array }
export type Picture = Lines | Heatmap | Bars | Waterfall | Curves | Hierarchy | River | Ribbon;
export type View = Picture | TextView;

export interface Answer {
  method: string; target: string; baseline: string;
  /** Of the bars; and of score, baseline score, remainder and gap. */
  unit: string; score_unit: string;
  score: number; baseline_score: number; gap: number | null; gap_percent: number | null; completes: boolean; signed: boolean;
  forward_passes: number; backward_passes: number;
  converged: boolean; note: string; seconds: number;
  settings: [string, string][];
  family: string; remainder: [string, number][];
  bars: Bars | null; text: TextView | null; heatmap: Heatmap | null; features: Bars | null; waterfall: Waterfall | null;
  /** Apart by part of the network, such as the direction of reading. */
  parts: { label: string; bars: Bars }[];
  hierarchy: Hierarchy | null;
}

/** The weights of a layer and direction, gate by gate. */
export interface Gates {
  title: string; equations: string;
  /** `spectral` is null where it would take too long. */
  blocks: { gate: string; rows: number; columns: number; frobenius: number; largest: number; spectral: number | null; bias: number; heatmap: Heatmap }[];
}

/** A way to look inside; `apart`: at one direction. */
export interface Look { id: string; label: string; question: string; formula: string; note: string; apart: boolean }

/** What the gates and units of a layer did for the score, or what went through it. */
export interface Inside {
  look: Look; layer: number; direction: number;
  factors: { id: string; label: string; product: string; into: string }[];
  factor: string; unit: string; score: number; baseline_score: number; total: number | null; gap: number; converged: boolean; note: string;
  heatmap: Heatmap;
}

/** How many reasons are wished, and which parts a person expects as evidence. */
export interface ReasonsRequest { share: number; mass: string; marked: number[] }

/** All parts in their order; `chosen` are the fewest that hold the share, largest first. */
export interface Reasons {
  kind: string; unit: string; parts: { label: string; value: number }[]; chosen: number[]; reached: number;
  plausibility: { auprc: number; chance: number; iou: number } | null;
}

/** A worker that has been asked for the first model already. */
export interface Begun { worker: Worker; name: string; ready: Promise<any>; card: Promise<any> }
/** What would be said otherwise: see the file of the same name in the session. */
export interface Outcome { label: string; probability: number }
export interface Alternatives { step: number; variable: number; now: string; outcome: Outcome; rows: { label: string; distance: number; probability: number; outcome: Outcome; flips: boolean; text: string }[] }
export interface Turn { before: Outcome; after: Outcome; flips: boolean; proven: boolean; changes: { step: number; name: string; from: string; to: string }[]; runs: number; text: string }
/** Many inputs together. */
export interface Cohort {
  method: string; target: string; unit: string; read: number; of: number; labelled: number; right: number; left_out: [string, string][]; exchanged: string; pictures: Bars[];
  averages: { label: string; count: number; mean: number; deviation: number; positive: number; negated: [number, number] | null; plain: number }[];
  /** Why nothing is blamed for the mistakes; empty where their culprits are named. */
  unblamed: string;
  mistakes: { index: number; title: string; truth: string; said: string; probability: number; wrong: number; culprits: { label: string; score: number }[] }[];
}
/** Work beside the answer, and what it has brought. */
export interface Study { request: any; found: any; old: boolean; running: boolean; seconds: number }

/** One answer among several. */
export interface Compared {
  label: string; unit: string; score: number; baseline_score: number; gap: number | null; gap_percent: number | null;
  converged: boolean; forward_passes: number; backward_passes: number; bars: Bars;
}

/** How far answers agree; matrices are [n, n] over `labels`. */
export interface Agreement { labels: string[]; k: number; verdict: string; about: string; spearman: Float32Array; sign: Float32Array; top: Float32Array }

export interface Comparison {
  rows: Compared[]; agreement: Agreement | null; disputed: Float32Array | null;
  /** How far each answer is from exact values over groups. */
  referee: { label: string; groups: number; k: number; verdict: string; rows: { label: string; spearman: number | null; sign: number | null; top: number; scaled: number | null }[] } | null;
  ribbon: { verdict: string; low: Float32Array; high: Float32Array; mean: Float32Array; flips: Float32Array } | null;
}

export interface Measurement {
  label: string; verdict: string; note: string;
  numbers: { label: string; value: number; spread: number | null; note: string }[];
  curves: Curves | null;
}

export interface SpanScore { score: number; exact: boolean; note: string }

/** A job that goes over several requests, and what it has brought so far. */
export interface Race {
  over: "methods" | "baselines";
  /** What it depends on. */
  key: string;
  found: Comparison | null;
  /** By label: how long it took, or why it did not. */
  took: Record<string, { seconds?: number; problem?: string }>;
  /** The answers belong to an older input or target. */
  old: boolean;
  running: boolean;
}

export interface Progress { done: boolean; fraction: number; note: string; units_left: number }

export interface Style {
  width: number; height: number; pixel_ratio: number; dark: boolean; font: string;
  selected_step: number; selected_row: number; foreground?: string; background?: string; reduced: boolean; title: boolean;
}
export interface Frame {
  left: number; top: number; right: number; bottom: number; columns: number; rows: number; horizontal: boolean;
  /** Bars that stand apart behind the last one, and where. */
  more: number; more_from: number; more_to: number;
}

/** The drawing half of the wasm module, on the main thread. */
export interface Drawing {
  draw(view: Picture, canvas: HTMLCanvasElement, style: Style): Frame;
  svg(view: Picture, style: Style): string;
  table(view: View): { title: string; columns: string[]; rows: string[][] };
  summary(view: View): string;
  color(value: number, limit: number, signed: boolean, dark: boolean): string;
  text_color(value: number, limit: number, signed: boolean, dark: boolean): string;
  legend(signed: boolean, dark: boolean): string[];
}

export interface Selection { layer: number; direction: number; quantity: string; unit: number; order: string }

export interface Shipped { id: string; file: string; bytes: number; title: string; group: string; about: string; samples: string; checkpoints?: { epoch: number; file: string; bytes: number }[] }
export interface Sample { id: string; title: string; kind: "text" | "series"; text: string; label?: string; note?: string }

export interface Problem { code: string; message: string; place: string; remedy: string }

export interface State {
  shipped: Shipped[];
  model: { id: string | null; epoch: number | null; name: string; title: string; about: string; bytes: number; hash: string | null; weights?: string } | null;
  opening: { what: string; fraction: number; note: string; since: number } | null;
  card: Card | null;
  /** The file's examples, run again; neither found nor problem while they run. */
  parity: { found: Parity | null; problem: Problem | null } | null;
  controls: Controls | null;
  samples: Sample[];
  sampleId: string | null;
  text: string;
  edited: boolean;
  input: Input | null;
  asking: { steps: number; bytes: number; text: string } | null;
  traced: boolean;
  predictions: Prediction | null;
  strip: Strip | null;
  request: Request | null;
  answer: Answer | null;
  /** The answer belongs to an older input or request. */
  old: boolean;
  partial: boolean;
  /** `kind` is for the page, `what` for people. */
  progress: { kind: "trace" | "answer" | "measurement" | "following" | "race" | "study"; what: string; fraction: number; note: string; since: number } | null;
  /** Ids of the samples that methods may compare with; null = the first few others. */
  background: readonly string[] | null;
  race: Race | null;
  /** What the shown answer is worth. */
  judged: { metric: string; found: Measurement; old: boolean; partial: boolean; seconds: number } | null;
  /** Which metric, how, and whether it is run again after edits. */
  judge: { metric: string; params: Record<string, number | string>; follows: boolean };
  /** Neighbouring steps taken together: from..to. */
  span: { from: number; to: number; found: SpanScore | null; problem: string } | null;
  ledger: { view: River | null; problem: string } | null;
  /** `key` says which layer, direction and weights they are. */
  gates: { view: Gates | null; problem: string; which: "input" | "recurrent"; key: string } | null;
  /** By kind. */
  studies: Record<string, Study>;
  /** The units behind the score of one step. */
  wordUnits: { step: number; view: Bars | null; problem: string } | null;
  /** The parts of the answer that hold a share of it. */
  reasons: { found: Reasons | null; problem: string } | null;
  /** Panels that were opened. */
  open: readonly string[];
  selection: Selection;
  step: number;
  color: "answer" | "unit";
  picture: string;
  /** Pictures of a long text show all of it. */
  whole: boolean;
  views: { text: TextView | null; lines: Lines | null; heatmap: Heatmap | null; baseline: Heatmap | null };
  theme: "auto" | "light" | "dark";
  dark: boolean;
  hide: readonly string[];
  problem: Problem | null;
  status: string;
}

export interface Store {
  get(): State;
  set(patch: Partial<State>): void;
  subscribe(listener: (state: State) => void): () => void;
}

/** What a panel may use: handed in, never looked up. */
export interface Context {
  drawing: Drawing;
  actions: import("./actions.js").Actions;
  hover: { get(): number; set(step: number): void; subscribe(listener: (step: number) => void): () => void };
  store: Store;
  /** Copies a link to this view, with the input if asked. */
  share(withText: boolean): void;
}

export interface Panel {
  id: string;
  title: string;
  column: "what" | "why" | "sure";
  /** Its pictures are none of the first: they need the rest of the module. */
  draws?: boolean;
  wants(state: State): boolean;
  create(host: HTMLElement, context: Context): { update(state: State): void; destroy(): void };
}

/** A panel that is fetched when it is opened. */
export interface ClosedPanel {
  id: string;
  title: string;
  /** What it shows, beside its title while it is closed. */
  about: string;
  column: "what" | "why" | "sure";
  wants(state: State): boolean;
  load(): Promise<Panel["create"]>;
}
