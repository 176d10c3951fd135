/* Says new messages to screen readers. The history itself is not live: it would be read again and again. */
import { h } from "./dom.js";
import { summary } from "./message.js";

const BURST = 3;
const BURST_IN = 2000;
const KEEP = 10000;

export function createAnnouncer(root, ctx) {
  const log = h("div", { class: "sr", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
  root.append(log);
  let recent = [];
  let burstTimer = null;
  let lastPressed = null;

  function say(text) {
    const line = h("div", { text });
    log.append(line);
    setTimeout(() => line.remove(), KEEP);
  }

  function describe(m) {
    const answers = (m.reply_markup?.inline_keyboard || []).flat().filter((key) => key.text.trim()).length;
    const tail = answers ? ` ${ctx.t("n_answers", { n: answers })}.` : "";
    return `${ctx.botName()} : ${summary(m, ctx).slice(0, 200)}.${tail}`;
  }

  function arrived(m) {
    const now = performance.now();
    recent = [...recent.filter((at) => now - at < BURST_IN), now];
    if (recent.length <= BURST) {
      say(describe(m));
      return;
    }
    clearTimeout(burstTimer);
    burstTimer = setTimeout(() => say(ctx.t("new_messages", { n: recent.length })), 300);
  }

  return {
    hear(prev, next, ev) {
      if (ev.t === "press") lastPressed = Number(ev.id.split(" ")[0]);
      else if (ev.t === "message" && prev.loaded && ev.m.from?.id !== next.me?.id && next.ids[ev.m.message_id] && !prev.ids[ev.m.message_id]) arrived(ev.m);
      else if (ev.t === "edited" && ev.m.message_id === lastPressed) {
        // The answer of a dialog is an edit of the message whose key was just pressed.
        lastPressed = null;
        say(describe(ev.m));
      }
    },
    destroy() {
      clearTimeout(burstTimer);
      log.remove();
    },
  };
}
