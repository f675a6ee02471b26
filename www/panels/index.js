// @ts-check
/** The registry: a new panel is one file and one line here. In each column they stand in this order. */
import { attribution } from "./attribution.js";
import { baseline } from "./baseline.js";
import { card } from "./card.js";
import { editor } from "./editor.js";
import { grid } from "./grid.js";
import { method } from "./method.js";
import { models } from "./models.js";
import { read } from "./read.js";
import { samples } from "./samples.js";
import { target } from "./target.js";
import { traces } from "./traces.js";
import { units } from "./units.js";
import { verdict } from "./verdict.js";

/** @type {readonly import("../types").Panel[]} */
export const PANELS = [models, samples, editor, grid, card, read, attribution, traces, units, verdict, target, method, baseline];
