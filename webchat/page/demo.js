/* The demo: several invented people side by side, one clock, and what the bot sends. French only: it is a tool for adults. */
import { createClock } from "./clock.js";
import { bdi, h, icon, iconKey, styleSheet } from "./dom.js";
import { createEvents } from "./events.js";
import { createFaults } from "./faults.js";
import { LANGS } from "./reduce.js";
import { main } from "./main.js";
import { createStories } from "./stories.js";

const PHONE_WIDTH = 328;
const WIDE = 1280;
const LANG_NAMES = { fr: "français", en: "anglais", tr: "turc", ar: "arabe", pt: "portugais" };

const clockDeps = {
  now: () => Date.now(),
  later: (fn, ms) => setTimeout(fn, ms),
  clear: (id) => clearTimeout(id),
};
const random = () => crypto.getRandomValues(new Uint8Array(1))[0] / 255;
const fetchJson = (url) => fetch(url).then((answer) => answer.json());

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Compagnon": "1" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} ${answer.status}`);
  return answer.json();
}

/** One person of each kind first: student, mother, trainer, business, direction. */
function inOrder(people) {
  const seen = new Set();
  const firsts = people.filter((p) => !seen.has(p.label) && seen.add(p.label));
  return [...firsts, ...people.filter((p) => !firsts.includes(p))];
}

