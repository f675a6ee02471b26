import assert from "node:assert/strict";
import { test } from "node:test";
import { Stale, Trapped, createEngine } from "../../www/engine.js";

/** Workers that answer by hand: `answer(op, value)` answers the oldest open message of that kind. */
function bench({ patience = 5000, auto = ["init"], early = false } = {}) {
  const workers = [];
  const restarts = [];
  function spawn() {
    const worker = {
      got: [],
      ended: false,
      onmessage: null,
      postMessage(message) {
        worker.got.push(message);
        if (auto.includes(message.op)) queueMicrotask(() => worker.answer(message.op));
      },
      terminate: () => (worker.ended = true),
      send: (data) => worker.onmessage({ data }),
      take(op) {
        const at = worker.got.findIndex((message) => message.op === op && !message.done);
        assert.ok(at >= 0, `the worker was not asked: ${op}`);
        worker.got[at].done = true;
        return worker.got[at];
      },
      answer: (op, value = null) => worker.send({ id: worker.take(op).id, value }),
    };
    workers.push(worker);
    return worker;
  }
  const engine = createEngine({ spawn, module: Promise.resolve({}), rest: async () => "rest", early, patience, onRestart: (event) => restarts.push(event) });
  return { engine, workers, restarts };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a newer question in the same lane makes the older one stale, whoever answers first", async () => {
  const { engine, workers: [worker] } = bench();
  const first = engine.ask("answer", { op: "explain", n: 1 });
  const second = engine.ask("answer", { op: "explain", n: 2 });
  const stale = assert.rejects(first, Stale);
  await settle();
  assert.deepEqual(worker.got.filter(({ op }) => op === "explain").map(({ n }) => n), [2], "the older one is not even sent");
  worker.answer("explain", "two");
  await stale;
  assert.equal(await second, "two");
});

test("an answer that comes late is dropped", async () => {
  const { engine, workers: [worker] } = bench();
  const first = engine.ask("answer", { op: "explain", n: 1 });
  await settle();
  const second = engine.ask("answer", { op: "explain", n: 2 });
  await settle();
  worker.answer("explain", "one");
  worker.answer("explain", "two");
  await assert.rejects(first, Stale);
  assert.equal(await second, "two");
});

test("a new input makes traces, views and answers stale, but not the model", async () => {
  const { engine, workers: [worker] } = bench();
  const open = engine.ask("model", { op: "open" });
  const view = engine.ask("view/lines_view", { op: "ask" });
  const answer = engine.ask("answer", { op: "explain" });
  await settle();
  const input = engine.ask("input", { op: "input" });
  await settle();
  for (const op of ["open", "ask", "explain", "input"]) worker.answer(op, op);
  await assert.rejects(view, Stale);
  await assert.rejects(answer, Stale);
  assert.equal(await open, "open");
  assert.equal(await input, "input");
});

test("views of different kinds do not disturb each other, nor the answer", async () => {
  const { engine, workers: [worker] } = bench();
  const asked = [engine.ask("view/text_view", { op: "ask" }), engine.ask("view/lines_view", { op: "ask" }), engine.ask("answer", { op: "explain" })];
  await settle();
  worker.answer("ask", 1);
  worker.answer("ask", 2);
  worker.answer("explain", 3);
  assert.deepEqual(await Promise.all(asked), [1, 2, 3]);
});

test("progress of a stale job is not reported", async () => {
  const { engine, workers: [worker] } = bench();
  const seen = [];
  const first = engine.ask("answer", { op: "explain" }, { onProgress: ({ progress }) => seen.push(progress) });
  await settle();
  const { id } = worker.take("explain");
  worker.send({ id, progress: 0.1 });
  engine.ask("input", { op: "input" }).catch(() => {});
  worker.send({ id, progress: 0.2 });
  worker.send({ id, value: "late" });
  await assert.rejects(first, Stale);
  assert.deepEqual(seen, [0.1]);
});

test("typed errors keep code, place and remedy", async () => {
  const { engine, workers: [worker] } = bench();
  const opened = engine.ask("model", { op: "open" });
  await settle();
  worker.send({ id: worker.take("open").id, error: { code: "bad-file", message: "no", place: "byte 0", remedy: "export it" } });
  await assert.rejects(opened, { code: "bad-file", message: "no", place: "byte 0", remedy: "export it" });
});

