/* Pure: (state, event) -> state. Time and random values come inside the event. Every path by which one message can arrive
   (echo, answer to the POST, socket, history) goes through `merge`, so a message can never show twice. */

export const LANGS = ["fr", "en", "tr", "ar", "pt"];

export const initial = Object.freeze({
  me: null,
  bot: null,
  build: null,
  lang: null,
  conn: "connecting",
  loaded: false,
  lastSeq: 0,
  order: [],
  rows: {},
  ids: {},
  late: {},
  more: false,
  unreadFrom: null,
  receivedUpto: 0,
  replyKeyboard: null,
  barOpen: true,
  commands: [],
  pinned: null,
  typing: null,
  replyTo: null,
  placeholder: null,
  pressed: {},
  notice: null,
  clock: null,
  staleBuild: false,
});

export const pressId = (messageId, data) => `${messageId} ${data}`;

/** A service message has a place of its own on the page (the pinned bar), not a row. */
const isService = (m) => Boolean(m.pinned_message);

export const isEmpty = (state) => state.loaded && state.order.length === 0;

function place(order, rows, key) {
  const rank = (k) => (rows[k].id === null ? Infinity : rows[k].id);
  const rest = order.filter((k) => k !== key);
  let at = rest.length;
  // An echo waits at the end; a stored message goes before every echo, at its own number.
  while (at > 0 && rank(rest[at - 1]) > rank(key)) at -= 1;
  rest.splice(at, 0, key);
  return rest;
}

function ownState(state, id, received) {
  return received || id <= state.receivedUpto ? "received" : "sent";
}

function merge(state, { seq, m, client_key: clientKey, received, mine, reaction }) {
  if (!m || isService(m)) return state;
  const late = state.late[m.message_id];
  if (late?.gone) return clientKey ? remove(state, `c:${clientKey}`) : state;
  const echoKey = clientKey && state.rows[`c:${clientKey}`] ? `c:${clientKey}` : null;
  const knownKey = state.ids[m.message_id] || null;
  const key = echoKey || knownKey || `m:${m.message_id}`;
  const old = state.rows[key];
  const known = knownKey ? state.rows[knownKey] : null;
  const isMine = mine ?? (state.me ? m.from?.id === state.me.id : Boolean(old?.mine));
  const newer = known && known.rev > seq ? known.m : late?.seq > seq ? late.m : null;
  const row = {
    key,
    id: m.message_id,
    seq: known ? Math.min(known.seq, seq) : seq,
    rev: Math.max(seq, known?.rev ?? 0, late?.seq ?? 0),
    m: newer || m,
    clientKey: clientKey || known?.clientKey || old?.clientKey || null,
    mine: isMine,
    state: isMine ? ownState(state, m.message_id, received || known?.state === "received") : null,
    reaction: reaction ?? known?.reaction ?? null,
    error: null,
  };
  const rows = { ...state.rows, [key]: row };
  let order = state.order;
  if (knownKey && knownKey !== key) {
    delete rows[knownKey];
    order = order.filter((k) => k !== knownKey);
  }
  if (!old || old.id !== row.id || knownKey !== key) order = place(order, rows, key);
  return { ...state, rows, order, ids: { ...state.ids, [m.message_id]: key } };
}

/** Only what the socket told counts as heard: the answer to a POST may overtake frames that a dead line still holds. */
function bump(state, seq) {
  return typeof seq === "number" && seq > state.lastSeq ? { ...state, lastSeq: seq } : state;
}

function remove(state, key) {
  const row = state.rows[key];
  if (!row) return state;
  const rows = { ...state.rows };
  const ids = { ...state.ids };
  delete rows[key];
  if (row.id !== null) delete ids[row.id];
  return { ...state, rows, ids, order: state.order.filter((k) => k !== key) };
}

function patch(state, key, change) {
  const row = state.rows[key];
  return row ? { ...state, rows: { ...state.rows, [key]: { ...row, ...change } } } : state;
}

function withLang(state, lang) {
  const short = String(lang || "").slice(0, 2).toLowerCase();
  return LANGS.includes(short) && short !== state.lang ? { ...state, lang: short } : state;
}

