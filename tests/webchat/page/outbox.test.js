import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryBox } from "../../../webchat/page/box.js";
import { createOutbox, next, verdict } from "../../../webchat/page/outbox.js";

test("the waits are 1, 2, 4, 8, 15, 30, 30 seconds", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 99].map((n) => next(n, 0)), [1000, 2000, 4000, 8000, 15000, 30000, 30000, 30000]);
  assert.equal(next(1, 500), 1500);
  assert.equal(next(1, 0, 1), 1200);
});

test("what a status means", () => {
  assert.deepEqual([200, 201, 400, 403, 404, 413, 422, 0, 401, 408, 409, 429, 500, 503].map(verdict), ["done", "done", "refused", "refused", "refused", "refused", "refused", "retry", "retry", "retry", "retry", "retry", "retry", "retry"]);
});

/** One tab after the other at this lock, as navigator.locks does it. */
function locks() {
  let last = Promise.resolve();
  return (work) => (last = last.then(work, work));
}

/** A tab of a phone whose timers are fired by hand. */
function tab({ box = memoryBox(), lock = locks(), post, now = () => 0 }) {
  const events = [];
  const timers = [];
  const shown = [];
  const outbox = createOutbox({
    chat: 1,
    box,
    lock,
    post,
    dispatch: (ev) => events.push(`${ev.t} ${ev.key}${ev.error ? ` ${ev.error}` : ""}`),
    clock: { now, later: (fn, ms) => timers.push([fn, ms]), clear: () => {} },
    random: () => 0,
    sent: () => {},
    back: (item) => shown.push(item.key),
  });
  return { outbox, events, timers, shown, put: (key) => outbox.add({ key, path: "/api/send", body: { text: key } }), fire: () => timers.splice(0).forEach(([fn]) => fn()) };
}

function bench(answers, more = {}) {
  const sent = [];
  const post = async (path, body, key) => {
    sent.push(key);
    const answer = answers.shift() ?? ok(0);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { sent, ...tab({ post, ...more }) };
}
const settle = async () => {
  for (let n = 0; n < 6; n += 1) await new Promise((resolve) => setTimeout(resolve));
};
const ok = (seq) => ({ status: 200, data: { seq, m: {} } });

test("in order, one in flight, same key after a failure", async () => {
  const b = bench([new TypeError("network"), ok(1), ok(2)]);
  await Promise.all([b.put("a"), b.put("b")]);
  await settle();
  assert.deepEqual(b.sent, ["a"]);
  assert.equal(b.timers[0][1], 1000);
  b.fire();
  await settle();
  assert.deepEqual(b.sent, ["a", "a", "b"]);
  assert.deepEqual(b.events, ["sent a", "sent b"]);
});

test("refused is final, is remembered, and does not hold the others", async () => {
  const box = memoryBox();
  const b = bench([{ status: 400, data: { error: "too_long" } }, ok(1)], { box });
  await Promise.all([b.put("a"), b.put("b")]);
  await settle();
  assert.deepEqual(b.events, ["refused a too_long", "sent b"]);
  b.outbox.kick();
  await settle();
  assert.deepEqual(b.sent, ["a", "b"]);
  const after = bench([], { box });
  await after.outbox.load();
  await settle();
  assert.deepEqual([after.shown, after.events, after.sent], [["a"], ["refused a too_long"], []]);
  await after.outbox.forget("a");
  assert.deepEqual(await box.list(1), []);
});

test("429 waits as long as it is told", async () => {
  const b = bench([{ status: 429, data: { error: "slow_down", retry_after: 7 } }]);
  await b.put("a");
  await settle();
  assert.equal(b.timers[0][1], 7000);
});

test("check 18: a killed tab leaves three messages, the next one sends them in order", async () => {
  const box = memoryBox();
  const dead = bench([new TypeError("offline")], { box });
  for (const key of ["un", "deux", "trois"]) await dead.put(key);
  await settle();
  dead.outbox.stop();
  const born = bench([], { box });
  await born.outbox.load();
  await settle();
  assert.deepEqual(born.shown, ["un", "deux", "trois"]);
  assert.deepEqual(born.sent, ["un", "deux", "trois"]);
  assert.deepEqual(await box.list(1), []);
});

test("a tab killed between the answer and its note sends the same key again", async () => {
  const box = memoryBox();
  const dying = bench([ok(1)], { box: { ...box, remove: () => new Promise(() => {}) } });
  await dying.put("a");
  await settle();
  const born = bench([ok(1)], { box });
  await born.outbox.load();
  await settle();
  assert.deepEqual([...dying.sent, ...born.sent], ["a", "a"]);
});

test("two tabs never send at the same time, and each hears of a refusal", async () => {
  const box = memoryBox();
  const lock = locks();
  let inFlight = 0;
  const seen = [];
  const post = async (_path, _body, key) => {
    inFlight += 1;
    assert.equal(inFlight, 1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inFlight -= 1;
    seen.push(key);
    return key === "b" ? { status: 422, data: { error: "too_long" } } : ok(1);
  };
  const [one, two] = [tab({ box, lock, post }), tab({ box, lock, post })];
  await Promise.all([one.put("a"), two.put("b"), one.put("c"), two.put("d")]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  one.outbox.kick();
  two.outbox.kick();
  await settle();
  assert.deepEqual(seen, ["a", "b", "c", "d"]);
  assert.ok(one.events.includes("refused b too_long") && two.events.includes("refused b too_long"));
});

test("after three days the person decides: the server has forgotten the key", async () => {
  const box = memoryBox();
  let now = 0;
  const b = bench([new TypeError("offline"), ok(1)], { box, now: () => now });
  await b.put("old");
  await settle();
  now = 72 * 3600 * 1000;
  b.fire();
  await settle();
  assert.deepEqual([b.sent, b.events], [["old"], ["refused old too_old"]]);
});
