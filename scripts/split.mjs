// One module becomes two: `first.wasm` holds what the first picture runs, `rest.wasm` everything else, which the page
// fetches once that picture stands. Which code is first is found by making the picture with a copy that counts what it
// reaches (rehearsal.mjs); the Rust code knows nothing of it.
//
// A function that never ran is a stub in `first`, which calls through a table whose entries are empty until `rest` is
// there. One that ran in part keeps the part that ran: what it never reached traps, and once `rest` is there it hands
// over to its complete self. Too early a call is a trap, never a wrong answer. Memory and data stay with `first`.
import binaryen from "binaryen";
import { rehearse } from "./rehearsal.mjs";

/** Names: of what the rest imports from, the table that it fills, and whether it is there. */
const [FIRST, TABLE, THERE] = ["first", "rest", "there"];
/** What the reader calls the memory of a module that does not name it. */
const MEMORY = "0";
const { MVP, MutableGlobals, NontrappingFPToInt, SIMD128, BulkMemory, BulkMemoryOpt, SignExt, ReferenceTypes, Multivalue } = binaryen.Features;
/** What the compiler uses and every browser knows. */
const FEATURES = MVP | MutableGlobals | NontrappingFPToInt | SIMD128 | BulkMemory | BulkMemoryOpt | SignExt | ReferenceTypes | Multivalue;

/** @param {Uint8Array} bytes */
function read(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(FEATURES);
  return module;
}

/** Functions with a body. @param {any} module */
const defined = (module) => functions(module).filter(({ module: from }) => !from);
/** @param {any} module */
const functions = (module) => Array.from({ length: module.getNumFunctions() }, (_, k) => binaryen.getFunctionInfo(module.getFunctionByIndex(k)));

const { ExpressionIds: Kind } = binaryen;
/** Where control flow may hide inside an expression: names of its parts, by kind. @type {Map<number, string[]>} */
const PARTS = new Map([[Kind.Block, ["children"]], [Kind.If, ["condition", "ifTrue", "ifFalse"]], [Kind.Loop, ["body"]], [Kind.LocalSet, ["value"]], [Kind.GlobalSet, ["value"]], [Kind.Drop, ["value"]], [Kind.Return, ["value"]],
  [Kind.Break, ["condition", "value"]], [Kind.Switch, ["condition", "value"]], [Kind.Call, ["operands"]], [Kind.CallIndirect, ["target", "operands"]], [Kind.Select, ["ifTrue", "ifFalse", "condition"]], [Kind.Unary, ["value"]], [Kind.Binary, ["left", "right"]], [Kind.Load, ["ptr"]], [Kind.Store, ["ptr", "value"]]]);
/** After these the next expression may never be reached. */
const TURNS = new Set([Kind.Block, Kind.If, Kind.Loop, Kind.Break, Kind.Switch]);

/** @typedef {{ kind: "function" | "true" | "false" | "list", of: number, from: number }} Place where code begins that may never run */

/** Expressions inside an expression. @param {number} expression @returns {number[]} */
function inside(expression) {
  const parts = PARTS.get(binaryen.getExpressionId(expression));
  if (!parts) return [];
  const info = /** @type {any} */ (binaryen.getExpressionInfo(expression));
  return parts.flatMap((part) => info[part]).filter(Boolean);
}

/** Places of an expression, always in the same order. @param {number} expression @param {(place: Place) => void} found */
function places(expression, found) {
  const [kind, children] = [binaryen.getExpressionId(expression), inside(expression)];
  for (const child of children) places(child, found);
  if (kind === Kind.If) {
    found({ kind: "true", of: expression, from: 0 });
    if (binaryen.If.getIfFalse(expression)) found({ kind: "false", of: expression, from: 0 });
  }
  // From the end, so that whoever inserts or removes does not move what is still to come.
  if (kind === Kind.Block) for (let k = children.length - 1; k > 0; k--) if (TURNS.has(binaryen.getExpressionId(children[k - 1]))) found({ kind: "list", of: expression, from: k });
}

