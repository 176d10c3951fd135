/* All that reading and writing do not need: toasts, sheets, photos, recorder, player, announcer. Loaded a moment after the first view. */
import { createAnnouncer } from "./a11y.js";
import { createDialogs } from "./dialogs.js";
import { safeLink } from "./entities.js";
import { BIG, isBig } from "./phone.js";

export function createExtras(root, ctx) {
  const dialogs = createDialogs(root, ctx);
  const announcer = createAnnouncer(root, ctx);
  const { t } = ctx;
  const wrong = (error) => t(ctx.hasWords(`err_${error}`) ? `err_${error}` : "err_other");
  let media = null;
  let voice = null;
  const loadMedia = () => (media ||= import("./media.js").then((m) => m.createMedia(ctx, dialogs)));
  let speech = null;
  const loadSpeech = () => (speech ||= import("./speech.js").then((s) => s.createSpeech(ctx)));
  const loadVoice = () => (voice ||= import("./voice.js").then((v) => v.createVoice(ctx)));

  const notices = {
    slow: () => dialogs.toast(t("slow")),
    offline: () => dialogs.toast(t("offline"), "bad"),
    error: (notice) => dialogs.toast(wrong(notice.error), "bad"),
    toast: (notice) => notice.text && dialogs.toast(notice.text),
    alert: (notice) => dialogs.alert(notice.text),
  };

  function openMenu() {
    const commands = ctx.state().commands.map((c) => ({ icon: "spark", label: c.description, note: `/${c.command}`, run: () => ctx.sendText(`/${c.command}`) }));
    const size = { icon: "phone", label: t(isBig(root) ? "keys_normal" : "keys_big"), run: () => setBig(!isBig(root)) };
    dialogs.sheet(t("menu_title"), [...commands, size], t("menu_empty"));
  }

  function setBig(big) {
    root.classList.toggle("workshop", big);
    window.localStorage?.setItem(BIG, big ? "1" : "");
  }

  async function playVoice(box, v) {
    try {
      const [{ mountPlayer }, url] = await Promise.all([import("./player.js"), v.local || ctx.files.url(v.file_id)]);
      const { play, start } = mountPlayer(box, url, v.duration || 0, ctx);
      play.focus({ preventScroll: true });
      start();
    } catch {
      dialogs.toast(wrong(), "bad");
    }
  }

  async function download(d, name) {
    try {
      const [url, files] = await Promise.all([ctx.files.url(d.file_id), loadMedia()]);
      files.save(url, name);
    } catch {
      dialogs.toast(wrong(), "bad");
    }
  }

  // A file dropped on the conversation, or pasted into it, is joined like a chosen one.
  const carries = (data) => [...(data?.types || [])].includes("Files");
  function receive(ev, data) {
    if (!carries(data)) return;
    ev.preventDefault();
    for (const file of data.files) loadMedia().then((m) => m.take(file));
  }
  const arrivals = {
    dragover: (ev) => carries(ev.dataTransfer) && ev.preventDefault(),
    drop: (ev) => receive(ev, ev.dataTransfer),
    paste: (ev) => receive(ev, ev.clipboardData),
  };
  for (const [type, arrived] of Object.entries(arrivals)) root.addEventListener(type, arrived);

  return {
    toast: dialogs.toast,
    askLink: dialogs.askLink,
    openPhoto: dialogs.bigPhoto,
    openMenu,
    openAttach: () => loadMedia().then((m) => m.choose()),
    record: () => loadVoice().then((v) => v.start()),
    stopRecording: () => loadVoice().then((v) => v.stop()),
    playVoice,
    /** Read these keys' messages, in this order. */
    listen: (keys) => loadSpeech().then((s) => s.readAll(keys.map((key) => [key, key.row()]))),
    download,
    hear: announcer.hear,
    notice(notice) {
      const link = notice.url && safeLink(notice.url);
      if (link) dialogs.askLink(link);
      notices[notice.kind](notice);
    },
    destroy() {
      for (const [type, arrived] of Object.entries(arrivals)) root.removeEventListener(type, arrived);
      announcer.destroy();
      speech?.then((s) => s.stop());
    },
  };
}