/** What a new message from the bot changes around it. */
function afterBotMessage(state, m) {
  const force = m.reply_markup?.force_reply ? m.reply_markup : null;
  return withLang(
    {
      ...state,
      typing: null,
      replyTo: force ? m.message_id : null,
      placeholder: force?.input_field_placeholder || null,
    },
    m.lang,
  );
}

const isTheirs = (row) => row.id !== null && !row.mine;

const without = (object, key) => {
  const copy = { ...object };
  delete copy[key];
  return copy;
};

const pressByKey = (state, key) => Object.keys(state.pressed).find((id) => state.pressed[id].key === key);

const handlers = new Map(
  Object.entries({
    welcome(s, ev) {
      const next = { ...s, me: ev.me, bot: ev.bot, build: s.build || ev.build, staleBuild: Boolean(s.build && ev.build !== s.build), clock: ev.now ?? s.clock };
      // A reconnect must not undo the language the bot spoke last.
      return s.lang && s.me?.lang === ev.me.lang ? next : withLang(next, ev.me.lang);
    },

    history(s, ev) {
      // `reset` replaces what the server knew; our own unsent messages stay.
      let next = s;
      if (ev.reset) {
        const echoes = s.order.filter((k) => s.rows[k].id === null);
        const rows = Object.fromEntries(echoes.map((k) => [k, s.rows[k]]));
        next = { ...s, rows, order: echoes, ids: {}, lastSeq: 0, receivedUpto: 0, pressed: {}, pinned: null };
      }
      for (const item of ev.items || []) next = merge(next, item);
      if (ev.pinned !== undefined) next = { ...next, pinned: ev.pinned };
      const spoken = next.order.findLast((key) => next.rows[key].m.lang);
      if (spoken) next = withLang(next, next.rows[spoken].m.lang);
      const known = s.loaded ? (id) => s.ids[id] : (id) => !ev.seen || id <= ev.seen;
      const fresh = next.order.find((key) => isTheirs(next.rows[key]) && !known(next.rows[key].id));
      return {
        ...bump(next, ev.last_seq),
        loaded: true,
        conn: "open",
        typing: null,
        more: ev.reset ? Boolean(ev.more) : next.more,
        unreadFrom: fresh && !(s.loaded && s.unreadFrom) ? next.rows[fresh].id : next.unreadFrom,
        replyKeyboard: ev.reply_keyboard ?? null,
        commands: ev.commands ?? next.commands,
      };
    },

    /** A page of what was said before; the newest stays what it was. */
    older: (s, ev) => ({ ...(ev.items || []).reduce(merge, s), more: Boolean(ev.more) }),

    message(s, ev) {
      const next = bump(merge(s, ev), ev.seq);
      const mine = s.me && ev.m.from?.id === s.me.id;
      if (mine) return next;
      const unread = ev.hidden && s.unreadFrom === null ? { unreadFrom: ev.m.message_id } : {};
      return afterBotMessage({ ...next, ...unread }, ev.m);
    },

    edited(s, ev) {
      const id = ev.m.message_id;
      const key = s.ids[id];
      // An edit that comes before its message waits for it.
      if (!key) return bump(s.late[id]?.seq > ev.seq || s.late[id]?.gone ? s : { ...s, late: { ...s.late, [id]: { m: ev.m, seq: ev.seq } } }, ev.seq);
      if (s.rows[key].rev > ev.seq) return bump(s, ev.seq);
      return withLang(bump(patch(s, key, { m: ev.m, rev: ev.seq }), ev.seq), ev.m.lang);
    },

    /** Numbers are never given twice: what is gone stays gone, whatever comes late. */
    deleted(s, ev) {
      const gone = s.ids[ev.message_id];
      const next = gone ? remove(s, gone) : s;
      return bump({ ...next, late: { ...next.late, [ev.message_id]: { gone: true } }, pinned: next.pinned === ev.message_id ? null : next.pinned }, ev.seq);
    },

    reaction: (s, ev) => bump(patch(s, s.ids[ev.message_id], { reaction: ev.emoji || null }), ev.seq),
    pinned: (s, ev) => bump({ ...s, pinned: ev.message_id ?? null }, ev.seq),
    keyboard: (s, ev) => bump({ ...s, replyKeyboard: ev.reply_markup || null, barOpen: true }, ev.seq),
    commands: (s, ev) => bump({ ...s, commands: ev.commands || [] }, ev.seq),
    typing: (s, ev) => ({ ...s, typing: { action: ev.action, until: ev.at + ev.ms } }),
    typing_end: (s) => (s.typing ? { ...s, typing: null } : s),
    clock: (s, ev) => ({ ...s, clock: ev.now }),
    conn: (s, ev) => (s.conn === ev.conn ? s : { ...s, conn: ev.conn }),

    received(s, ev) {
      let next = { ...s, receivedUpto: Math.max(s.receivedUpto, ev.upto) };
      for (const key of s.order) {
        const row = s.rows[key];
        if (row.mine && row.state === "sent" && row.id <= ev.upto) next = patch(next, key, { state: "received" });
      }
      return bump(next, ev.seq);
    },

    echo(s, ev) {
      const key = `c:${ev.key}`;
      // What waited in the outbox may have been stored already: the history brought it first.
      if (s.rows[key] || s.order.some((k) => s.rows[k].clientKey === ev.key)) return s;
      const row = { key, clientKey: ev.key, id: null, seq: null, rev: 0, m: ev.m, mine: true, state: "waiting", reaction: null, error: null };
      const once = s.replyKeyboard?.one_time_keyboard ? false : s.barOpen;
      return { ...s, rows: { ...s.rows, [key]: row }, order: [...s.order, key], replyTo: null, placeholder: null, barOpen: once };
    },
    // Deleted before the answer of the POST came: the server says so, or the socket is past it and never told of it.
    sent: (s, ev) => ev.m && (ev.seq > s.lastSeq || s.ids[ev.m.message_id]) ? merge(s, { seq: ev.seq, m: ev.m, client_key: ev.key, received: false, mine: true }) : remove(s, `c:${ev.key}`),
    refused: (s, ev) => patch(s, `c:${ev.key}`, { state: "failed", error: ev.error || "other" }),
    discarded: (s, ev) => remove(s, `c:${ev.key}`),

    press: (s, ev) => ({ ...s, pressed: { ...s.pressed, [ev.id]: { key: ev.key, at: ev.at, state: "busy" } } }),
    press_slow(s, ev) {
      const id = pressByKey(s, ev.key);
      if (!id || s.pressed[id].state !== "busy") return s;
      return { ...s, pressed: { ...s.pressed, [id]: { ...s.pressed[id], state: "slow" } }, notice: { kind: "slow", key: ev.key } };
    },
    press_lost(s, ev) {
      // The network failed: the key is free again and the next tap reuses the same idempotency key.
      const id = pressByKey(s, ev.key);
      const notice = ev.error ? { kind: "error", error: ev.error, key: ev.key } : { kind: "offline", key: ev.key };
      return id ? { ...s, pressed: { ...s.pressed, [id]: { ...s.pressed[id], state: "slow" } }, notice } : s;
    },
    press_refused(s, ev) {
      const id = pressByKey(s, ev.key);
      return id ? { ...s, pressed: without(s.pressed, id), notice: { kind: "error", error: ev.error, key: ev.key } } : s;
    },
    answer(s, ev) {
      const id = pressByKey(s, ev.key);
      const pressed = id ? without(s.pressed, id) : s.pressed;
      const notice = ev.text || ev.url ? { kind: ev.show_alert ? "alert" : "toast", text: ev.text || "", url: ev.url || null, key: ev.key } : s.notice;
      return { ...s, pressed, notice };
    },

    /** The server speaks another version: only a new page understands it. */
    outdated: (s) => ({ ...s, staleBuild: true, conn: "connecting" }),
    bar: (s, ev) => ({ ...s, barOpen: ev.open }),
    reset: (s) => ({ ...initial, lang: s.lang, build: s.build }),
  }),
);

export function reduce(state, ev) {
  const handler = handlers.get(ev?.t);
  return handler ? handler(state, ev) : state;
}
