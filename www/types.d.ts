// What crosses between the wasm module, the worker and the page. Shapes are row-major.

export interface Param {
  id: string; label: string; help: string; kind: "number" | "choice";
  low: number; high: number; step: number; log: boolean;
  choices: { id: string; label: string }[];
  default: number | string;
}

export interface Method {
  id: string; label: string; question: string; formula: string; caveat: string; cost: string;
  signed: boolean; completes: boolean; uses_baseline?: boolean;
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
  precision: string;
}

export interface Quantity { id: string; label: string; low: number; high: number; signed: boolean }

export interface Controls {
  readouts: { id: string; label: string; unit?: string; needs: string[]; warning?: string }[];
  classes: string[];
  steps: "last" | "any";
  methods: Method[];
  baselines: { id: string; label: string; about: string; available: boolean }[];
  quantities: Quantity[][];
  layers: { label: string; hidden: number; directions: number }[];
  default: Request;
}

export interface Card {
  name: string; title: string; task: string; input_kind: "characters" | "words" | "series"; step_name: string;
  rows: [string, string][];
  layers: { name: string; cell: string; equations?: string; hidden: number; input: number; directions: number; parameters: number; tensors: [string, number[]][] }[];
  classes: string[]; vocab_size: number; vocab: string[];
  features: { name: string; unit: string; role: string; variable: string }[];
  parameters: number; bytes_per_step: number;
}

export interface Token { label: string; before: string; unknown: boolean }

export interface Series {
  variables: string[]; units: string[]; hours: string[];
  values: Float32Array; measured: Float32Array;
  fixed?: [string, number][];
}

export interface Input {
  kind: "characters" | "words" | "series";
  n_steps: number; tokens: Token[]; n_unknown: number; labels: string[];
  trace_bytes?: number; series?: Series | null; warnings: string[];
}

export interface Prediction {
  step: number; label: string;
  classes: { label: string; class: number; probability: number; logit: number }[];
  target_probability?: number | null; loss_nats?: number | null;
}

export interface Strip {
  n: number; top: number; labels: string[]; probability: Float32Array; truth: Float32Array;
  mean_nats?: number; accuracy?: number;
}

export interface Lines { kind: "lines"; title: string; x_label: string; y_label: string; x_labels: string[]; series: string[]; low: number; high: number; values: Float32Array }
export interface Heatmap { kind: "heatmap"; title: string; x_label: string; y_label: string; col_labels: string[]; row_labels: string[]; unit: string; signed: boolean; limit: number; values: Float32Array; filled: Float32Array }
export interface Bars { kind: "bars"; title: string; x_label: string; unit: string; labels: string[]; signed: boolean; limit: number; gap: number | null; values: Float32Array }
export interface Waterfall { kind: "waterfall"; title: string; unit: string; target: string; baseline: string; start: number; end: number; labels: string[]; values: Float32Array }
export interface TextView { kind: "text"; title: string; x_label: string; tokens: Token[]; unit: string; signed: boolean; limit: number; values: Float32Array }
export type View = Lines | Heatmap | Bars | Waterfall | TextView;
export type Picture = Lines | Heatmap | Bars | Waterfall;

export interface Answer {
  method: string; target: string; baseline: string; unit: string;
  score: number; baseline_score: number; gap: number | null; gap_percent: number | null; completes?: boolean;
  forward_passes?: number; backward_passes?: number;
  converged: boolean; note: string; seconds: number;
  settings: [string, string][];
  bars: Bars | null; text: TextView | null; heatmap: Heatmap | null; features: Bars | null; waterfall: Waterfall | null;
  baseline_view: { label: string; about: string; heatmap: Heatmap | null } | null;
}

export interface Progress { done: boolean; fraction: number; note: string; units_left: number }

export interface Style {
  width: number; height: number; pixel_ratio: number; dark: boolean; font: string;
  selected_step: number; selected_row: number; foreground?: string; background?: string; reduced: boolean; title: boolean;
}
export interface Frame { left: number; top: number; right: number; bottom: number; columns: number; rows: number; horizontal: boolean }

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
  model: { id: string | null; epoch: number | null; name: string; title: string; about: string; bytes: number; hash: string | null } | null;
  opening: string;
  card: Card | null;
  controls: Controls | null;
  samples: Sample[];
  sampleId: string | null;
  text: string;
  edited: boolean;
  input: Input | null;
  asking: { length: number; bytes: number; text: string; kind: "text" | "series" } | null;
  traced: boolean;
  predictions: Prediction | null;
  strip: Strip | null;
  request: Request | null;
  answer: Answer | null;
  /** The answer belongs to an older input or request. */
  old: boolean;
  partial: boolean;
  progress: { what: string; fraction: number; note: string; since: number } | null;
  selection: Selection;
  step: number;
  color: "answer" | "unit";
  picture: string;
  /** Pictures of a long text show all of it. */
  whole: boolean;
  views: { text: TextView | null; lines: Lines | null; heatmap: Heatmap | null };
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
  wants(state: State): boolean;
  create(host: HTMLElement, context: Context): { update(state: State): void; destroy(): void };
}
