// @ts-check
/** What the pencil is tried on before there is anything to draw: two bars. */
export const view = { kind: "bars", title: "", x_label: "step", unit: "score", labels: ["a", "b"], signed: true, limit: 1, gap: 0.1, remainder: [["start", 0.1]], values: Float32Array.of(1, -1), errors: new Float32Array(), disputed: new Float32Array() };
/** @param {number} pixel_ratio @param {boolean} dark @param {string} font */
export const style = (pixel_ratio, dark, font) => ({ width: 640, height: 220, pixel_ratio, dark, font, selected_step: 0, selected_row: -1 });
