/* Everything that comes over the conversation: toasts, alerts, sheets, the big photo. One set per phone. */
import { bdi, h, icon, iconKey } from "./dom.js";

const TOAST_FOR = 4500;

export function createDialogs(root, ctx) {
  const toasts = h("div", { class: "toasts", role: "status" });
  root.append(toasts);

  function toast(text, kind = "") {
    const node = h("div", { class: `toast ${kind}`.trim(), dir: "auto" }, h("span", { text }));
    toasts.replaceChildren(node);
    setTimeout(() => node.remove(), TOAST_FOR + text.length * 40);
  }

  /** A modal that stays inside its phone, even when several phones share the page. */
  function open(className, ...content) {
    const back = document.activeElement;
    const dialog = h("dialog", { class: className, lang: ctx.lang, dir: ctx.dir }, ...content);
    const box = root.getBoundingClientRect();
    dialog.style.setProperty("--x", `${box.left}px`);
    dialog.style.setProperty("--w", `${box.width}px`);
    dialog.style.setProperty("--h", `${box.height}px`);
    dialog.style.setProperty("--below", `${Math.max(0, window.innerHeight - box.bottom)}px`);
    dialog.addEventListener("click", (ev) => ev.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (back?.isConnected) back.focus({ preventScroll: true });
    });
    root.append(dialog);
    dialog.showModal();
    return dialog;
  }

  function alert(text) {
    const ok = h("button", { type: "button", class: "key primary", text: ctx.t("ok") });
    const dialog = open("box", h("p", { dir: "auto", text }), h("div", { class: "box-keys" }, ok));
    ok.addEventListener("click", () => dialog.close());
    ok.focus();
  }

  function askLink({ href, host }) {
    const cancel = h("button", { type: "button", class: "key", text: ctx.t("cancel") });
    const go = h("a", { class: "key primary", href, target: "_blank", rel: "noopener noreferrer" }, h("span", { text: ctx.t("open") }), icon("out"));
    const dialog = open("box", h("p", { text: ctx.t("open_link") }), h("p", { class: "host" }, bdi(host)), h("div", { class: "box-keys" }, cancel, go));
    cancel.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => dialog.close());
    cancel.focus();
  }

  /** items: [{icon, label, note, run}] */
  function sheet(title, items, emptyText) {
    const close = iconKey("close", ctx.t("close"));
    const list = h("ul", { class: "sheet-list" });
    const dialog = open("sheet", h("header", {}, h("h2", { text: title }), close), items.length ? list : h("p", { class: "sheet-empty", text: emptyText }));
    for (const item of items) {
      const note = item.note ? h("small", { dir: "ltr", text: item.note }) : null;
      const button = h("button", { type: "button", class: "sheet-key" }, h("span", { class: "sheet-icon" }, icon(item.icon)), h("span", { class: "sheet-label" }, bdi(item.label), note));
      button.addEventListener("click", () => {
        dialog.close();
        item.run();
      });
      list.append(h("li", {}, button));
    }
    close.addEventListener("click", () => dialog.close());
    (list.querySelector("button") || close).focus();
    list.addEventListener("keydown", (ev) => {
      const keys = [...list.querySelectorAll("button")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
      if (!step) return;
      ev.preventDefault();
      keys[(keys.indexOf(document.activeElement) + step + keys.length) % keys.length].focus();
    });
  }

  function bigPhoto(src, alt) {
    const close = iconKey("close", ctx.t("close"), { class: "big" });
    const dialog = open("lightbox", close, h("img", { src, alt }), alt ? h("p", { dir: "auto", text: alt }) : null);
    close.addEventListener("click", () => dialog.close());
  }

  /** The photo before it leaves, with room for a few words. */
  function previewPhoto(src, send) {
    const caption = h("input", { class: "field", type: "text", maxlength: "1024", dir: "auto", "aria-label": ctx.t("caption"), placeholder: ctx.t("caption") });
    const cancel = h("button", { type: "button", class: "key", text: ctx.t("cancel") });
    const go = h("button", { type: "submit", class: "key primary" }, icon("send"), h("span", { text: ctx.t("send") }));
    const form = h("form", { class: "preview-form" }, caption, h("div", { class: "box-keys" }, cancel, go));
    const dialog = open("box preview", h("img", { src, alt: ctx.t("photo") }), form);
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (ev) => {
      ev.preventDefault();
      dialog.close();
      send(caption.value.trim());
    });
    go.focus();
  }

  return { toast, alert, askLink, sheet, bigPhoto, previewPhoto };
}