/** All places of the module: of each function its beginning first. @param {any} module @param {(place: Place, owner: number) => void} found */
function everyPlace(module, found) {
  defined(module).forEach(({ name, body }, owner) => {
    places(body, (place) => found(place, owner));
    found({ kind: "function", of: module.getFunction(name), from: 0 }, owner);
  });
}

/** A copy that reports the number of each place that is reached. @param {Uint8Array} bytes */
function counting(bytes) {
  const module = read(bytes);
  let number = 0;
  everyPlace(module, ({ kind, of, from }) => {
    const report = module.call("counted", [module.i32.const(number++)], binaryen.none);
    const before = (/** @type {number} */ expression) => module.block(null, [report, expression], binaryen.getExpressionType(expression));
    if (kind === "list") binaryen.Block.insertChildAt(of, from, report);
    if (kind === "true") binaryen.If.setIfTrue(of, before(binaryen.If.getIfTrue(of)));
    if (kind === "false") binaryen.If.setIfFalse(of, before(binaryen.If.getIfFalse(of)));
    if (kind === "function") binaryen.Function.setBody(of, before(binaryen.Function.getBody(of)));
  });
  module.addFunctionImport("counted", "counting", "counted", binaryen.i32, binaryen.none);
  return emitted(module);
}

/** @param {any} module */
function emitted(module) {
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** Numbers of the places that the first picture reaches. @param {Uint8Array} bytes @returns {Promise<Set<number>>} */
export async function reached(bytes) {
  const seen = new Set();
  await rehearse(await WebAssembly.compile(counting(bytes)), { counting: { counted: (/** @type {number} */ k) => void seen.add(k) } });
  return seen;
}

/** Without what is of no use twice: exports, beginning, tables' contents and data. @param {Uint8Array} bytes */
function code(bytes) {
  const DROPPED = new Set([7, 8, 9, 11, 12]);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at++];
    let [size, shift] = [0, 0];
    for (let byte = 128; byte & 128; shift += 7) size |= ((byte = bytes[at++]) & 127) << shift;
    at += size;
    if (!DROPPED.has(id)) parts.push(bytes.subarray(start, at));
  }
  return Buffer.concat(parts);
}

/** Expressions that a function must be able to leave out before it gets a second self. */
const WORTH = 24;

/** How many expressions. @param {number} expression */
const weight = (expression) => inside(expression).reduce((/** @type {number} */ sum, child) => sum + weight(child), 1);

/**
 * What each function of the module is in `first`: "stub", "part" or "whole". Parts lose what was never reached.
 * @param {any} module @param {Set<number>} seen numbers of the places that were reached
 */
function prune(module, seen) {
  /** @type {{ ran: boolean, dead: Place[], weight: number }[]} */
  const found = [];
  let number = 0;
  everyPlace(module, (place, owner) => {
    const mine = (found[owner] ??= { ran: false, dead: [], weight: 0 });
    const ran = seen.has(number++);
    if (place.kind === "function") mine.ran = ran;
    else if (!ran) mine.dead.push(place);
  });
  return found.map(({ ran, dead }) => {
    if (!ran) return "stub";
    const lost = (/** @type {Place} */ { kind, of, from }) => (kind === "list" ? inside(of).slice(from) : [kind === "true" ? binaryen.If.getIfTrue(of) : binaryen.If.getIfFalse(of)]);
    if (dead.flatMap(lost).reduce((sum, one) => sum + weight(one), 0) < WORTH) return "whole";
    for (const { kind, of, from } of dead) {
      if (kind === "true") binaryen.If.setIfTrue(of, module.unreachable());
      if (kind === "false") binaryen.If.setIfFalse(of, module.unreachable());
      if (kind !== "list") continue;
      for (let k = binaryen.Block.getNumChildren(of) - 1; k >= from; k--) binaryen.Block.removeChildAt(of, k);
      binaryen.Block.appendChild(of, module.unreachable());
    }
    return "part";
  });
}

