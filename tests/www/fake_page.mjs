// The page's actions over the fake engine, without a browser: what was asked of it can be looked at.
import { createActions } from "../../www/actions.js";
import { createEngine } from "../../www/engine.js";
import { createStore, empty } from "../../www/store.js";
import { Session } from "./fake_engine.js";

/** A file as far as the fake engine reads it. */
const HEADER = JSON.stringify({ __metadata__: { rnnscope: JSON.stringify({ name: "mine", title: "Mine", input: { kind: "words" } }) } });
export const file = { name: "mine.safetensors", size: 100, arrayBuffer: async () => new ArrayBuffer(100), text: async () => "" };

/** Lets everything that was asked be answered. */
export const settle = (milliseconds = 10) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {{ state?: object, answers?: Record<string, (message: any) => any> }} [world] `answers` by kind of message; undefined = none */
export function page({ state = {}, answers = {} } = {}) {
  const bytes = new Uint8Array(8 + HEADER.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(HEADER.length), true);
  bytes.set(new TextEncoder().encode(HEADER), 8);
  const session = Session.open(bytes);
  const asked = [];
  const known = { open: () => session.card(), input: ({ text }) => session.read_text(text), trace: () => ({ controls: { ...session.controls(), serial: 1 }, predictions: null, strip: null }), explain: ({ request }) => explained(request), ask: ({ method, args }) => session[method](...args), ...answers };
  async function explained(request) {
    await settle(1); // not before the trace
    session.start_attribution(request ?? session.controls().default);
    session.job = null;
    return { answer: session.attribution(), seconds: 0 };
  }
  let worker;
  const spawn = () => {
    worker = {
      onmessage: null,
      terminate() {},
      postMessage({ id, op, ...message }) {
        asked.push({ id, op, ...message });
        queueMicrotask(async () => {
          const value = known[op] ? await known[op]({ id, ...message }) : null;
          if (value !== undefined) worker.onmessage({ data: { id, value } });
        });
      },
    };
    return worker;
  };
  const engine = createEngine({ spawn, module: Promise.resolve({}), rest: async () => null });
  const store = createStore({ ...empty(), ...state }, (run) => run());
  const actions = createActions({ store, engine, load: async () => new ArrayBuffer(0) });
  const drawing = { summary: (view) => view.title, table: () => ({ title: "", columns: [], rows: [] }), color: () => "", text_color: () => "", legend: () => [] };
  const hover = { get: () => -1, set() {}, subscribe: () => () => {} };
  /** What was asked of one kind. @param {string} op */
  const of = (op) => asked.filter((message) => message.op === op);
  return { session, store, actions, engine, of, answer: (id, value) => worker.onmessage({ data: { id, value } }), context: { store, actions, drawing, hover, share() {} } };
}