export async function demo(app, firstState) {
  const query = new URLSearchParams(location.search);
  const forced = LANGS.includes(query.get("lang")) ? query.get("lang") : null;
  const [state] = await Promise.all([firstState, styleSheet("demo.css")]);
  const people = inOrder(state.people);
  const person = (id) => people.find((p) => p.id === id);
  const tokens = new Map();
  const phones = [];
  let wanted = (query.get("people") || "").split(",").map(Number).filter(person);
  if (!wanted.length) wanted = people.map((p) => p.id);

  document.title = "Démonstration";
  document.body.classList.add("demo");

  const faults = createFaults(post);
  const clock = createClock(state, post, (now) => phones.forEach((slot) => slot.chat?.then((chat) => chat.tick(now))));
  const events = createEvents(state.calls, people, state.clock.zone, () => fetchJson("/demo/planned"));
  const stories = createStories(state, post, gather, LANG_NAMES);
  const stage = h("div", { class: "stage" });

  function getToken(id, fresh) {
    if (fresh) tokens.delete(id);
    if (!tokens.has(id)) {
      const promise = post("/demo/session", { person_id: id }).then(({ token }) => token);
      promise.catch(() => tokens.delete(id));
      tokens.set(id, promise);
    }
    return tokens.get(id);
  }

  /** One phone: its frame, its switcher and its running chat. */
  function createSlot(id) {
    const slot = { id, box: h("section", { class: "slot" }) };
    slot.start = async () => {
      const who = person(slot.id);
      const root = h("div", { class: "phone" });
      slot.root = root;
      const small = iconKey("clock", "Temps simulé", { class: "only-small", on: { click: openClock } });
      const pick = switcher(slot);
      slot.box.setAttribute("aria-label", `Téléphone de ${who.first_name}`);
      slot.box.replaceChildren(h("div", { class: "slot-head" }, pick, blocker(who), small), h("div", { class: "frame" }, root));
      slot.chat = main({
        root,
        origin: location.origin,
        fetch: faults.fetch,
        openSocket: faults.openSocket,
        getToken: (fresh) => getToken(who.id, fresh),
        fetchJson,
        clock: clockDeps,
        random,
        uuid: () => crypto.randomUUID(),
        lang: forced,
        firstLang: who.lang,
        zone: state.clock.zone,
        headExtra: null,
        invitation: who.start,
        simulated: true,
        onMe: (_me, lang) => showLang(slot, lang),
      });
      await slot.chat;
    };
    slot.stop = async () => (await slot.chat).stop();
    slot.change = async (other) => {
      const twin = phones.find((p) => p !== slot && p.id === other);
      const before = slot.id;
      slot.id = other;
      await slot.stop();
      await slot.start();
      if (twin) await twin.change(before);
      remember();
    };
    return slot;
  }

  /** "Bloquer le bot", as people do on Telegram; writing opens the door again. */
  function blocker(who) {
    const key = iconKey("ban", "", { "aria-pressed": "false" });
    const mark = () => {
      key.title = who.blocked ? "Débloquer le bot" : "Bloquer le bot";
      key.setAttribute("aria-label", key.title);
      key.setAttribute("aria-pressed", String(Boolean(who.blocked)));
    };
    key.addEventListener("click", async () => {
      await post("/demo/block", { person_id: who.id, blocked: !who.blocked });
      who.blocked = !who.blocked;
      mark();
    });
    mark();
    return key;
  }

  const personLine = (who) => h("div", { class: "person-line" }, h("span", { class: "face", "aria-hidden": "true", text: who.first_name.slice(0, 1) }), h("span", { class: "person-words" }, h("b", {}, bdi(who.first_name)), h("small", { text: who.label || "" })), h("span", { class: "lang-tag" }));

  function switcher(slot) {
    const who = person(slot.id);
    const select = h("select", { "aria-label": "Personne" });
    for (const p of people) {
      const option = h("option", { value: p.id, text: `${p.first_name} · ${p.label || ""} · ${LANG_NAMES[p.lang] || p.lang}` });
      option.selected = p.id === slot.id;
      select.append(option);
    }
    select.addEventListener("change", () => slot.change(Number(select.value)));
    return h("label", { class: "switcher" }, personLine(who), icon("down-small"), select);
  }

  /** Bring the phones of these people onto the stage, as many as fit, and leave those that are there where they are. */
  function gather(ids) {
    const missing = ids.filter((id) => !phones.some((slot) => slot.id === id));
    const free = phones.filter((slot) => !ids.includes(slot.id));
    missing.slice(0, free.length).forEach((id, rank) => free[rank].change(id));
    show("phones");
  }

  function showLang(slot, lang) {
    for (const tag of slot.box.querySelectorAll(".lang-tag")) {
      tag.textContent = (forced || lang || "").toUpperCase();
      tag.title = LANG_NAMES[forced || lang] || "";
    }
  }

  function remember() {
    const url = new URL(location.href);
    const ids = [...phones.map((p) => p.id), ...wanted.filter((id) => !phones.some((p) => p.id === id))];
    wanted = ids;
    url.searchParams.set("people", phones.map((p) => p.id).join(","));
    history.replaceState(null, "", url);
    rail.mark(phones.map((p) => p.id));
  }

  function fit() {
    // Another tab hides the stage: its phones go on living.
    if (!stage.clientWidth) return;
    const room = Math.floor(stage.clientWidth / (PHONE_WIDTH + 16));
    const many = Math.min(Math.max(window.innerWidth < WIDE ? Math.min(room, 2) : room, 1), 5, people.length);
    while (phones.length > many) {
      const slot = phones.pop();
      slot.box.remove();
      slot.stop();
    }
    while (phones.length < many) {
      const used = new Set(phones.map((p) => p.id));
      const id = wanted.find((w) => !used.has(w)) ?? people.find((p) => !used.has(p.id)).id;
      const slot = createSlot(id);
      phones.push(slot);
      stage.append(slot.box);
      slot.start();
    }
  }

  function createRail() {
    const list = h("ul", { class: "people" });
    const keys = new Map();
    for (const p of people) {
      const button = h("button", { type: "button", class: "person" }, h("span", { class: "face", "aria-hidden": "true", text: p.first_name.slice(0, 1) }), h("span", { class: "person-words" }, h("b", {}, bdi(p.first_name)), h("small", { text: `${p.label || ""} · ${LANG_NAMES[p.lang] || p.lang}` })));
      button.addEventListener("click", () => {
        if (!phones.some((slot) => slot.id === p.id)) phones.at(-1).change(p.id);
        show("phones");
      });
      const alonePage = h("a", { class: "icon-key", href: `?person=${p.id}`, target: "_blank", rel: "noopener", title: "Ouvrir ce téléphone seul", "aria-label": `Ouvrir le téléphone de ${p.first_name} seul` }, icon("out"));
      keys.set(p.id, button);
      list.append(h("li", {}, button, alonePage));
    }
    return {
      node: h("div", { class: "rail" }, clock.node, h("section", { class: "card" }, h("h2", { text: "Personnes" }), list), faults.node),
      mark(ids) {
        for (const [id, button] of keys) button.setAttribute("aria-pressed", String(ids.includes(id)));
      },
    };
  }

  async function reset() {
    await post("/demo/reset", {});
  }

  const rail = createRail();
  const tabs = h("nav", { class: "tabs", "aria-label": "Vues" });
  function show(name) {
    document.body.dataset.view = name;
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
  }
  for (const [name, label, picture] of [["phones", "Téléphones", "phone"], ["rail", "Horloge et personnes", "clock"], ["events", "Ce que le bot a envoyé", "list"]]) {
    tabs.append(h("button", { type: "button", data: { view: name }, on: { click: () => show(name) } }, icon(picture), h("span", { text: label })));
  }

  const back = h("button", { type: "button", class: "only-small-view key", text: "Revenir au téléphone", on: { click: () => show("phones") } });
  function openClock() {
    show("rail");
  }

  const fold = h("button", { type: "button", class: "top-key", "aria-expanded": "true" }, icon("list"), h("span", { text: "Envois du bot" }));
  fold.addEventListener("click", () => {
    const folded = document.body.classList.toggle("no-events");
    fold.setAttribute("aria-expanded", String(!folded));
  });
  const again = h("button", { type: "button", class: "top-key", on: { click: reset } }, icon("reset"), h("span", { text: "Remettre à zéro" }));
  const top = h("header", { class: "top" }, h("span", { class: "avatar" }, icon("school")), h("h1", {}, "Démonstration ", h("small", { text: "Personnes inventées, temps simulé" })), clock.small, stories.keys, h("div", { class: "top-keys" }, fold, again));
  app.replaceChildren(top, tabs, h("div", { class: "columns" }, h("div", { class: "rail-box" }, back, rail.node), h("div", { class: "stage-box" }, stories.caption, stage), events.node));
  show("phones");
  new ResizeObserver(() => {
    fit();
    remember();
  }).observe(stage);


  listen();

  /** Calls, clock and reset come by a socket of their own. */
  function listen() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/demo/events`);
    socket.addEventListener("message", (ev) => {
      const frame = JSON.parse(ev.data);
      if (frame.t === "call") events.add(frame.call || frame);
      else if (frame.t === "clock") {
        clock.set(frame);
        events.look();
      } else if (frame.t === "story") stories.told(frame);
      else if (frame.t === "story_over") stories.over();
      else if (frame.t === "reset") {
        stories.reset(frame.language);
        tokens.clear();
        events.clear();
        phones.forEach((slot) => slot.chat.then((chat) => chat.reset()));
        fetchJson("/demo/state").then((fresh) => {
          clock.set(fresh.clock);
          for (const p of people) Object.assign(p, fresh.people.find(({ id }) => id === p.id));
          events.look();
        });
      }
    });
    socket.addEventListener("close", () => setTimeout(listen, 3000));
  }
}
