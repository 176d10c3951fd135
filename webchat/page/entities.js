/* Text + entities -> nodes, never HTML. Entities are hostile input: unknown types are text, offsets are clamped.
   Offsets count UTF-16 units, as JavaScript strings do. */

const MAX_ENTITIES = 200;
const PROGRESS = /([█▓▒░■□▰▱●○⬛⬜🟦🟩🟨]{5,})([\s\u00a0]*)(\d{1,3})[\s\u00a0]?%/u;
const LIKE_HOST = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(:\d{1,5})?([/?#]|$)/u;

/** A link the page may open, or null: {href, host}. */
export function safeLink(raw) {
  let text = String(raw || "").trim();
  if (text.startsWith("//")) text = `https:${text}`;
  else if (LIKE_HOST.test(text)) text = `https://${text}`;
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (url.username || url.password) return null;
  if (url.protocol === "https:" || url.protocol === "http:") return { href: url.href, host: url.host };
  if (url.protocol === "mailto:" || url.protocol === "tel:") return { href: url.href, host: url.pathname };
  return null;
}

const element = (doc, tag, className) => {
  const el = doc.createElement(tag);
  if (className) el.className = className;
  return el;
};

function link(doc, raw, text, ctx) {
  const safe = safeLink(raw);
  if (!safe) return null;
  const a = element(doc, "a");
  a.setAttribute("href", safe.href);
  a.setAttribute("rel", "noopener noreferrer");
  a.setAttribute("target", "_blank");
  // The words hide where the link goes: say it and ask first.
  if (text.trim() !== raw.trim() && ctx.askLink) {
    a.setAttribute("title", safe.host);
    a.addEventListener("click", (ev) => {
      ev.preventDefault();
      ctx.askLink(safe);
    });
  }
  return a;
}

function spoiler(doc, ctx, fill) {
  const box = element(doc, "span", "spoiler");
  const button = element(doc, "button", "spoiler-key");
  button.setAttribute("type", "button");
  button.textContent = ctx.t("show_spoiler");
  button.addEventListener("click", () => {
    const inner = element(doc, "span", "spoiler-text");
    inner.setAttribute("tabindex", "-1");
    fill(inner);
    box.replaceChildren(inner);
    inner.focus();
  });
  box.append(button);
  return box;
}

function quote(doc, ctx, folded, fill) {
  const box = element(doc, "blockquote", folded ? "folded" : "");
  const text = element(doc, "span", "fold-text");
  fill(text);
  box.append(text);
  if (folded) box.append(foldKey(doc, ctx, box));
  return box;
}

/** The "read more" key of a box whose class `folded` hides the rest. */
export function foldKey(doc, ctx, box) {
  const button = element(doc, "button", "fold-key");
  button.setAttribute("type", "button");
  button.setAttribute("aria-expanded", "false");
  button.textContent = ctx.t("read_more");
  button.addEventListener("click", () => {
    const folded = box.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = ctx.t(folded ? "read_more" : "read_less");
  });
  return button;
}

const simple = (tag) => (doc, _e, _text, _ctx, fill) => {
  const el = element(doc, tag);
  fill(el);
  return el;
};
const linked = (address) => (doc, e, text, ctx, fill) => {
  const a = link(doc, address(e, text), text, ctx);
  if (a) fill(a);
  return a;
};

// A Map, not an object: a type called "constructor" must find nothing.
const makers = new Map([
  ["bold", simple("b")],
  ["italic", simple("i")],
  ["underline", simple("u")],
  ["strikethrough", simple("s")],
  ["code", simple("code")],
  ["pre", simple("pre")],
  ["url", linked((_e, text) => text)],
  ["text_link", linked((e) => String(e.url || ""))],
  ["email", linked((_e, text) => `mailto:${text}`)],
  ["phone_number", linked((_e, text) => `tel:${text.replace(/[^\d+]/g, "")}`)],
  ["spoiler", (doc, _e, _text, ctx, fill) => spoiler(doc, ctx, fill)],
  ["blockquote", (doc, _e, _text, ctx, fill) => quote(doc, ctx, false, fill)],
  ["expandable_blockquote", (doc, _e, _text, ctx, fill) => quote(doc, ctx, true, fill)],
  [
    "bot_command",
    (doc, _e, text, ctx, fill) => {
      const button = element(doc, "button", "command");
      button.setAttribute("type", "button");
      button.addEventListener("click", () => ctx.sendText(text));
      fill(button);
      return button;
    },
  ],
]);

function appendPlain(doc, parent, text) {
  const match = PROGRESS.exec(text);
  if (!match) {
    parent.append(doc.createTextNode(text));
    return;
  }
  const bar = element(doc, "span", "progress");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `${match[3]} %`);
  bar.textContent = match[0];
  parent.append(doc.createTextNode(text.slice(0, match.index)), bar);
  appendPlain(doc, parent, text.slice(match.index + match[0].length));
}

function clean(text, entities) {
  return (Array.isArray(entities) ? entities : [])
    .slice(0, MAX_ENTITIES)
    .map((e, rank) => {
      const from = Math.min(Math.max(Number(e?.offset) || 0, 0), text.length);
      const to = Math.min(from + Math.max(Number(e?.length) || 0, 0), text.length);
      return { e, from, to, rank };
    })
    .filter(({ e, from, to }) => to > from && makers.has(e.type))
    .sort((a, b) => a.from - b.from || b.to - a.to || a.rank - b.rank);
}

/** ctx: {t, sendText, askLink}. Links in plain text are not guessed: the server marks them. */
export function render(doc, text, entities, ctx) {
  const fragment = doc.createDocumentFragment();
  const list = clean(text, entities);

  function fill(parent, from, to, start, stop) {
    let at = from;
    let i = start;
    while (i < stop) {
      const { e, from: a, to: wanted } = list[i];
      const b = Math.min(wanted, to);
      let inner = i + 1;
      while (inner < stop && list[inner].from < b) inner += 1;
      if (a >= at && b > a) {
        appendPlain(doc, parent, text.slice(at, a));
        const first = i + 1;
        const last = inner;
        const body = (target) => fill(target, a, b, first, last);
        const node = makers.get(e.type)(doc, e, text.slice(a, b), ctx, body);
        if (node) parent.append(node);
        else body(parent);
        at = b;
      }
      i = inner;
    }
    if (at < to) appendPlain(doc, parent, text.slice(at, to));
  }

  try {
    fill(fragment, 0, text.length, 0, list.length);
  } catch {
    // A message that cannot be dressed is still readable.
    const plain = doc.createDocumentFragment();
    plain.append(doc.createTextNode(text));
    return plain;
  }
  return fragment;
}
