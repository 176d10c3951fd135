/* Plays a voice message inside its bubble; one sound at a time in the whole page. */
import { h, icon } from "./dom.js";
import { seconds } from "./i18n.js";

const SPEEDS = [1, 0.75];
let current = null;

export function playOnly(audio) {
  if (current && current !== audio) current.pause();
  current = audio;
}

/** `length` is told by the message: a recording in the browser often has an infinite duration. */
export function mountPlayer(box, source, length, ctx) {
  const audio = new Audio();
  const play = h("button", { type: "button", class: "play" });
  const bar = h("input", { type: "range", class: "seek", min: "0", max: String(Math.max(length, 1)), step: "0.1", value: "0", "aria-label": ctx.t("position") });
  const time = h("span", { class: "voice-time", text: seconds(length) });
  const speed = h("button", { type: "button", class: "speed", "aria-label": `${ctx.t("speed")} 1`, text: "×1" });
  box.replaceChildren(play, bar, time, speed);

  function draw() {
    play.replaceChildren(icon(audio.paused ? "play" : "pause"));
    play.setAttribute("aria-label", ctx.t(audio.paused ? "play" : "pause"));
    bar.value = String(audio.currentTime);
    bar.style.setProperty("--done", `${Math.min(100, (audio.currentTime / Math.max(length, 0.1)) * 100)}%`);
    bar.setAttribute("aria-valuetext", `${seconds(audio.currentTime)} / ${seconds(length)}`);
    time.textContent = audio.paused && audio.currentTime === 0 ? seconds(length) : `${seconds(audio.currentTime)} / ${seconds(length)}`;
  }

  const start = () => {
    playOnly(audio);
    audio.play().catch(() => ctx.toast(ctx.t("sound_unreadable"), "bad"));
  };
  play.addEventListener("click", () => (audio.paused ? start() : audio.pause()));
  bar.addEventListener("input", () => (audio.currentTime = Number(bar.value)));
  speed.addEventListener("click", () => {
    const next = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
    audio.playbackRate = next;
    speed.textContent = `×${next}`;
    speed.setAttribute("aria-label", `${ctx.t("speed")} ${next}`);
  });
  for (const type of ["play", "pause", "timeupdate", "seeked"]) audio.addEventListener(type, draw);
  audio.addEventListener("ended", () => {
    audio.currentTime = 0;
    draw();
  });
  draw();
  audio.src = source;
  return { audio, play, start };
}