test("after a trap a new worker gets model and input, and the question is not repeated", async () => {
  const { engine, workers, restarts } = bench({ auto: ["init", "open", "input"] });
  await engine.open("m", async () => new ArrayBuffer(8));
  await engine.input({ kind: "series", text: "hour,HR" });
  await engine.input({ kind: "cell", variable: 0, hour: 1, value: 80 });
  await engine.input({ kind: "cell", variable: 0, hour: 1, value: 90 });
  const lost = engine.ask("answer", { op: "explain" });
  const other = engine.ask("view/lines_view", { op: "ask" });
  await settle();
  workers[0].send({ id: workers[0].take("explain").id, trap: "unreachable" });
  await assert.rejects(lost, Trapped);
  await assert.rejects(other, Stale);
  await settle();
  assert.ok(workers[0].ended);
  assert.equal(workers.length, 2);
  assert.deepEqual(workers[1].got.map(({ op, kind, value }) => [op, kind, value]), [["init", undefined, undefined], ["open", undefined, undefined], ["input", "series", undefined], ["input", "cell", 90]]);
  assert.deepEqual(restarts, [{ reason: "unreachable", restored: true, afresh: false }]);
  const next = engine.ask("answer", { op: "explain" });
  await settle();
  workers[1].answer("explain", "again");
  assert.equal(await next, "again");
});

test("questions asked during a restart wait for the restored model", async () => {
  const { engine, workers } = bench({ auto: ["init", "input"] });
  const opening = engine.open("m", async () => new ArrayBuffer(8));
  await settle();
  workers[0].answer("open", {});
  await opening;
  await engine.input({ kind: "text", text: "a" });
  const lost = engine.ask("answer", { op: "explain" });
  await settle();
  workers[0].send({ id: workers[0].take("explain").id, trap: "unreachable" });
  await assert.rejects(lost, Trapped);
  const next = engine.ask("trace", { op: "trace" });
  await settle();
  assert.ok(!workers[1].got.some(({ op }) => op === "trace"));
  workers[1].answer("open", {});
  await settle();
  workers[1].answer("trace", "traced");
  assert.equal(await next, "traced");
});

test("silence ends a worker", async () => {
  const { engine, workers, restarts } = bench({ patience: 40 });
  const lost = engine.ask("answer", { op: "explain" });
  await assert.rejects(lost, Trapped);
  await settle();
  assert.ok(workers[0].ended);
  assert.equal(restarts.length, 1);
  engine.stop();
});

test("progress is a sign of life", async () => {
  const { engine, workers } = bench({ patience: 60 });
  const answer = engine.ask("answer", { op: "explain" });
  await settle();
  const { id } = workers[0].take("explain");
  for (let k = 0; k < 8; k += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    workers[0].send({ id, progress: k });
  }
  workers[0].send({ id, value: "done" });
  assert.equal(await answer, "done");
  assert.equal(workers.length, 1);
});

test("a worker that never starts is given up after three", async () => {
  const { engine, workers, restarts } = bench({ auto: [] });
  const asked = assert.rejects(engine.ask("model", { op: "open" }), Trapped);
  for (let k = 0; k < 3; k += 1) {
    await settle();
    workers[k].onerror({ message: "no such file" });
  }
  await asked;
  assert.equal(workers.length, 3);
  assert.deepEqual(restarts.at(-1), { reason: "no such file", restored: false, afresh: false });
});

test("what half a module could not do is told to nobody but the page, which begins again", async () => {
  const { engine, workers, restarts } = bench({ early: true });
  const asked = engine.ask("answer", { op: "explain" });
  await settle();
  workers[0].send({ id: workers[0].take("explain").id, trap: "unreachable" });
  await assert.rejects(asked, Stale);
  await settle();
  assert.deepEqual([workers[0], workers[1]].map(({ got }) => got[0].rest), [null, "rest"]);
  assert.deepEqual(restarts, [{ reason: "unreachable", restored: false, afresh: true }]);
  await engine.complete(); // it is there already
  assert.equal(workers[1].got.length, 1);
});

test("the rest of the module is brought to a worker that began without it", async () => {
  const { engine, workers } = bench({ early: true, auto: ["init", "rest"] });
  await engine.complete();
  assert.deepEqual(workers[0].got.map(({ op, rest }) => [op, rest]), [["init", null], ["rest", "rest"]]);
});

test("cancel asks the worker, and the job answers with what it had", async () => {
  const { engine, workers: [worker] } = bench();
  const answer = engine.ask("answer", { op: "explain" });
  await settle();
  const cancelled = engine.cancel();
  worker.send({ id: worker.take("explain").id, value: { cancelled: true, answer: "half" } });
  worker.answer("cancel");
  await cancelled;
  assert.deepEqual(await answer, { cancelled: true, answer: "half" });
});
