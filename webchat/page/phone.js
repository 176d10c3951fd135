/* The view of one phone: head, notices, conversation, bar, composer. Built again when the language changes. */
import { bdi, h, icon } from "./dom.js";
import { createComposer } from "./composer.js";
import { isEmpty } from "./reduce.js";
import { createTimeline } from "./timeline.js";

const TYPING_WORD = { record_voice: "typing_voice", upload_voice: "typing_voice", upload_photo: "typing_file", upload_document: "typing_file" };

/** Workshop mode: keys for gloves. This telephone or tablet remembers it, and shows it from the first view on. */
export const BIG = "big keys";
export const isBig = (root) => root.classList.contains("workshop");

export function createPhone(root, ctx, { draft = "", headExtra = null } = {}) {
  const title = h("h1", { class: "bot-name", dir: "auto" });
  const status = h("p", { class: "bot-status" });
  const head = h("header", { class: "head" }, h("span", { class: "avatar" }, icon("school")), h("div", { class: "who" }, title, status), headExtra);
  const simulated = h("p", { class: "simulated", hidden: true });
  const conn = h("div", { class: "conn", role: "status" });
  const pinned = h("button", { type: "button", class: "pinned", hidden: true });
  const timeline = createTimeline(ctx);
  const bar = h("div", { class: "bar", hidden: true });
  const composer = createComposer(ctx, draft);
  const say = h("div", { class: "sr", role: "status" });
  const middle = h("div", { class: "middle" }, timeline.log, timeline.pill);

  root.replaceChildren(head, simulated, conn, pinned, middle, bar, composer.form, say);
  root.lang = ctx.lang;
  root.dir = ctx.dir;
  root.classList.toggle("workshop", window.localStorage?.getItem(BIG) === "1");

  pinned.addEventListener("click", () => timeline.reveal(ctx.state().pinned));

  middle.addEventListener("keydown", (ev) => {
    const inRow = ev.target.closest(".row");
    if (ev.altKey && (ev.key === "ArrowDown" || ev.key === "ArrowUp")) {
      ev.preventDefault();
      timeline.step(ev.key === "ArrowDown" ? 1 : -1);
    } else if (ev.target.classList.contains("bubble") && (ev.key === "Home" || ev.key === "End")) {
      ev.preventDefault();
      timeline.step(ev.key === "End" ? Infinity : -Infinity);
    } else if (ev.key === "Enter" && ev.target.classList.contains("bubble")) {
      inRow.querySelector("button, a")?.focus();
    } else if (ev.key === "Escape") {
      composer.focus();
    }
  });

  function drawStatus(state) {
    const typing = state.typing && ctx.t(TYPING_WORD[state.typing.action] || "typing");
    status.className = `bot-status ${state.typing ? "typing" : state.conn}`;
    if (typing) status.replaceChildren(h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { text: typing }));
    else status.replaceChildren(h("span", { class: "led", "aria-hidden": "true" }), h("span", { text: ctx.t(state.conn === "open" ? "online" : state.conn === "connecting" ? "connecting" : "stale") }));
  }

  function drawConn(state) {
    // A drop of a second is not worth a word; `offline` and `stale` are.
    const bad = state.conn === "offline" || state.conn === "stale";
    conn.classList.toggle("shown", bad || Boolean(state.staleBuild));
    if (bad) {
      const retry = h("button", { type: "button", class: "small-key", text: ctx.t("retry"), on: { click: () => ctx.wake() } });
      conn.replaceChildren(icon("cloud-off"), h("span", { text: ctx.t(state.conn) }), retry);
    } else if (state.staleBuild) {
      const reload = h("button", { type: "button", class: "small-key", text: ctx.t("reload"), on: { click: () => ctx.reload() } });
      conn.replaceChildren(h("span", { text: ctx.t("new_version") }), reload);
    } else conn.replaceChildren();
  }

  function drawEmpty(state) {
    if (!isEmpty(state)) {
      timeline.lead.replaceChildren();
      return;
    }
    const key = h("button", { type: "button", class: "key primary start-key", on: { click: () => ctx.start() } }, h("span", { text: ctx.t(ctx.invitation ? "start_invite" : "start") }));
    const name = state.me?.first_name || "";
    timeline.lead.replaceChildren(
      h(
        "div",
        { class: "welcome" },
        h("span", { class: "avatar big" }, icon("school")),
        h("h2", { text: ctx.t("empty_title", { name: `\u2068${name}\u2069` }) }),
        h("p", { text: ctx.t("empty_text", { bot: `\u2068${ctx.botName()}\u2069` }) }),
        h("p", { class: "hint", text: ctx.t("empty_hint") }),
        key,
      ),
    );
  }

  function drawPinned(state) {
    const row = ctx.parts && state.rows[state.ids[state.pinned]];
    pinned.hidden = !row;
    if (row) pinned.replaceChildren(icon("pin"), h("span", { class: "pinned-text" }, h("span", { class: "sr", text: `${ctx.t("pinned")} : ` }), bdi(ctx.parts.summary(row.m, ctx).split("\n")[0])));
  }

  function drawBar(state) {
    const markup = ctx.parts && state.replyKeyboard?.keyboard?.length ? state.replyKeyboard : null;
    bar.hidden = !markup || !(state.barOpen || markup.is_persistent);
    if (markup && bar.markup !== markup) bar.replaceChildren(ctx.parts.replyBar(markup, ctx));
    if (!markup) bar.replaceChildren();
    bar.markup = markup;
  }

  function drawClock(state) {
    simulated.hidden = !ctx.simulated || !state.clock;
    if (simulated.hidden) return;
    const date = new Date(state.clock);
    simulated.replaceChildren(`${ctx.t("simulated")} · `, bdi(ctx.day(date)), " · ", bdi(ctx.time(date)));
  }

  return {
    timeline,
    composer,
    status: (text) => (say.textContent = text),
    render(prev, next, event) {
      const first = event === null;
      const changed = (name) => first || prev[name] !== next[name];
      if (changed("bot")) title.replaceChildren(bdi(ctx.botName()));
      if (changed("conn") || changed("typing")) drawStatus(next);
      if (changed("conn") || changed("staleBuild")) drawConn(next);
      if (changed("order") || changed("loaded") || changed("me") || changed("bot")) drawEmpty(next);
      if (changed("pinned") || changed("rows")) drawPinned(next);
      if (changed("replyKeyboard") || changed("barOpen")) drawBar(next);
      if (changed("replyKeyboard") || changed("barOpen") || changed("placeholder")) composer.render(next);
      if (changed("clock")) drawClock(next);
      timeline.render(prev, next, event || { t: "mount" });
    },
    destroy() {
      timeline.destroy();
      composer.destroy();
    },
  };
}