/** { first, rest } @param {Uint8Array} bytes @param {Set<number>} seen numbers of the places that the first picture reaches */
export function split(bytes, seen) {
  const first = read(bytes);
  const fates = prune(first, seen);
  const rest = read(code(bytes));
  const ours = defined(rest);
  const later = ours.filter((_, k) => fates[k] !== "whole");

  // Functions that stay, and what comes from JavaScript, come by way of first: the glue need not know of the rest.
  const give = (/** @type {any} */ { name, params, results }) => rest.addFunctionImport(name, FIRST, `f${name}`, params, results);
  for (const info of functions(rest)) if (info.module) give(info);
  ours.forEach((info, k) => {
    if (fates[k] !== "whole") return;
    rest.removeFunction(info.name);
    give(info);
  });
  const globals = Array.from({ length: rest.getNumGlobals() }, (_, k) => binaryen.getGlobalInfo(rest.getGlobalByIndex(k)));
  for (const { name, type, mutable } of globals) {
    rest.removeGlobal(name);
    rest.addGlobalImport(name, FIRST, `g${name}`, type, mutable);
  }
  const tables = Array.from({ length: rest.getNumTables() }, (_, k) => binaryen.getTableInfo(rest.getTableByIndex(k)).name);
  for (const name of tables) rest.addTableImport(name, FIRST, `t${name}`);
  rest.addMemoryImport(MEMORY, FIRST, "memory");
  if (rest.getMemoryInfo().module !== FIRST) throw new Error("the two halves would not share their memory");
  rest.addTable(TABLE, later.length, later.length, binaryen.funcref);
  rest.addTableImport(TABLE, FIRST, TABLE);
  rest.addActiveElementSegment(TABLE, TABLE, later.map(({ name }) => name), rest.i32.const(0));
  rest.addGlobalImport(THERE, FIRST, THERE, binaryen.i32, true);
  rest.addFunction(THERE, binaryen.none, binaryen.none, [], rest.global.set(THERE, rest.i32.const(1)));
  rest.setStart(rest.getFunction(THERE));
  rest.runPasses(["remove-unused-module-elements"]);

  first.addTable(TABLE, later.length, later.length, binaryen.funcref);
  first.addGlobal(THERE, binaryen.i32, true, first.i32.const(0));
  later.forEach(({ name, params, results }, slot) => {
    const handed = binaryen.expandType(params).map((type, k) => first.local.get(k, type));
    const onward = first.call_indirect(TABLE, first.i32.const(slot), handed, params, results);
    const self = first.getFunction(name);
    if (fates[ours.findIndex((info) => info.name === name)] === "part") {
      const complete = results === binaryen.none ? first.block(null, [onward, first.return()]) : first.return(onward);
      binaryen.Function.setBody(self, first.block(null, [first.if(first.global.get(THERE, binaryen.i32), complete), binaryen.Function.getBody(self)], results));
      return;
    }
    first.removeFunction(name);
    first.addFunction(name, params, results, [], onward);
  });
  for (const { name, module } of functions(rest)) if (module) first.addFunctionExport(name, `f${name}`);
  for (const { name } of globals) first.addGlobalExport(name, `g${name}`);
  first.addGlobalExport(THERE, THERE);
  for (const name of tables) first.addTableExport(name, `t${name}`);
  first.addTableExport(TABLE, TABLE);
  first.runPasses(["vacuum", "remove-unused-names", "merge-blocks", "coalesce-locals", "reorder-locals", "vacuum", "remove-unused-module-elements"]);
  for (const module of [first, rest]) if (!module.validate()) throw new Error("the split module is not valid");
  return { first: emitted(first), rest: emitted(rest) };
}
