/* Wires store, net, outbox and view of one phone. Everything that touches the outside comes in `deps`. */
import { styleSheet } from "./dom.js";
import { createFiles } from "./files.js";
import { createI18n, loadWords } from "./i18n.js";
import { createNet } from "./net.js";
import { createOutbox } from "./outbox.js";
import { createPhone } from "./phone.js";
import { LANGS, initial, pressId, reduce } from "./reduce.js";
import { createStore } from "./store.js";

const PRESS_WITHIN = 10000;
const FALLBACK_LANG = "fr";
const LATER = ["toast", "askLink", "openPhoto", "openMenu", "openAttach", "record", "stopRecording", "playVoice", "download"];

export async function main(deps) {
  const { root, clock } = deps;
  const store = createStore(reduce, initial);
  const { dispatch } = store;
  const net = createNet({ ...deps, lastSeq: () => store.get().lastSeq, dispatch });
  const files = createFiles((path) => net.blob(path));
  const outbox = createOutbox({ post: (path, body, key) => net.post(path, payload(body), key), dispatch, clock, random: deps.random, sent: (item, data) => keepLocal(item.key, data?.m) });
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
    for (const size of m.photo || []) files.seed(size.file_id, local);
    if (m.voice) files.seed(m.voice.file_id, local);
  }

  const nowSeconds = () => (store.get().clock ? Date.parse(store.get().clock) : clock.now()) / 1000;

  function queue(path, body, m) {
    const state = store.get();
    const key = deps.uuid();
    dispatch({ t: "echo", key, m: { message_id: 0, from: state.me, date: Math.floor(nowSeconds()), ...m } });
    items.set(`c:${key}`, { path, body, m });
    outbox.add({ key, path, body });
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
    const key = known?.key || deps.uuid();
    dispatch({ t: "press", id, key });
    navigator.vibrate?.(30);
    clock.later(() => dispatch({ t: "press_slow", key }), PRESS_WITHIN);
    try {
      const { status, data: answer } = await net.post("/api/press", { message_id: messageId, data }, key);
      if (status >= 500 || status === 408) dispatch({ t: "press_lost", key });
      else if (status >= 400) dispatch({ t: "press_refused", key, error: answer?.error });
    } catch {
      dispatch({ t: "press_lost", key });
    }
  }

  /** Not needed to read and write, so it comes a moment later; what is asked before waits for it. */
  function loadExtras(ctx) {
    const ready = Promise.all([import("./extras.js"), styleSheet("over.css")]).then(([{ createExtras }]) => createExtras(root, ctx));
    return { ask: (name, ...given) => ready.then((all) => (extras.ready === ready || name === "destroy") && all[name](...given)), ready };
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
      resend(row) {
        const item = items.get(row.key);
        dispatch({ t: "discarded", key: row.key.slice(2) });
        if (item) queue(item.path, item.body, item.m);
      },
      discard: (row) => dispatch({ t: "discarded", key: row.key.slice(2) }),
      toggleBar: () => dispatch({ t: "bar", open: !store.get().barOpen }),
      wake: () => net.wake(),
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
    view.render({ ...initial, loaded: store.get().loaded }, store.get(), null);
    view.timeline.toEnd(false);
    if (inField) view.composer.focus();
  }

  let mounting = Promise.resolve();
  const langOf = (state) => [deps.lang, state.lang, deps.firstLang].find((lang) => LANGS.includes(lang)) || FALLBACK_LANG;

  store.subscribe((prev, next, event) => {
    if (langOf(next) !== view.lang) {
      // One change of language at a time; what arrives meanwhile is drawn by the mount itself.
      mounting = mounting.then(() => (langOf(store.get()) === view.lang ? undefined : mount(langOf(store.get()))));
    }
    if (event.t === "message" && event.client_key) keepLocal(event.client_key, event.m);
    view.render(prev, next, event);
    extras.ask("hear", prev, next, event);
    if (prev.notice !== next.notice && next.notice) extras.ask("notice", next.notice);
    if (prev.conn !== next.conn) {
      if (next.conn === "open") outbox.kick();
      if (prev.conn === "offline" && next.conn === "open") view.status(view.ctx.t("online"));
    }
    if (prev.typing !== next.typing) {
      clock.clear(typingTimer);
      if (next.typing) typingTimer = clock.later(() => dispatch({ t: "typing_end" }), next.typing.until - clock.now());
    }
    if (event.t === "welcome") deps.onMe?.(next.me, next.lang);
    else if (prev.lang !== next.lang) deps.onMe?.(next.me, next.lang);
  });

  await mount(langOf(store.get()));
  performance.mark("interactive");

  const wake = () => {
    if (document.hidden) return;
    net.wake();
    outbox.kick();
  };
  for (const type of ["online", "pageshow"]) window.addEventListener(type, wake);
  document.addEventListener("visibilitychange", wake);
  net.connect();

  return {
    state: store.get,
    focus: () => view.composer.focus(),
    wake,
    tick: (now) => dispatch({ t: "clock", now }),
    /** The demo went back to its first state. */
    reset() {
      dispatch({ t: "reset" });
      net.restart();
    },
    stop() {
      stopped = true;
      for (const type of ["online", "pageshow"]) window.removeEventListener(type, wake);
      document.removeEventListener("visibilitychange", wake);
      clock.clear(typingTimer);
      seen.disconnect();
      outbox.stop();
      net.stop();
      files.close();
      view.destroy();
      root.replaceChildren();
    },
  };
}
