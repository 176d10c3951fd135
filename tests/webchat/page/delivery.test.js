/* A server that keeps its promises, and a line that keeps none: frames cut anywhere, answers lost or late, requests repeated.
   Whatever happens, page and server end with the same conversation: nothing lost, nothing twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { initial, reduce } from "../../../webchat/page/reduce.js";

const RUNS = 400;

/** A small generator, so that a failure can be told again by its seed. */
function dice(seed) {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function server() {
  const rows = new Map();
  const kept = new Map();
  let seq = 0;
  let floor = 0;
  let id = 0;
  const wire = [];
  const message = (who, text, key) => {
    id += 1;
    seq += 1;
    const m = { message_id: id, date: 1, from: { id: who }, text };
    rows.set(id, { seq, m, client_key: key, received: false });
    wire.push({ t: "message", seq, client_key: key, m });
    return { seq, m };
  };
  return {
    wire,
    send(key, text) {
      if (!kept.has(key)) kept.set(key, message(101, text, key));
      const { seq: at, m } = kept.get(key);
      return { key, seq: at, m: rows.has(m.message_id) ? rows.get(m.message_id).m : null };
    },
    say: (text) => message(1, text, null),
    edit(pick, text) {
      const mine = [...rows.values()].filter((row) => row.m.from.id === 1);
      const row = mine[pick % mine.length];
      if (!row) return;
      seq += 1;
      row.m = { ...row.m, text };
      row.seq = seq;
      wire.push({ t: "edited", seq, m: row.m });
    },
    remove(pick) {
      const row = [...rows.values()][pick % rows.size];
      if (!row) return;
      rows.delete(row.m.message_id);
      seq += 1;
      floor = seq;
      wire.push({ t: "deleted", seq, message_id: row.m.message_id });
    },
    resume(last) {
      wire.length = 0;
      const reset = last === 0 || last < floor;
      const items = [...rows.values()].filter((row) => reset || row.seq > last);
      return { t: "history", items, last_seq: seq, reset, reply_keyboard: null, commands: [], pinned: null };
    },
    texts: () => [...rows.values()].map((row) => row.m.text),
  };
}

function life(seed) {
  const roll = dice(seed);
  const there = server();
  let state = reduce(initial, { t: "welcome", me: { id: 101, lang: "fr" }, bot: {}, build: "b" });
  const hear = (ev) => (state = reduce(state, ev));
  const answers = [];
  const waiting = [];
  let open = false;
  for (let step = 0; step < 60; step += 1) {
    const what = roll(12);
    if (what <= 1) {
      const key = `k${step}`;
      waiting.push(key);
      hear({ t: "echo", key, m: { message_id: 0, text: key, date: 1 } });
    } else if (what === 2 && waiting.length) {
      const answer = there.send(waiting[0], waiting[0]);
      // The answer comes now, comes late, or never comes; the page only goes on when one came.
      if (roll(3)) {
        answers.push({ t: "sent", ...answer });
        waiting.shift();
      }
    } else if (what === 3 && answers.length) hear(answers.splice(roll(answers.length), 1)[0]);
    else if (what === 4) there.say(`bot ${step}`);
    else if (what === 5) there.edit(roll(50), `edited ${step}`);
    else if (what === 6 && !roll(2)) there.remove(roll(50));
    else if (what === 7) open = false;
    else if (what === 8 && !open) {
      open = true;
      hear(there.resume(state.lastSeq));
    } else if (open && there.wire.length) {
      const frame = there.wire.shift();
      hear(frame);
      if (!roll(4)) hear(frame);
    }
    // What the server says while the line is dead is heard by nobody.
    if (!open) there.wire.length = 0;
  }
  for (const key of waiting) hear({ t: "sent", ...there.send(key, key) });
  for (const answer of answers) hear(answer);
  hear(there.resume(state.lastSeq));
  return { state, there };
}

test(`check 17: ${RUNS} lives on a bad line end with the same conversation on both sides`, () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const { state, there } = life(seed);
    const shown = state.order.map((key) => state.rows[key].m.text);
    assert.deepEqual(shown, there.texts(), `seed ${seed}`);
    assert.ok(state.order.every((key) => state.rows[key].id !== null), `seed ${seed}: something still waits`);
  }
});

test("the answer to a POST does not pretend that the socket was heard", () => {
  let state = reduce(initial, { t: "history", items: [], last_seq: 4, reset: true });
  state = reduce(state, { t: "echo", key: "k", m: { message_id: 0, text: "a", date: 1 } });
  state = reduce(state, { t: "sent", key: "k", seq: 9, m: { message_id: 3, text: "a", date: 1, from: { id: 101 } } });
  assert.equal(state.lastSeq, 4, "frames 5 to 8 may still be held by a dead line");
});

test("an edit that overtakes its message waits for it, and what is deleted stays away", () => {
  const m = { message_id: 3, text: "old", date: 1, from: { id: 1 } };
  let state = reduce(initial, { t: "edited", seq: 6, m: { ...m, text: "new" } });
  state = reduce(state, { t: "message", seq: 5, client_key: null, m });
  assert.equal(state.rows["m:3"].m.text, "new");
  state = reduce(state, { t: "deleted", seq: 7, message_id: 3 });
  state = reduce(state, { t: "message", seq: 5, client_key: null, m });
  assert.deepEqual(state.order, []);
});

test("what the history brought first is not shown a second time by the outbox", () => {
  const m = { message_id: 3, text: "a", date: 1, from: { id: 101 } };
  let state = reduce(initial, { t: "history", items: [{ seq: 1, m, client_key: "k", received: true }], last_seq: 1, reset: true });
  state = reduce(state, { t: "echo", key: "k", m: { message_id: 0, text: "a", date: 1 } });
  assert.equal(state.order.length, 1);
});

test("what came while nobody looked stands under a line", () => {
  const row = (id, who) => ({ seq: id, client_key: null, m: { message_id: id, text: `${id}`, date: 1, from: { id: who } } });
  const welcome = reduce(initial, { t: "welcome", me: { id: 101, lang: "fr" }, bot: {}, build: "b" });
  const first = reduce(welcome, { t: "history", items: [row(1, 1), row(2, 101), row(3, 1)], last_seq: 3, reset: true, seen: 2 });
  assert.equal(first.unreadFrom, 3);
  assert.equal(reduce(welcome, { t: "history", items: [row(1, 1)], last_seq: 1, reset: true, seen: 0 }).unreadFrom, null, "a first visit has nothing old");
  const read = reduce(welcome, { t: "history", items: [row(1, 1)], last_seq: 1, reset: true, seen: 1 });
  assert.equal(reduce(read, { t: "message", hidden: false, ...row(4, 1) }).unreadFrom, null);
  assert.equal(reduce(read, { t: "message", hidden: true, ...row(4, 1) }).unreadFrom, 4);
  assert.equal(reduce(read, { t: "history", items: [row(5, 1)], last_seq: 5, reset: false }).unreadFrom, 5);
});
