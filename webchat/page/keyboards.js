/* Keys under a message and the bar above the composer. ctx: {t, dir, press, sendText, say}. */
import { bdi, h, icon } from "./dom.js";
import { safeLink } from "./entities.js";
import { grid7 } from "./grid7.js";
import { barNeedsColumn, blocks, isEmojiRow, needsColumn, readMark } from "./marks.js";
import { pressId } from "./reduce.js";

const CONFIRM_FOR = 5000;
const BOX = "······"; // the room a drawn check box takes, in letters
const STYLES = new Set(["danger", "success", "primary"]);
const STYLE_ICON = { danger: "alert", success: "check" };

/** The keyboard of one message, or null. The node has `setPressed(pressed)`. */
export function inlineKeyboard(messageId, markup, ctx) {
  const rows = (markup?.inline_keyboard || []).filter((row) => row.length);
  if (!rows.length) return null;
  const keys = new Map();
  let rank = 0;

  function makeKey(key, { label, mark, className }) {
    const style = STYLES.has(key.style) ? key.style : null;
    const known = key.callback_data || key.url || key.copy_text;
    const props = { type: "button", class: `${className}${style ? ` ${style}` : ""}`, data: { k: key.callback_data || `n${rank}` } };
    rank += 1;
    if (key.url) return urlKey(key, props, ctx);
    const words = h("span", { class: "key-text", dir: "auto", text: label });
    const button = h("button", props);
    if (mark.pressed !== null && className === "key") button.append(h("span", { class: `mark ${mark.shape}`, "aria-hidden": "true" }, mark.pressed ? icon(mark.shape === "radio" ? "dot" : "check") : null));
    if (STYLE_ICON[style]) button.append(icon(STYLE_ICON[style]));
    button.append(words);
    if (mark.pressed !== null) button.setAttribute("aria-pressed", String(mark.pressed));
    if (!known) {
      button.setAttribute("aria-disabled", "true");
      button.append(h("span", { class: "key-note", text: ctx.t("telegram_only") }));
    } else if (key.copy_text) {
      button.addEventListener("click", () => navigator.clipboard?.writeText(key.copy_text.text));
    } else {
      keys.set(pressId(messageId, key.callback_data), button);
      button.addEventListener("click", () => tap(button, words, key, style, label));
    }
    return button;
  }

  function tap(button, words, key, style, label) {
    if (button.getAttribute("aria-disabled") === "true") return;
    if (style === "danger" && !button.classList.contains("asking")) {
      button.classList.add("asking");
      words.textContent = ctx.t("confirm", { label });
      setTimeout(() => {
        button.classList.remove("asking");
        words.textContent = label;
      }, CONFIRM_FOR);
      return;
    }
    ctx.press(messageId, key.callback_data);
  }

  const group = h("div", { class: "keys", role: "group", "aria-label": ctx.t("answers") });
  for (const block of blocks(rows)) {
    if (block.kind === "grid") group.append(grid7(block.rows, ctx, makeKey));
    else for (const row of block.rows) group.append(keyRow(row, makeKey));
  }
  group.setPressed = (pressed) => {
    for (const [id, button] of keys) {
      const busy = pressed[id]?.state === "busy";
      button.classList.toggle("busy", busy);
      if (busy) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };
  return group;
}

function keyRow(row, makeKey) {
  const marked = row.map((key) => ({ key, mark: readMark(key.text) }));
  const emoji = isEmojiRow(row);
  const kind = emoji ? " emoji" : needsColumn(marked.map(({ mark }) => mark.label + (mark.shape ? BOX : ""))) ? " stack" : "";
  const line = h("div", { class: `key-row${kind}` });
  for (const { key, mark } of marked) {
    // A blank or dead label (calendar padding) is no key.
    if (!key.text.trim()) line.append(h("span", { class: "key-blank" }));
    else line.append(makeKey(key, { label: mark.label.trim(), mark, className: "key" }));
  }
  return line;
}

function urlKey(key, props, ctx) {
  const safe = safeLink(key.url);
  if (!safe) return h("button", { ...props, "aria-disabled": "true" }, h("span", { class: "key-text", text: key.text }), h("span", { class: "key-note", text: ctx.t("telegram_only") }));
  return h(
    "a",
    { class: props.class, data: props.data, href: safe.href, target: "_blank", rel: "noopener noreferrer" },
    h("span", { class: "key-text", dir: "auto", text: key.text }),
    h("span", { class: "key-note" }, icon("out"), bdi(safe.host)),
  );
}

/** The bar above the composer. */
export function replyBar(markup, ctx) {
  const bar = h("div", { class: `bar-keys${markup.resize_keyboard ? "" : " tall"}`, role: "group", "aria-label": ctx.t("answers") });
  for (const row of markup.keyboard) {
    const keys = row.map((key) => (typeof key === "string" ? { text: key } : key));
    const kind = isEmojiRow(keys) ? " emoji" : barNeedsColumn(keys.map((key) => key.text)) ? " stack" : "";
    const line = h("div", { class: `key-row${kind}` });
    for (const key of keys) {
      const special = Object.keys(key).some((name) => name.startsWith("request_") || name === "web_app");
      const style = STYLES.has(key.style) ? ` ${key.style}` : "";
      const button = h("button", { type: "button", class: `key${style}`, "aria-disabled": special ? "true" : null }, h("span", { class: "key-text", dir: "auto", text: key.text }));
      if (special) button.append(h("span", { class: "key-note", text: ctx.t("telegram_only") }));
      else button.addEventListener("click", () => ctx.sendText(key.text));
      line.append(button);
    }
    bar.append(line);
  }
  return bar;
}
