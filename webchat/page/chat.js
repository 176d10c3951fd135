/* The page of one person: starts the chat from what the server put in the HTML, then the service worker. */
const here = JSON.parse(document.getElementById("here").textContent);
const app = document.getElementById("app");
const asked = new URLSearchParams(location.search).get("lang");
let session = null;

/** The demo gives a token to whoever asks; a signed-in page will have a cookie, and nothing to ask for. */
function getToken(fresh) {
  if (fresh || !session) {
    session = fetch("/demo/session", { method: "POST", headers: { "Content-Type": "application/json", "X-Compagnon": "1" }, body: JSON.stringify({ person_id: here.id }), signal: AbortSignal.timeout?.(15000) }).then((answer) => {
      if (!answer.ok) throw new Error(`session ${answer.status}`);
      return answer.json().then(({ token }) => token);
    });
    session.catch(() => (session = null));
  }
  return session;
}

// Asked for before anything else, so that the line finds it there: every step that waits for another costs half a second on a slow line.
getToken(false).catch(() => {});
const [{ bdi, h }, { seedWords }, { main }, { LANGS }] = await Promise.all([import("./dom.js"), import("./i18n.js"), import("./main.js"), import("./reduce.js")]);
// What one reads with, once all that one writes with is there: before, it would only have held that up.
document.head.append(...here.later.map((name) => h("link", { rel: "modulepreload", href: new URL(`./${name}`, import.meta.url).href })));
seedWords(here.lang, here.words);
const root = h("div", { class: "phone" });
app.replaceChildren(root);
const shell = () => import("./shell.js");

main({
  root,
  chat: here.id,
  build: document.documentElement.dataset.build,
  origin: location.origin,
  fetch: (url, options) => fetch(url, options),
  openSocket: (url) => new WebSocket(url),
  getToken,
  fetchJson: (url) => fetch(url).then((answer) => answer.json()),
  clock: { now: () => Date.now(), later: (fn, ms) => setTimeout(fn, ms), clear: (id) => clearTimeout(id) },
  random: () => crypto.getRandomValues(new Uint8Array(1))[0] / 255,
  uuid: () => crypto.randomUUID(),
  lang: LANGS.includes(asked) ? asked : null,
  firstLang: here.lang,
  zone: here.zone,
  invitation: here.start,
  simulated: here.simulated,
  headExtra: here.simulated ? h("span", { class: "sr" }, bdi(here.first_name)) : null,
  reload: () => shell().then(({ renew }) => renew(), () => location.reload()),
  onMe(_me, lang) {
    document.documentElement.lang = lang;
  },
})
  .then(({ settled }) => settled)
  .then(() => (window.requestIdleCallback || setTimeout)(() => shell().then(({ keepShell }) => keepShell()).catch(() => {})));
