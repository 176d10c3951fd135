/* The list of messages: keyed rows, day lines, a window of rows, and the scroll that never jumps. */
import { h, icon } from "./dom.js";
import { createMessage } from "./message.js";

const WINDOW = 300;
const FIRST = 30;
const CHUNK = 20;
const AT_END = 48;

export function createTimeline(ctx) {
  const list = h("ol", { class: "rows" });
  const lead = h("div", { class: "lead" });
  const log = h("div", { class: "log", tabindex: "0", role: "region", "aria-label": ctx.t("conversation") }, lead, list);
  const pillText = h("span");
  const pill = h("button", { type: "button", class: "pill", hidden: true, on: { click: () => toEnd(true) } }, pillText, icon("arrow-down"));
  const rows = new Map();
  const days = new Map();
  let shown = FIRST;
  let unseen = 0;
  let sticky = true;
  let idle = null;

  /** Where the end begins: the first word of the last message when it does not fit, so that it is read before its keys. */
  function endTop() {
    const last = list.lastElementChild;
    const bottom = log.scrollHeight - log.clientHeight;
    if (!last || last.offsetHeight <= log.clientHeight) return bottom;
    return Math.min(bottom, log.scrollTop + last.getBoundingClientRect().top - log.getBoundingClientRect().top);
  }

  const isAtEnd = () => log.scrollTop >= endTop() - AT_END;

  /** Down to the end, and never up: who presses keys further below stays there. */
  function stick() {
    const end = endTop();
    if (log.scrollTop < end) log.scrollTo({ top: end, behavior: "instant" });
  }

  function toEnd(smooth) {
    sticky = true;
    unseen = 0;
    showPill();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    log.scrollTo({ top: endTop(), behavior: smooth && !calm ? "smooth" : "instant" });
  }

  function showPill() {
    pill.hidden = unseen === 0;
    if (unseen) pillText.textContent = ctx.t("new_messages", { n: unseen });
  }

  log.addEventListener(
    "scroll",
    () => {
      sticky = isAtEnd();
      if (sticky && unseen) {
        unseen = 0;
        showPill();
      }
    },
    { passive: true },
  );

  // Late layout (a picture, a font, the keyboard of the phone) must not push the end out of sight.
  const watcher = new ResizeObserver(() => sticky && stick());
  watcher.observe(list);
  watcher.observe(log);

  function anchored(change) {
    if (sticky) {
      change();
      stick();
      return;
    }
    const top = log.getBoundingClientRect().top;
    const anchor = [...list.children].find((el) => el.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) log.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  function dayLine(key, date) {
    if (!days.has(key)) days.set(key, h("li", { class: "day-line" }, h("span", { text: ctx.day(date) })));
    return days.get(key);
  }

  function draw(state) {
    const order = state.order.slice(-Math.min(shown, WINDOW));
    const wanted = [];
    const usedDays = new Set();
    let lastDay = null;
    for (const key of order) {
      const row = state.rows[key];
      const date = new Date(row.m.date * 1000);
      const day = ctx.dayKey(date);
      if (day !== lastDay && !usedDays.has(day)) {
        wanted.push(dayLine(day, date));
        usedDays.add(day);
      }
      lastDay = day;
      let entry = rows.get(key);
      if (!entry) {
        entry = { row, view: createMessage(row, ctx) };
        entry.view.setPressed(state.pressed);
        rows.set(key, entry);
      } else if (entry.row !== row) {
        entry.view.patch(row);
        entry.view.setPressed(state.pressed);
        entry.row = row;
      }
      wanted.push(entry.view.li);
    }
    const keep = new Set(order);
    for (const [key, entry] of rows) {
      if (keep.has(key)) continue;
      if (entry.view.li.contains(document.activeElement)) log.focus({ preventScroll: true });
      entry.view.li.remove();
      rows.delete(key);
    }
    for (const [day, line] of days) if (!usedDays.has(day)) line.remove();
    // Only nodes out of place move: the focus and a playing sound stay where they are.
    let at = list.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else list.insertBefore(node, at);
    }
  }

  function fillOlder(state) {
    if (idle || shown >= Math.min(state.order.length, WINDOW)) return;
    idle = (window.requestIdleCallback || setTimeout)(() => {
      idle = null;
      shown += CHUNK;
      const now = ctx.state();
      anchored(() => draw(now));
      fillOlder(now);
    });
  }

  return {
    log,
    lead,
    pill,
    toEnd,
    render(prev, next, event) {
      if (prev.order !== next.order || prev.rows !== next.rows) {
        const grown = next.order.length - prev.order.length;
        if (shown > FIRST && grown > 0) shown += grown;
        const mineNow = event.t === "echo";
        if (mineNow) sticky = true;
        const first = !prev.loaded && next.loaded;
        if (first) sticky = true;
        anchored(() => draw(next));
        if (!sticky && event.t === "message" && grown > 0) unseen += grown;
        if (mineNow) toEnd(false);
        showPill();
        fillOlder(next);
      } else if (prev.pressed !== next.pressed) {
        for (const entry of rows.values()) entry.view.setPressed(next.pressed);
      }
    },
    reveal(messageId) {
      const key = ctx.state().ids[messageId];
      const view = rows.get(key)?.view;
      if (!view) return;
      view.bubble.scrollIntoView({ block: "center" });
      view.bubble.focus({ preventScroll: true });
      view.bubble.classList.add("flash");
      setTimeout(() => view.bubble.classList.remove("flash"), 1500);
    },
    /** Alt+arrows walk through the messages. */
    step(delta) {
      const items = [...list.querySelectorAll(".row .bubble")];
      const here = items.findIndex((el) => el.closest(".row").contains(document.activeElement));
      const to = here < 0 ? items.length - 1 : Math.min(Math.max(here + delta, 0), items.length - 1);
      items[to]?.focus();
    },
    destroy() {
      watcher.disconnect();
      if (idle) (window.cancelIdleCallback || clearTimeout)(idle);
    },
  };
}
