/* The list of messages: keyed rows, day lines, a window of rows, and the scroll that never jumps. */
import { h, icon } from "./dom.js";

const WINDOW = 300;
const FIRST = 20;
/** Whatever goes in or out at the top moves all rows below it, one or fifty: so it happens fifty at a time. */
const PAGE = 50;
/** ms that making rows may take between two pictures: more would show as a jerk. */
const SLICE = 5;
const AT_END = 48;
const FETCH_AT = 30;

export function createTimeline(ctx) {
  const list = h("ol", { class: "rows" });
  const lead = h("div", { class: "lead" });
  const log = h("div", { class: "log", tabindex: "0", role: "region", "aria-label": ctx.t("conversation") }, lead, list);
  const pillText = h("span");
  const pill = h("button", { type: "button", class: "pill", hidden: true, on: { click: () => toEnd(true) } }, pillText, icon("arrow-down"));
  const fresh = h("li", { class: "day-line new-line" }, h("span", { text: ctx.t("new_line") }), h("button", { type: "button", class: "small-key", on: { click: listenAll } }, icon("speaker"), h("span", { text: ctx.t("listen_all") })));
  const rows = new Map();
  const spare = new Map();
  const days = new Map();
  // The drawn rows are order[length - below - size … length - below].
  let size = FIRST;
  let below = 0;
  let unseen = 0;
  let sticky = true;
  let lastTop = 0;
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
    if (below) {
      below = 0;
      size = FIRST;
      draw(ctx.state());
      smooth = false;
    }
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
      // Only who goes up leaves the end: this event may tell of a place from before something was added below it.
      const up = log.scrollTop < lastTop - 1;
      lastTop = log.scrollTop;
      sticky = below === 0 && (isAtEnd() || (sticky && !up));
      if (sticky && unseen) {
        unseen = 0;
        showPill();
      }
      fill();
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

  function dayOf(entry) {
    entry.day ||= ctx.dayKey(new Date(entry.row.m.date * 1000));
    return entry.day;
  }

  function entryOf(key, state, arrived) {
    const row = state.rows[key];
    let entry = rows.get(key) || spare.get(key);
    if (!entry) {
      entry = { row, view: ctx.parts.createMessage(row, ctx) };
      if (arrived) entry.view.li.classList.add("fresh");
      entry.view.setPressed(state.pressed);
    } else if (entry.row !== row) {
      entry.view.patch(row);
      entry.view.setPressed(state.pressed);
      if (entry.row.m.date !== row.m.date) entry.day = null;
      entry.row = row;
    }
    rows.set(key, entry);
    return entry;
  }

  function draw(state, arrived = false) {
    if (!ctx.parts) return;
    const stop = state.order.length - below;
    const order = state.order.slice(Math.max(0, stop - size), stop);
    const wanted = [];
    const usedDays = new Set();
    let lastDay = null;
    for (const key of order) {
      const entry = entryOf(key, state, arrived);
      const day = dayOf(entry);
      if (day !== lastDay && !usedDays.has(day)) {
        wanted.push(dayLine(day, new Date(entry.row.m.date * 1000)));
        usedDays.add(day);
      }
      lastDay = day;
      if (entry.row.id !== null && entry.row.id === state.unreadFrom) wanted.push(fresh);
      wanted.push(entry.view.li);
    }
    const keep = new Set(order);
    for (const [key, entry] of rows) {
      if (keep.has(key)) continue;
      if (entry.view.li.contains(document.activeElement)) log.focus({ preventScroll: true });
      entry.view.li.remove();
      rows.delete(key);
    }
    for (const [day, line] of days) {
      if (usedDays.has(day)) continue;
      line.remove();
      days.delete(day);
    }
    if (!wanted.includes(fresh)) fresh.remove();
    // Only nodes out of place move: the focus and a playing sound stay where they are.
    let at = list.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else list.insertBefore(node, at);
    }
  }

  /** Everything below the line, aloud. */
  function listenAll() {
    const after = [...list.children].slice([...list.children].indexOf(fresh));
    ctx.listen(after.map((node) => node.querySelector(".listen:not([hidden])")).filter(Boolean));
  }

  /** Where the window should grow: up before the top is reached (or at rest, until it is full), down on the way back. */
  function wish(state) {
    const room = log.clientHeight * 3;
    const total = state.order.length;
    if (below > 0 && log.scrollHeight - log.scrollTop - log.clientHeight < room) return -1;
    if (below + size < total && (size < WINDOW || log.scrollTop < room)) return 1;
    return 0;
  }

  /** The keys of the next page, above or below the window. */
  function page(way, state) {
    const stop = state.order.length - below;
    return way > 0 ? state.order.slice(Math.max(0, stop - size - PAGE), stop - size) : state.order.slice(stop, stop + PAGE);
  }

  function grow(way, n) {
    size += n;
    if (way < 0) below -= n;
    // What is farther than the window goes, on the side nobody looks at.
    if (way > 0 && size > WINDOW) below += size - WINDOW;
    size = Math.min(size, WINDOW);
  }

  /** Older rows are made a few at a time when the page has nothing better to do, and shown by the page. */
  function fill() {
    if (idle || !ctx.parts) return;
    const state = ctx.state();
    if (state.more && below + size > state.order.length - FETCH_AT && log.scrollTop < log.clientHeight * 4 && !sticky) ctx.older();
    if (!wish(state)) return;
    idle = (window.requestIdleCallback || setTimeout)(
      () => {
        idle = null;
        const now = ctx.state();
        const way = wish(now);
        if (!way) return;
        const until = performance.now() + SLICE;
        const keys = page(way, now);
        const missing = keys.filter((key) => spare.get(key)?.row !== now.rows[key]);
        for (const key of way > 0 ? missing.reverse() : missing) {
          const row = now.rows[key];
          const view = ctx.parts.createMessage(row, ctx);
          view.setPressed(now.pressed);
          spare.set(key, { row, view });
          if (performance.now() > until) break;
        }
        if (keys.every((key) => spare.has(key))) {
          grow(way, keys.length);
          anchored(() => draw(now));
          spare.clear();
        }
        fill();
      },
      { timeout: 100 },
    );
  }

  return {
    log,
    lead,
    pill,
    toEnd,
    render(prev, next, event) {
      if (!ctx.parts) return;
      if (prev.order !== next.order || prev.rows !== next.rows || prev.unreadFrom !== next.unreadFrom || event.t === "mount") {
        const last = (state, n) => state.order[state.order.length - 1 - n];
        const grown = Math.max(0, next.order.length - prev.order.length);
        // Rows that came at the end belong to the window while it shows the end; else the window stays where it is read.
        const atTheEnd = event.t !== "older" && event.t !== "mount" && grown > 0 && last(prev, 0) !== last(next, 0);
        const mineNow = event.t === "echo" && grown > 0;
        if (mineNow || (!prev.loaded && next.loaded)) sticky = true;
        if (atTheEnd && prev.loaded) {
          if (sticky) size = size + grown > WINDOW + PAGE ? WINDOW : size + grown;
          else if (size + grown <= WINDOW + PAGE && below === 0) size += grown;
          else below += grown;
        }
        if (below && sticky) below = 0;
        below = Math.min(below, Math.max(0, next.order.length - 1));
        if (atTheEnd && prev.loaded && !sticky) unseen += next.order.slice(-grown).filter((key) => !next.rows[key].mine).length;
        anchored(() => draw(next, prev.loaded && (event.t === "message" || mineNow)));
        if (rows.size && !performance.getEntriesByName("history").length) performance.mark("history");
        if (mineNow) toEnd(false);
        showPill();
        fill();
      } else if (prev.pressed !== next.pressed) {
        for (const entry of rows.values()) entry.view.setPressed(next.pressed);
      }
    },
    reveal(messageId) {
      const state = ctx.state();
      const key = state.ids[messageId];
      if (key && !rows.has(key)) {
        // Farther back than what is drawn: the window goes there.
        below = Math.max(0, state.order.length - state.order.indexOf(key) - FIRST / 2);
        size = FIRST;
        sticky = false;
        draw(state);
      }
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
