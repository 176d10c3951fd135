import assert from "node:assert/strict";
import { test } from "node:test";
import { initial, isEmpty, pressId, reduce } from "../../../webchat/page/reduce.js";

function freeze(value) {
  if (value && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

const run = (...events) => events.reduce((state, ev) => freeze(reduce(state, ev)), initial);
const welcome = { t: "welcome", v: 1, build: "b", me: { id: 101, first_name: "Léa", lang: "fr" }, bot: { first_name: "École" }, now: null };
const from = (id, messageId, text, more = {}) => ({ message_id: messageId, date: 1, from: { id }, text, ...more });
const mine = (messageId, text) => from(101, messageId, text);
const theirs = (messageId, text, more) => from(1, messageId, text, more);
const history = (...items) => ({ t: "history", items, last_seq: Math.max(0, ...items.map((i) => i.seq)), reply_keyboard: null, commands: [], reset: false });
const texts = (state) => state.order.map((key) => state.rows[key].m.text);
const echo = (key, text) => ({ t: "echo", key, m: { ...mine(0, text) } });

test("an echo merges with the answer of the POST", () => {
  const state = run(welcome, history(), echo("k1", "salut"), { t: "sent", key: "k1", seq: 4, m: mine(9, "salut") });
  assert.deepEqual(state.order, ["c:k1"]);
  assert.equal(state.rows["c:k1"].state, "sent");
});

test("an echo merges with the socket, then with the late answer", () => {
  const state = run(welcome, history(), echo("k1", "salut"), { t: "message", seq: 4, client_key: "k1", m: mine(9, "salut") }, { t: "sent", key: "k1", seq: 4, m: mine(9, "salut") });
  assert.deepEqual(texts(state), ["salut"]);
});

test("an echo merges with the history after a lost answer", () => {
  const state = run(welcome, history(), echo("k1", "salut"), history({ seq: 4, m: mine(9, "salut"), client_key: "k1", received: true }));
  assert.deepEqual(texts(state), ["salut"]);
  assert.equal(state.rows["c:k1"].state, "received");
});

test("a row that came without its key is joined when the answer brings the key", () => {
  const state = run(welcome, history(), echo("k1", "salut"), { t: "message", seq: 4, client_key: null, m: mine(9, "salut") }, { t: "sent", key: "k1", seq: 4, m: mine(9, "salut") });
  assert.deepEqual(texts(state), ["salut"]);
});

test("the same message twice shows once", () => {
  const message = { t: "message", seq: 5, client_key: null, m: theirs(7, "bonjour") };
  assert.deepEqual(texts(run(welcome, history(), message, message)), ["bonjour"]);
});

test("stored messages keep their order and echoes stay last", () => {
  const state = run(
    welcome,
    history({ seq: 2, m: theirs(2, "b"), client_key: null }, { seq: 1, m: theirs(1, "a"), client_key: null }),
    echo("k", "moi"),
    { t: "message", seq: 3, client_key: null, m: theirs(3, "c") },
  );
  assert.deepEqual(texts(state), ["a", "b", "c", "moi"]);
});

test("an edited message stays in its place, in history too", () => {
  const start = [welcome, history({ seq: 1, m: theirs(1, "a"), client_key: null }, { seq: 2, m: theirs(2, "b"), client_key: null })];
  assert.deepEqual(texts(run(...start, { t: "edited", seq: 3, m: theirs(1, "A") })), ["A", "b"]);
  assert.deepEqual(texts(run(...start, history({ seq: 3, m: theirs(1, "A"), client_key: null }))), ["A", "b"]);
});

test("an older edit does not undo a newer one", () => {
  const state = run(welcome, history({ seq: 1, m: theirs(1, "a"), client_key: null }), { t: "edited", seq: 9, m: theirs(1, "new") }, { t: "edited", seq: 8, m: theirs(1, "old") });
  assert.deepEqual(texts(state), ["new"]);
});

test("a deleted message leaves, and its pin with it", () => {
  const state = run(welcome, history({ seq: 1, m: theirs(1, "a"), client_key: null }), { t: "pinned", seq: 2, message_id: 1 }, { t: "deleted", seq: 3, message_id: 1 });
  assert.equal(state.pinned, null);
  assert.ok(isEmpty(state));
});

test("reset replaces everything but what still waits to be sent", () => {
  const state = run(welcome, history({ seq: 1, m: theirs(1, "old"), client_key: null }), echo("k", "waits"), { ...history({ seq: 1, m: theirs(1, "new"), client_key: null }), reset: true });
  assert.deepEqual(texts(state), ["new", "waits"]);
  assert.equal(state.lastSeq, 1);
});

test("received marks every message up to that one, also those that arrive after", () => {
  const state = run(welcome, history({ seq: 1, m: mine(1, "a"), client_key: null }), { t: "received", upto: 2 }, { t: "message", seq: 2, client_key: null, m: mine(2, "b") }, { t: "message", seq: 3, client_key: null, m: mine(3, "c") });
  assert.deepEqual(state.order.map((k) => state.rows[k].state), ["received", "received", "sent"]);
});

test("a refused message says why", () => {
  const row = run(welcome, history(), echo("k", "x"), { t: "refused", key: "k", error: "too_long" }).rows["c:k"];
  assert.equal(row.state, "failed");
  assert.equal(row.error, "too_long");
});

test("a press is busy until its answer, slow after ten seconds, and keeps its key", () => {
  const id = pressId(3, "yes");
  const press = { t: "press", id, key: "p1", at: 5 };
  assert.equal(run(welcome, press).pressed[id].state, "busy");
  const slow = run(welcome, press, { t: "press_slow", key: "p1" });
  assert.deepEqual(slow.pressed[id], { key: "p1", at: 5, state: "slow" });
  const done = run(welcome, press, { t: "answer", key: "p1", text: "Noté", show_alert: false });
  assert.deepEqual(done.pressed, {});
  assert.deepEqual([done.notice.kind, done.notice.text], ["toast", "Noté"]);
  assert.deepEqual(reduce(done, { t: "press_slow", key: "p1" }), done);
});

test("the language follows welcome and the messages of the bot", () => {
  assert.equal(run(welcome).lang, "fr");
  assert.equal(run(welcome, { t: "message", seq: 1, client_key: null, m: theirs(1, "merhaba", { lang: "tr" }) }).lang, "tr");
  assert.equal(run(welcome, { t: "message", seq: 1, client_key: null, m: theirs(1, "x", { lang: "xx" }) }).lang, "fr");
});

test("a one-time bar closes after an answer and opens again with a new one", () => {
  const keyboard = { t: "keyboard", seq: 1, reply_markup: { keyboard: [[{ text: "Oui" }]], one_time_keyboard: true } };
  const answered = run(welcome, keyboard, echo("k", "Oui"));
  assert.equal(answered.barOpen, false);
  assert.equal(reduce(answered, { ...keyboard, seq: 2 }).barOpen, true);
});

test("unknown frames change nothing", () => {
  for (const t of ["later", "constructor", "__proto__", undefined]) assert.equal(reduce(initial, { t }), initial);
});

test("a thousand messages are cheap", () => {
  let state = reduce(initial, welcome);
  const start = performance.now();
  for (let i = 1; i <= 1000; i += 1) state = reduce(state, { t: "message", seq: i, client_key: null, m: theirs(i, "x") });
  assert.equal(state.order.length, 1000);
  assert.ok(performance.now() - start < 3000);
});

test("a reconnect keeps the language the bot spoke last, a reload finds it in the history", () => {
  const turkish = { seq: 1, m: theirs(1, "merhaba", { lang: "tr" }), client_key: null };
  assert.equal(run(welcome, { t: "message", ...turkish }, welcome).lang, "tr");
  assert.equal(run(welcome, history(turkish, { seq: 2, m: mine(2, "selam"), client_key: null })).lang, "tr");
});

test("what the bot deleted before the answer came leaves no waiting row", () => {
  assert.ok(isEmpty(run(welcome, history(), echo("k", "x"), { t: "sent", key: "k", seq: 3, m: null })));
});
