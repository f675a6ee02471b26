/* tslint:disable */
/* eslint-disable */

/**
 * A model file on its way to a session, in pieces.
 */
export class Opening {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * One unit of the work.
     */
    advance(): any;
    /**
     * Parses the file.
     */
    static begin(file: Upload): Opening;
    /**
     * The session, when all is done.
     */
    finish(): Session;
    /**
     * Does a file that begins like this describe itself? Every other one has to be converted first.
     */
    static reads(head: Uint8Array | number[]): boolean;
}

/**
 * One model, one input, one question at a time.
 */
export class Session {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Does `units` units of work.
     */
    advance(units: number): any;
    /**
     * Works for about so many milliseconds: a slice, after which waiting messages have their turn.
     */
    advance_for(milliseconds: number): any;
    /**
     * Runs the file's examples again for about so many milliseconds; other work goes on beside.
     */
    advance_parity_for(milliseconds: number): any;
    /**
     * What would be said otherwise, so far.
     */
    alternatives(): any;
    /**
     * The finished or partial answer.
     */
    attribution(): any;
    /**
     * What the input of the shown answer was compared with.
     */
    baseline_view(): any;
    /**
     * Stops; what was found so far stays.
     */
    cancel(): void;
    /**
     * What the file says of itself.
     */
    card(): any;
    /**
     * What they say together, so far.
     */
    cohort(): any;
    /**
     * The answers that were put aside, on one scale, and how far they agree.
     */
    compare(): any;
    /**
     * Are the menus others than those that were given last? They are long, and most inputs leave them as they are.
     */
    controls_changed(): boolean;
    /**
     * Menus, sliders and their help.
     */
    controls(): any;
    /**
     * Forgets the answers that were put aside.
     */
    drop_answers(): void;
    /**
     * The weights of a layer by gate, with their norms.
     */
    gates_view(request: any): any;
    /**
     * Units × time.
     */
    heatmap_view(selection: any): any;
    /**
     * What was found inside: all factors (empty) or the units of one.
     */
    inside(factor: string): any;
    /**
     * Puts the shown answer aside, to be compared with others.
     */
    keep_answer(label: string): void;
    /**
     * Puts the shown answer aside as the referee.
     */
    keep_referee(label: string): void;
    /**
     * What one unit remembers, by the steps that wrote it.
     */
    ledger_view(selection: any): any;
    /**
     * Every quantity of one unit over time.
     */
    lines_view(selection: any): any;
    /**
     * The finished or partial measurement.
     */
    measurement(): any;
    /**
     * Parses, proves and packs a model file.
     */
    static open(bytes: Uint8Array): Session;
    /**
     * Ends this instance on purpose: the test of what the page does after a trap.
     */
    panic_now(): void;
    /**
     * How far the network is from the framework's own answers.
     */
    parity(): any;
    /**
     * What the network says at a step.
     */
    prediction(step: number): any;
    /**
     * The five most probable next characters of every step.
     */
    predictions_strip(): any;
    /**
     * Makes a series the input: our CSV or a PhysioNet record.
     */
    read_series(text: string): any;
    /**
     * Makes a text the input.
     */
    read_text(text: string): any;
    /**
     * The parts that hold a share of the shown answer.
     */
    reasons(request: any): any;
    /**
     * The question to the referee of a comparison.
     */
    referee_request(): any;
    /**
     * Changes one value of the series; NaN = not measured.
     */
    set_value(variable: number, step: number, value: number): any;
    /**
     * The score of the steps from..to of the shown answer.
     */
    span_score(from: number, to: number): any;
    /**
     * Begins to try what else may stand at a step.
     */
    start_alternatives(request: any): void;
    /**
     * Begins to answer a request.
     */
    start_attribution(request: any): void;
    /**
     * Begins to read many inputs.
     */
    start_cohort(request: any): void;
    /**
     * Begins to look at what gates and units did for the score.
     */
    start_inside(request: any): void;
    /**
     * Begins to judge the shown answer.
     */
    start_measurement(request: any): void;
    /**
     * Begins the forward pass that records every state and gate.
     */
    start_trace(): void;
    /**
     * Begins to look for the smallest edit that flips.
     */
    start_turn(request: any): void;
    /**
     * The text coloured by one unit.
     */
    text_view(selection: any): any;
    /**
     * The smallest edit, so far.
     */
    turn(): any;
    /**
     * The exact value of a quantity of a unit at a step.
     */
    value(selection: any, step: number): number;
    /**
     * The REAT score of a step apart by units.
     */
    word_units(step: number): any;
}

/**
 * A file that is not whole yet: what has been taken over can be let go on the other side.
 */
