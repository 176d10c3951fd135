/* One message -> one list item, and the patch of that item. ctx: see phone.js. */
import { bdi, h, icon } from "./dom.js";
import { foldKey, render } from "./entities.js";
import { seconds } from "./i18n.js";
import { inlineKeyboard } from "./keyboards.js";
import { isEmoji } from "./marks.js";

const FOLD_AFTER = 14;
const CHARACTERS_A_LINE = 34;
const STATE_ICON = { waiting: "clock", sent: "check", received: "checks" };

const bodyKey = ({ m }) =>
  JSON.stringify([m.text, m.caption, m.entities, m.caption_entities, m.photo?.at(-1)?.file_id, m.voice?.file_id, m.document?.file_id, m.reply_to_message?.message_id]);

export function createMessage(row, ctx) {
  const li = h("li", { class: `row ${row.mine ? "mine" : "theirs"}`, data: { row: row.key } });
  const body = h("div", { class: "body" });
  const bubble = h("div", { class: "bubble", tabindex: "-1" }, h("span", { class: "sr", text: `${row.mine ? ctx.t("me") : ctx.botName()} : ` }), body);
  const reaction = h("div", { class: "reaction", hidden: true });
  const foot = h("div", { class: "foot" });
  bubble.append(foot);
  const listen = row.mine ? null : listenKey(() => shown, ctx);
  li.append(listen ? h("div", { class: "said" }, bubble, listen) : bubble, reaction);
  let keyboard = null;
  let shown = null;
  let shownMarkup = null;

  function update(next) {
    const key = bodyKey(next);
    if (!shown || bodyKey(shown) !== key) fillBody(body, next, ctx, bubble);
    const markup = JSON.stringify(next.m.reply_markup?.inline_keyboard || null);
    if (markup !== shownMarkup) {
      keyboard?.remove();
      keyboard = next.id === null ? null : inlineKeyboard(next.id, next.m.reply_markup, ctx);
      if (keyboard) li.append(keyboard);
      shownMarkup = markup;
    }
    if (!shown || footChanged(shown, next)) fillFoot(foot, next, ctx);
    reaction.hidden = !next.reaction;
    reaction.textContent = next.reaction || "";
    li.classList.toggle("failed", next.state === "failed");
    if (listen) {
      listen.hidden = !(next.m.text || next.m.caption);
      listen.parentElement.classList.toggle("wordless", listen.hidden);
    }
    shown = next;
  }

  update(row);
  return {
    li,
    bubble,
    /** Focus never falls out of the message that is edited under it. */
    patch(next) {
      const focused = li.contains(document.activeElement) ? document.activeElement : null;
      const name = focused?.dataset.k;
      update(next);
      if (focused && !li.contains(document.activeElement)) {
        const same = name !== undefined && [...li.querySelectorAll("[data-k]")].find((el) => el.dataset.k === name);
        (same || li.querySelector(".keys button, .keys a") || bubble).focus({ preventScroll: true });
      }
    },
    setPressed: (pressed) => keyboard?.setPressed(pressed),
  };
}

/** Every message of the bot can be heard; what reads it is loaded when somebody asks. */
function listenKey(shown, ctx) {
  const key = h("button", { type: "button", class: "listen icon-key", "aria-label": ctx.t("listen"), "aria-pressed": "false" }, icon("speaker"));
  key.row = shown;
  key.addEventListener("click", () => ctx.listen([key]));
  return key;
}

const footChanged = (a, b) => a.state !== b.state || a.error !== b.error || a.m.edit_date !== b.m.edit_date || a.m.date !== b.m.date;

function fillBody(body, row, ctx, bubble) {
  const { m } = row;
  const parts = [];
  if (m.reply_to_message) parts.push(snippet(m.reply_to_message, ctx));
  if (m.photo) parts.push(photo(m, ctx));
  else if (m.voice || m.audio) parts.push(voice(m.voice || m.audio, ctx));
  else if (m.document) parts.push(documentCard(m.document, ctx));
  const text = row.mine ? plainWords(m, ctx) : (m.text ?? m.caption);
  if (text) parts.push(words(text, text === m.text ? m.entities : m.caption_entities, m, row.mine, ctx));
  if (!parts.length) parts.push(h("p", { class: "unsupported", text: ctx.t("unsupported") }));
  body.replaceChildren(...parts);
  bubble.classList.toggle("media", Boolean(m.photo));
  bubble.classList.toggle("only-emoji", Boolean(m.text) && isEmoji(m.text));
}

/** A command of mine reads as what it does: the menu's words, not "/start" and the code of an invitation. */
function plainWords(m, ctx) {
  const command = /^\/(\w+)(?:\s|$)/.exec(m.text || "")?.[1];
  if (command === "start") return ctx.t("start");
  return ctx.state().commands.find((c) => c.command === command)?.description || m.text || m.caption;
}

