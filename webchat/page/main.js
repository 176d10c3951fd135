/* Wires store, net, outbox and view of one phone. Everything that touches the outside comes in `deps`. */
import { styleSheet } from "./dom.js";
import { createI18n, loadWords } from "./i18n.js";
import { createPhone } from "./phone.js";
import { LANGS, initial, pressId, reduce } from "./reduce.js";
import { createStore } from "./store.js";

const PRESS_WITHIN = 10000;
/** The bot can answer a press for 150 s; after that the same key would only be answered from the store, with nothing. */
const PRESS_LIFE = 150000;
const OLDER = 50;
const SETTLED_WITHIN = 5000;
const FALLBACK_LANG = "fr";
const LATER = ["toast", "askLink", "openPhoto", "openMenu", "openAttach", "record", "stopRecording", "playVoice", "download", "listen"];

/** A part of the page that a bad line holds up is asked for again until it comes. */
async function insist(load, clock) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => clock.later(resolve, Math.min(attempt * 2000, 30000)));
    }
  }
}

/** One tab of the same chat works at a time; without locks (an old browser) each for itself, and the keys keep it single. */
const tabLock = (chat) => (work) => (navigator.locks ? navigator.locks.request(`outbox ${chat}`, work) : work());

export async function main(deps) {
  const { root, clock } = deps;
  const store = createStore(reduce, { ...initial, build: deps.build || null });
  const { dispatch } = store;
  // The line, the outbox and the drawing come behind the composer; what is asked of them before waits.
  let begin;
  const shown = new Promise((resolve) => (begin = resolve));
  const part = (load, make) => shown.then(() => insist(load, clock)).then(make);
  const opened = part(() => Promise.all([import("./message.js"), import("./keyboards.js")]), ([message, keyboards]) => ({ ...message, ...keyboards }));
  const net = part(() => import("./net.js"), ({ createNet }) => createNet({ ...deps, lastSeq: () => store.get().lastSeq, dispatch: heard }));
  // Toasts, sheets and the recorder leave the line to the first messages, unless somebody asks for them.
  let settle;
  const settled = new Promise((resolve) => (settle = () => void resolve()));
  const filesReady = part(() => import("./files.js"), ({ createFiles }) => createFiles((path) => net.then((line) => line.blob(path))));
  const files = { url: (id) => filesReady.then((all) => all.url(id)) };
  const outbox = part(
    () => import("./box.js"),
    ({ createOutbox, memoryBox, openBox }) =>
      createOutbox({
        chat: deps.chat ?? "",
        box: deps.chat ? openBox(window.indexedDB) : memoryBox(),
        lock: deps.chat ? tabLock(deps.chat) : (work) => work(),
        post: (path, body, key) => net.then((line) => line.post(path, payload(body), key)),
        dispatch,
        clock,
        random: deps.random,
        sent: (item, data) => keepLocal(item.key, data?.m),
        back: show,
      }),
  );
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        entry.target.whenSeen();
      }
    },
    { rootMargin: "400px" },
  );
  // What the server refused can be sent again: the item is remembered by the row it shows as.
  const items = new Map();
  let view = null;
  let extras = null;
  let typingTimer = null;
  let stopped = false;

  const payload = (body) => {
    if (!body.file) return body;
    const form = new FormData();
    form.set("kind", body.kind);
    form.set("file", body.file, body.name);
    if (body.caption) form.set("caption", body.caption);
    return form;
  };

  /** What we have just sent is shown from here, not downloaded again; the socket may tell its file id before the POST does. */
  function keepLocal(key, m) {
    const local = items.get(`c:${key}`)?.body.local;
    items.delete(`c:${key}`);
    if (!local || !m) return;
    filesReady.then((all) => [...(m.photo || []), ...(m.voice ? [m.voice] : [])].forEach(({ file_id: id }) => all.seed(id, local)));
  }

  const nowSeconds = () => (store.get().clock ? Date.parse(store.get().clock) : clock.now()) / 1000;

  /** What waits is shown at once; a file from an earlier page gets an address of its own again. */
  function show({ key, path, body, m }) {
    const local = body.file && body.kind !== "document" ? body.local || URL.createObjectURL(body.file) : null;
    const where = local && m.photo ? { photo: [{ ...m.photo[0], local }] } : local ? { voice: { ...m.voice, local } } : {};
    items.set(`c:${key}`, { path, body: { ...body, local }, m });
    dispatch({ t: "echo", key, m: { ...m, ...where, from: m.from || store.get().me } });
  }

  async function queue(path, body, m) {
    const { local, ...kept } = body;
    const item = { key: deps.uuid(), path, m: { message_id: 0, from: store.get().me, date: Math.floor(nowSeconds()), ...m } };
    show({ ...item, body });
    await outbox.then((box) => box.add({ ...item, body: kept }));
    return true;
  }

  function sendText(text) {
    const replyTo = store.get().replyTo;
    return queue("/api/send", replyTo ? { text, reply_to: replyTo } : { text }, { text });
  }

  async function press(messageId, data) {
    const id = pressId(messageId, data);
    const known = store.get().pressed[id];
    if (known?.state === "busy") return;
    const at = clock.now();
    const again = known && at - known.at < PRESS_LIFE ? known : { key: deps.uuid(), at };
    const { key } = again;
    dispatch({ t: "press", id, ...again });
    navigator.vibrate?.(30);
    clock.later(() => dispatch({ t: "press_slow", key }), PRESS_WITHIN);
    try {
      const { status, data: answer } = await (await net).post("/api/press", { message_id: messageId, data }, key);
      // A press that was answered while we were away: the store still knows the words.
      if (answer?.answer) dispatch({ t: "answer", key, ...answer.answer });
      else if (status === 429) dispatch({ t: "press_lost", key, error: answer?.error });
      else if (status >= 500 || status === 408) dispatch({ t: "press_lost", key });
      else if (status >= 400 && status !== 409) dispatch({ t: "press_refused", key, error: answer?.error });
    } catch {
      dispatch({ t: "press_lost", key });
    }
  }

  /** Where one has read to is remembered on this telephone, so that "new" stands above what came since. */
  const place = deps.chat ? `seen ${deps.chat}` : null;
  const seenUpto = () => (place && Number(window.localStorage?.getItem(place))) || 0;
  function remember(state) {
    const last = state.order.findLast((key) => state.rows[key].id !== null);
    if (place && state.loaded && !document.hidden && last) window.localStorage?.setItem(place, String(state.rows[last].id));
  }

  function heard(event) {
    dispatch(event.t === "history" ? { ...event, seen: store.get().loaded ? null : seenUpto() } : event.t === "message" ? { ...event, hidden: document.hidden } : event);
  }

  let fetching = false;
  /** The page before the oldest row we have. */
  async function older() {
    const state = store.get();
    if (fetching || !state.more) return;
    fetching = true;
    try {
      const first = state.order.map((key) => state.rows[key].id).find((id) => id !== null);
      const { status, data } = await (await net).get(`/api/older?before=${first}&limit=${OLDER}`);
      if (status === 200) dispatch({ t: "older", ...data });
    } catch {
      // The next scroll asks again.
    }
    fetching = false;
  }

  /** Not needed to read and write, so it comes a moment later; what is asked before waits for it. */
  function loadExtras(ctx) {
    const ready = settled.then(() => Promise.all([insist(() => import("./extras.js"), clock), styleSheet("over.css")])).then(([{ createExtras }]) => createExtras(root, ctx));
    const at = (name) => name !== "hear" && settle();
    return { ask: (name, ...given) => at(name) || ready.then((all) => (extras.ready === ready || name === "destroy") && all[name](...given)), ready };
  }

  function discard(row) {
    dispatch({ t: "discarded", key: row.key.slice(2) });
    outbox.then((box) => box.forget(row.key.slice(2)));
  }

  function makeContext(i18n, words) {
    const later = Object.fromEntries(LATER.map((name) => [name, (...given) => extras.ask(name, ...given)]));
    return {
      ...i18n,
      ...later,
      hasWords: (name) => name in words,
      state: store.get,
      files,
      invitation: deps.invitation,
      simulated: deps.simulated,
      botName: () => store.get().bot?.first_name || "…",
      sendText,
      sendFile: ({ m, ...body }) => queue("/api/upload", body, m),
      start: () => queue("/api/start", deps.invitation ? { payload: deps.invitation } : {}, { text: "/start" }),
      press,
      older,
      resend(row) {
        const item = items.get(row.key);
        discard(row);
        if (item) queue(item.path, item.body, { ...item.m, date: Math.floor(nowSeconds()) });
      },
      discard,
      reload: () => (deps.reload ? deps.reload() : location.reload()),
      toggleBar: () => dispatch({ t: "bar", open: !store.get().barOpen }),
      wake: () => net.then((line) => line.wake()),
      sound: (id, kind) => net.then((line) => line.blob(`/f/aloud/${id}?as=${kind}`)),
      parts: null,
      whenSeen(el, fn) {
        el.whenSeen = fn;
        seen.observe(el);
      },
      swap: (panel) => view.composer.swap(panel),
      focusMic: () => view.composer.mic.focus(),
      status: (text) => view.status(text),
    };
  }

  async function mount(lang) {
    const words = await loadWords(lang, deps.fetchJson);
    if (stopped) return;
    const old = view;
    const inField = document.activeElement === old?.composer.field;
    old?.destroy();
    extras?.ask("destroy");
    const ctx = makeContext(createI18n(lang, words, deps.zone), words);
    view = createPhone(root, ctx, { draft: old?.composer.draft() || "", headExtra: deps.headExtra });
    view.ctx = ctx;
    view.lang = lang;
    extras = loadExtras(ctx);
    const mine = view;
    const draw = () => {
      mine.render({ ...initial, loaded: store.get().loaded }, store.get(), null);
      if (ctx.parts) mine.timeline.toEnd(false);
    };
    draw();
    if (inField) view.composer.focus();
    opened.then((parts) => {
      if (stopped || mine !== view) return;
      ctx.parts = parts;
      draw();
    });
  }

  let mounting = Promise.resolve();
  const langOf = (state) => [deps.lang, state.lang, deps.firstLang].find((lang) => LANGS.includes(lang)) || FALLBACK_LANG;

  store.subscribe((prev, next, event) => {
    if (langOf(next) !== view.lang) {
      // One change of language at a time; what arrives meanwhile is drawn by the mount itself.
      mounting = mounting.then(() => (langOf(store.get()) === view.lang ? undefined : mount(langOf(store.get()))));
    }
    if (next.loaded) settle();
    if (event.t === "message" && event.client_key) keepLocal(event.client_key, event.m);
    view.render(prev, next, event);
    extras.ask("hear", prev, next, event);
    if (prev.notice !== next.notice && next.notice) extras.ask("notice", next.notice);
    if (prev.conn !== next.conn) {
      if (next.conn === "open") outbox.then((box) => box.kick());
      if ((prev.conn === "offline" || prev.conn === "stale") && next.conn === "open") view.status(view.ctx.t("online"));
    }
    if (prev.typing !== next.typing) {
      clock.clear(typingTimer);
      if (next.typing) typingTimer = clock.later(() => dispatch({ t: "typing_end" }), next.typing.until - clock.now());
    }
    if (prev.order !== next.order) remember(next);
    if (event.t === "welcome") deps.onMe?.(next.me, next.lang);
    else if (prev.lang !== next.lang) deps.onMe?.(next.me, next.lang);
  });

  await mount(langOf(store.get()));
  const wake = () => {
    if (document.hidden) return;
    remember(store.get());
    net.then((line) => line.wake());
    outbox.then((box) => box.kick());
  };
  for (const type of ["online", "pageshow"]) window.addEventListener(type, wake);
  document.addEventListener("visibilitychange", wake);
  performance.mark("interactive");
  begin();
  clock.later(settle, SETTLED_WITHIN);
  outbox.then((box) => !stopped && box.load());
  net.then((line) => !stopped && line.connect());

  return {
    state: store.get,
    settled,
    focus: () => view.composer.focus(),
    wake,
    tick: (now) => dispatch({ t: "clock", now }),
    /** The demo went back to its first state. */
    reset() {
      outbox.then((box) => box.clear());
      dispatch({ t: "reset" });
      net.then((line) => line.restart());
    },
    stop() {
      stopped = true;
      for (const type of ["online", "pageshow"]) window.removeEventListener(type, wake);
      document.removeEventListener("visibilitychange", wake);
      clock.clear(typingTimer);
      seen.disconnect();
      outbox.then((box) => box.stop());
      net.then((line) => line.stop());
      filesReady.then((all) => all.close());
      view.destroy();
      root.replaceChildren();
    },
  };
}