export class Upload {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Room for a file of `size` bytes.
     */
    constructor(size: number);
    /**
     * The next piece.
     */
    push(piece: Uint8Array): void;
}

/**
 * Colour of a value, `#rrggbb`.
 */
export function color(value: number, limit: number, signed: boolean, dark: boolean): string;

/**
 * Draws a view and returns its frame; sets the size of the canvas.
 */
export function draw(view: any, canvas: any, style: any): any;

/**
 * Colours of the scale from its lower end to its upper end.
 */
export function legend(signed: boolean, dark: boolean): string[];

/**
 * One sentence that says what the picture shows.
 */
export function summary(view: any): string;

/**
 * The same picture as SVG.
 */
export function svg(view: any, style: any): string;

/**
 * The numbers behind a view as rows of text.
 */
export function table(view: any): any;

/**
 * Black or white, whichever is read better on that colour.
 */
export function text_color(value: number, limit: number, signed: boolean, dark: boolean): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_opening_free: (a: number, b: number) => void;
    readonly __wbg_session_free: (a: number, b: number) => void;
    readonly __wbg_upload_free: (a: number, b: number) => void;
    readonly color: (a: number, b: number, c: number, d: number) => [number, number];
    readonly draw: (a: any, b: any, c: any) => [number, number, number];
    readonly legend: (a: number, b: number) => [number, number];
    readonly opening_advance: (a: number) => [number, number, number];
    readonly opening_begin: (a: number) => [number, number, number];
    readonly opening_finish: (a: number) => [number, number, number];
    readonly opening_reads: (a: number, b: number) => number;
    readonly session_advance: (a: number, b: number) => [number, number, number];
    readonly session_advance_for: (a: number, b: number) => [number, number, number];
    readonly session_advance_parity_for: (a: number, b: number) => [number, number, number];
    readonly session_alternatives: (a: number) => [number, number, number];
    readonly session_attribution: (a: number) => [number, number, number];
    readonly session_baseline_view: (a: number) => [number, number, number];
    readonly session_cancel: (a: number) => void;
    readonly session_card: (a: number) => [number, number, number];
    readonly session_cohort: (a: number) => [number, number, number];
    readonly session_compare: (a: number) => [number, number, number];
    readonly session_controls: (a: number) => [number, number, number];
    readonly session_controls_changed: (a: number) => number;
    readonly session_drop_answers: (a: number) => void;
    readonly session_gates_view: (a: number, b: any) => [number, number, number];
    readonly session_heatmap_view: (a: number, b: any) => [number, number, number];
    readonly session_inside: (a: number, b: number, c: number) => [number, number, number];
    readonly session_keep_answer: (a: number, b: number, c: number) => [number, number];
    readonly session_keep_referee: (a: number, b: number, c: number) => [number, number];
    readonly session_ledger_view: (a: number, b: any) => [number, number, number];
    readonly session_lines_view: (a: number, b: any) => [number, number, number];
    readonly session_measurement: (a: number) => [number, number, number];
    readonly session_open: (a: any) => [number, number, number];
    readonly session_panic_now: (a: number) => void;
    readonly session_parity: (a: number) => [number, number, number];
    readonly session_prediction: (a: number, b: number) => [number, number, number];
    readonly session_predictions_strip: (a: number) => [number, number, number];
    readonly session_read_series: (a: number, b: number, c: number) => [number, number, number];
    readonly session_read_text: (a: number, b: number, c: number) => [number, number, number];
    readonly session_reasons: (a: number, b: any) => [number, number, number];
    readonly session_referee_request: (a: number) => [number, number, number];
    readonly session_set_value: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly session_span_score: (a: number, b: number, c: number) => [number, number, number];
    readonly session_start_alternatives: (a: number, b: any) => [number, number];
    readonly session_start_attribution: (a: number, b: any) => [number, number];
    readonly session_start_cohort: (a: number, b: any) => [number, number];
    readonly session_start_inside: (a: number, b: any) => [number, number];
    readonly session_start_measurement: (a: number, b: any) => [number, number];
    readonly session_start_trace: (a: number) => [number, number];
    readonly session_start_turn: (a: number, b: any) => [number, number];
    readonly session_text_view: (a: number, b: any) => [number, number, number];
    readonly session_turn: (a: number) => [number, number, number];
    readonly session_value: (a: number, b: any, c: number) => [number, number, number];
    readonly session_word_units: (a: number, b: number) => [number, number, number];
    readonly summary: (a: any) => [number, number, number, number];
    readonly svg: (a: any, b: any) => [number, number, number, number];
    readonly table: (a: any) => [number, number, number];
    readonly text_color: (a: number, b: number, c: number, d: number) => [number, number];
    readonly upload_new: (a: number) => [number, number, number];
    readonly upload_push: (a: number, b: any) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