function words(text, entities, m, mine, ctx) {
  const inner = h("div", { class: "fold-text" });
  inner.append(render(document, text, entities, ctx));
  const box = h("div", { class: "text", dir: "auto", lang: m.lang || null }, inner);
  const lines = text.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / CHARACTERS_A_LINE), 0);
  if (!mine && lines > FOLD_AFTER) {
    box.classList.add("folded");
    box.append(foldKey(document, ctx, box));
  }
  return box;
}

export function summary(m, ctx) {
  return m.text || m.caption || ctx.t(m.photo ? "photo" : m.voice ? "voice" : "document");
}

function snippet(m, ctx) {
  return h("div", { class: "snippet" }, h("span", { class: "sr", text: `${ctx.t("reply_to")} : ` }), bdi(summary(m, ctx).slice(0, 90)));
}

/** The smallest size that is sharp at 320 px on a phone screen. */
const goodSize = (sizes) => sizes.find((s) => Math.max(s.width, s.height) >= 640) || sizes.at(-1);

function photo(m, ctx) {
  const size = goodSize(m.photo);
  const image = h("img", { alt: m.caption || ctx.t("photo"), decoding: "async", class: "photo-image" });
  const button = h("button", { type: "button", class: "photo", "aria-label": `${ctx.t("open_photo")}${m.caption ? ` : ${m.caption}` : ""}` }, image);
  // The box is reserved before the picture comes, so nothing jumps.
  const ratio = Math.min(Math.max(size.width / size.height, 0.6), 2.4);
  button.style.setProperty("--ratio", String(ratio));
  const show = (url) => {
    image.src = url;
    button.classList.add("here");
  };
  if (size.local) show(size.local);
  else ctx.whenSeen(button, () => ctx.files.url(size.file_id).then(show, () => button.classList.add("lost")));
  button.addEventListener("click", () => image.src && ctx.openPhoto(image.src, image.alt));
  return button;
}

function voice(v, ctx) {
  const box = h("div", { class: "voice" });
  const play = h("button", { type: "button", class: "play", "aria-label": `${ctx.t("play")}, ${seconds(v.duration || 0)}` }, icon("play"));
  box.append(play, h("div", { class: "voice-line" }), h("span", { class: "voice-time", text: seconds(v.duration || 0) }));
  // The player itself is only loaded when somebody wants to listen.
  play.addEventListener("click", () => ctx.playVoice(box, v), { once: true });
  return box;
}

const DOCUMENT_ICON = [
  [/^image\//, "image"],
  [/^audio\//, "mic"],
  [/pdf|word|text|document/, "file"],
];

function documentCard(d, ctx) {
  const kind = DOCUMENT_ICON.find(([test]) => test.test(d.mime_type || ""))?.[1] || "file";
  const name = (d.file_name || ctx.t("document")).replace(/[\u202A-\u202E\u2066-\u2069\u200E\u200F]/g, "");
  const button = h("button", { type: "button", class: "download", "aria-label": `${ctx.t("download")} : ${name}` }, icon("down"));
  button.addEventListener("click", () => ctx.download(d, name));
  return h(
    "div",
    { class: "document" },
    h("span", { class: "document-icon" }, icon(kind)),
    h("span", { class: "document-name" }, bdi(name), h("small", { text: d.file_size ? ctx.size(d.file_size) : "" })),
    d.local ? null : button,
  );
}

function fillFoot(foot, row, ctx) {
  const date = new Date(row.m.date * 1000);
  const parts = [];
  // A form is edited at every step: saying so each time would only be noise.
  if (row.m.edit_date && !row.m.reply_markup?.inline_keyboard) parts.push(h("span", { text: ctx.t("edited") }));
  if (row.m.disable_notification) parts.push(h("span", { class: "silent", title: ctx.t("silent") }, icon("mute"), h("span", { class: "sr", text: ctx.t("silent") })));
  parts.push(h("time", { datetime: date.toISOString(), text: ctx.time(date) }));
  if (row.state === "failed") {
    const reason = ctx.t(ctx.hasWords(`err_${row.error}`) ? `err_${row.error}` : "err_other");
    foot.replaceChildren(
      h("span", { class: "refusal" }, icon("alert"), `${ctx.t("failed")}. ${reason}`),
      h("button", { type: "button", class: "small-key", text: ctx.t("retry"), on: { click: () => ctx.resend(row) } }),
      h("button", { type: "button", class: "small-key", text: ctx.t("remove"), on: { click: () => ctx.discard(row) } }),
    );
    return;
  }
  if (row.state) parts.push(h("span", { class: `state ${row.state}`, title: ctx.t(row.state) }, icon(STATE_ICON[row.state]), h("span", { class: "sr", text: ctx.t(row.state) })));
  foot.replaceChildren(...parts);
}
