import assert from "node:assert/strict";
import { test } from "node:test";
import { createOutbox, next, verdict } from "../../../webchat/page/outbox.js";

test("the waits are 1, 2, 4, 8, 15, 30, 30 seconds", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 99].map((n) => next(n, 0)), [1000, 2000, 4000, 8000, 15000, 30000, 30000, 30000]);
  assert.equal(next(1, 500), 1500);
  assert.equal(next(1, 0, 1), 1200);
});

test("what a status means", () => {
  assert.deepEqual([200, 201, 400, 403, 404, 413, 422, 408, 409, 429, 500, 503].map(verdict), ["done", "done", "refused", "refused", "refused", "refused", "refused", "retry", "retry", "retry", "retry", "retry"]);
});

function bench(answers) {
  const sent = [];
  const events = [];
  const timers = [];
  const box = createOutbox({
    post: async (path, body, key) => {
      sent.push([key, body.text]);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    dispatch: (ev) => events.push(`${ev.t} ${ev.key}${ev.error ? ` ${ev.error}` : ""}`),
    clock: { now: () => 0, later: (fn, ms) => timers.push([fn, ms]), clear: () => {} },
    random: () => 0,
    sent: () => {},
  });
  return { box, sent, events, timers, put: (key) => box.add({ key, path: "/api/send", body: { text: key } }) };
}
const settle = () => new Promise((resolve) => setTimeout(resolve));
const ok = (seq) => ({ status: 200, data: { seq, m: {} } });

test("in order, one in flight, same key after a failure", async () => {
  const b = bench([new TypeError("network"), ok(1), ok(2)]);
  b.put("a");
  b.put("b");
  await settle();
  assert.deepEqual(b.sent, [["a", "a"]]);
  assert.equal(b.timers[0][1], 1000);
  b.timers[0][0]();
  await settle();
  assert.deepEqual(b.sent.map(([key]) => key), ["a", "a", "b"]);
  assert.deepEqual(b.events, ["sent a", "sent b"]);
});

test("refused is final and does not hold the others", async () => {
  const b = bench([{ status: 400, data: { error: "too_long" } }, ok(1)]);
  b.put("a");
  b.put("b");
  await settle();
  assert.deepEqual(b.events, ["refused a too_long", "sent b"]);
  assert.equal(b.box.size(), 0);
});

test("429 waits as long as it is told", async () => {
  const b = bench([{ status: 429, data: { error: "slow_down", retry_after: 7 } }]);
  b.put("a");
  await settle();
  assert.equal(b.timers[0][1], 7000);
});
