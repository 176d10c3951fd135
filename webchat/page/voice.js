/* Recording: tap starts, tap stops, then a card (play, send, bin). Nothing leaves without a tap on "send". */
import { h, icon, iconKey } from "./dom.js";
import { seconds } from "./i18n.js";
import { mountPlayer } from "./player.js";

const LIMIT = 120;
const WARN = 105;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];

export function createVoice(ctx) {
  let session = null;

  async function start() {
    if (session) return;
    const mine = { stopping: false };
    session = mine;
    const type = window.MediaRecorder && TYPES.find((t) => MediaRecorder.isTypeSupported(t));
    try {
      if (!type) throw new Error("no recorder");
      mine.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch (error) {
      session = null;
      ctx.toast(ctx.t(error.name === "NotAllowedError" ? "record_denied" : "record_failed"), "bad");
      return;
    }
    mine.chunks = [];
    mine.recorder = new MediaRecorder(mine.stream, { mimeType: type, audioBitsPerSecond: 24000 });
    mine.recorder.addEventListener("dataavailable", (ev) => ev.data.size && mine.chunks.push(ev.data));
    mine.recorder.addEventListener("stop", () => finish(mine, type));
    // A call or a locked screen ends the track: what was said is kept.
    mine.stream.getTracks()[0].addEventListener("ended", stop);
    document.addEventListener("visibilitychange", whenHidden);
    mine.recorder.start(1000);
    mine.startedAt = performance.now();
    mine.lock = navigator.wakeLock?.request("screen").catch(() => null);
    showRecording(mine);
    if (mine.stopping) stop();
  }

  function whenHidden() {
    if (document.hidden) stop();
  }

  function stop() {
    if (!session) return;
    session.stopping = true;
    if (session.recorder?.state === "recording") session.recorder.stop();
  }

  function showRecording(mine) {
    const time = h("span", { class: "record-time", text: "0:00" });
    const note = h("span", { class: "record-note", text: ctx.t("recording") });
    const level = h("span", { class: "record-level", "aria-hidden": "true" }, ...Array.from({ length: 5 }, () => h("i")));
    const stopKey = h("button", { type: "button", class: "key record-stop", on: { click: stop } }, icon("stop"), h("span", { text: ctx.t("record_stop") }));
    const panel = h("div", { class: "recorder live" }, h("span", { class: "record-dot", "aria-hidden": "true" }), time, level, note, stopKey);
    panel.addEventListener("keydown", (ev) => ev.key === "Escape" && stop());
    ctx.swap(panel);
    ctx.status(ctx.t("recording"));
    stopKey.focus();

    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 256;
    audio.createMediaStreamSource(mine.stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    mine.audio = audio;
    mine.timer = setInterval(() => {
      const spent = (performance.now() - mine.startedAt) / 1000;
      time.textContent = seconds(spent);
      analyser.getByteTimeDomainData(samples);
      const peak = samples.reduce((top, s) => Math.max(top, Math.abs(s - 128)), 0) / 128;
      level.style.setProperty("--level", peak.toFixed(2));
      if (spent >= WARN && note.textContent !== ctx.t("record_soon")) {
        note.textContent = ctx.t("record_soon");
        ctx.status(note.textContent);
      }
      if (spent >= LIMIT) stop();
    }, 100);
  }

  function finish(mine, type) {
    clearInterval(mine.timer);
    mine.audio.close();
    mine.stream.getTracks().forEach((track) => track.stop());
    mine.lock?.then((lock) => lock?.release());
    document.removeEventListener("visibilitychange", whenHidden);
    const length = (performance.now() - mine.startedAt) / 1000;
    const blob = new Blob(mine.chunks, { type: type.split(";")[0] });
    if (!blob.size) {
      close();
      ctx.toast(ctx.t("record_failed"), "bad");
      return;
    }
    showCard(blob, length);
  }

  function showCard(blob, length) {
    const local = URL.createObjectURL(blob);
    const voice = h("div", { class: "voice" });
    const { audio } = mountPlayer(voice, local, length, ctx);
    const bin = iconKey("bin", ctx.t("bin"), { class: "bin" });
    const send = iconKey("send", ctx.t("send"), { class: "round send" });
    const card = h("div", { class: "recorder card" }, bin, voice, send);
    bin.addEventListener("click", () => {
      audio.pause();
      URL.revokeObjectURL(local);
      close();
    });
    send.addEventListener("click", () => {
      audio.pause();
      close();
      ctx.sendFile({
        kind: "voice",
        file: blob,
        name: blob.type.includes("mp4") ? "voice.m4a" : "voice.webm",
        local,
        m: { voice: { file_id: "", duration: Math.round(length), local } },
      });
    });
    ctx.swap(card);
    ctx.status(ctx.t("record_ready"));
    send.focus();
  }

  function close() {
    session = null;
    ctx.swap(null);
    ctx.focusMic();
  }

  return { start, stop };
}
