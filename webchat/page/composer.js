/* The line where a message is made: menu, field, joined files, voice, send. */
import { h, icon, iconKey } from "./dom.js";

const LIMIT = 4096;
const COUNT_FROM = 3800;
const HOLD = 400;

export function createComposer(ctx, draft) {
  const touch = matchMedia("(pointer: coarse)").matches;
  const field = h("textarea", { class: "field", rows: "1", "aria-label": ctx.t("write"), placeholder: ctx.t("write"), dir: "auto", enterkeyhint: touch ? "enter" : "send", autocomplete: "off" });
  const count = h("div", { class: "count", role: "status", hidden: true });
  const menu = h("button", { type: "button", class: "menu-key", on: { click: () => ctx.openMenu() } }, icon("menu"), h("span", { text: ctx.t("menu") }));
  const attach = iconKey("clip", ctx.t("attach"), { class: "attach", on: { click: () => ctx.openAttach() } });
  const bar = iconKey("keys", ctx.t("keys_show"), { class: "bar-key", hidden: true, on: { click: () => ctx.toggleBar() } });
  const mic = iconKey("mic", ctx.t("record"), { class: "round mic" });
  const send = iconKey("send", ctx.t("send"), { class: "round send", hidden: true });
  send.type = "submit";
  const line = h("div", { class: "compose-line" }, menu, h("div", { class: "field-box" }, field, bar, attach), mic, send);
  const form = h("form", { class: "composer", novalidate: true }, count, line);

  function resize() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  function refresh() {
    const text = field.value;
    const some = text.trim().length > 0;
    send.hidden = !some;
    mic.hidden = some;
    form.classList.toggle("has-text", some);
    count.hidden = text.length < COUNT_FROM;
    if (!count.hidden) {
      const tooLong = text.length > LIMIT;
      count.textContent = tooLong ? ctx.t("err_too_long") : ctx.t("characters_left", { n: LIMIT - text.length });
      count.classList.toggle("bad", tooLong);
    }
    resize();
  }

  let leaving = "";
  async function submit() {
    const written = field.value;
    const text = written.trim();
    if (!text || text.length > LIMIT || written === leaving) return;
    // The field empties only once the message is kept in the outbox; a second tap meanwhile is the same message.
    leaving = written;
    field.focus();
    await ctx.sendText(text);
    leaving = "";
    if (field.value === written) field.value = "";
    refresh();
  }

  form.addEventListener("submit", (ev) => {
    ev.preventDefault();
    submit();
  });
  field.addEventListener("input", refresh);
  field.addEventListener("keydown", (ev) => {
    if (ev.isComposing) return;
    if (ev.key === "Enter" && !ev.shiftKey && (!touch || ev.ctrlKey)) {
      ev.preventDefault();
      submit();
    } else if (ev.key === "/" && field.value === "") {
      ev.preventDefault();
      ctx.openMenu();
    }
  });

  // Tap-tap is the rule; holding works too, and letting go shows the card, it never sends.
  let holding = false;
  let holdTimer = null;
  mic.addEventListener("pointerdown", () => {
    holdTimer = setTimeout(() => {
      holding = true;
      ctx.record();
    }, HOLD);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    window.addEventListener(type, released);
  }
  function released() {
    clearTimeout(holdTimer);
    if (!holding) return;
    ctx.stopRecording();
    setTimeout(() => (holding = false));
  }
  mic.addEventListener("click", () => {
    clearTimeout(holdTimer);
    if (!holding) ctx.record();
  });

  field.value = draft;
  if (draft) queueMicrotask(refresh);

  return {
    form,
    field,
    mic,
    focus: () => field.focus(),
    draft: () => field.value,
    /** Puts the recorder in place of the line, or the line back. */
    swap(panel) {
      form.replaceChildren(count, panel || line);
    },
    render(next) {
      field.placeholder = next.placeholder || next.replyKeyboard?.input_field_placeholder || ctx.t("write");
      const has = Boolean(next.replyKeyboard?.keyboard?.length);
      bar.hidden = !has;
      const label = ctx.t(next.barOpen ? "keys_hide" : "keys_show");
      bar.setAttribute("aria-label", label);
      bar.title = label;
      bar.setAttribute("aria-expanded", String(next.barOpen));
    },
    destroy() {
      for (const type of ["pointerup", "pointercancel"]) window.removeEventListener(type, released);
    },
  };
}
