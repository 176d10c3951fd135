/* Reads messages aloud: with a voice of this telephone for the language, else with a sound the school makes. Only when asked. */
import { playOnly } from "./player.js";

const LOCALES = { fr: "fr-FR", en: "en-GB", tr: "tr-TR", ar: "ar-SA", pt: "pt-PT" };
const CHUNK = 180;
const CALENDAR = 7;
const VOICES_WITHIN = 2000;
const SILENT = /[\p{Extended_Pictographic}\p{Cf}\ufe0f\u2580-\u25ff]/gu;
const clean = (text) => text.replace(SILENT, " ").replace(/ · /g, ", ").replace(/\s+/g, " ").trim();

/** What is said of a message: its words without pictures, addresses and hidden parts, then its keys, numbered. */
export function spokenText(m, answersWord) {
  const text = m.text ?? m.caption ?? "";
  const hidden = (m.entities || m.caption_entities || []).filter(({ type, offset, length }) => type === "spoiler" && offset >= 0 && length > 0);
  const shown = hidden.reduce((all, { offset, length }) => all.fill("", offset, offset + length), text.split("")).join("");
  const lines = shown.replace(/https?:\/\/\S+/g, "").split("\n").map(clean).filter((line) => /[\p{L}\p{N}]/u.test(line));
  const said = lines.map((line) => (/[.!?؟…:,;]$/.test(line) ? line : `${line}.`));
  // A calendar's days are looked at, not listened to.
  const rows = (m.reply_markup?.inline_keyboard || []).filter((row) => row.length < CALENDAR);
  const keys = rows.flat().map(({ text: label }) => clean(label)).filter((label) => /[\p{L}\p{N}]/u.test(label));
  if (keys.length) said.push(`${answersWord} : ${keys.map((label, at) => `${at + 1} ${label}`).join(", ")}.`);
  return said.join(" ");
}

/** Pieces of at most 180 letters, ended where a sentence ends: some voices stop by themselves after 14 seconds. */
export function chunks(text, most = CHUNK) {
  const found = [];
  for (const sentence of text.match(/[^.!?؟…]+[.!?؟…]*\s*/g) || []) {
    for (const word of sentence.split(/(?<=\s)/)) {
      const last = found.at(-1);
      const fresh = last === undefined || found.ended || last.length + word.length > most;
      if (fresh) found.push(word.slice(0, most));
      else found[found.length - 1] = last + word;
      found.ended = false;
    }
    found.ended = found.at(-1)?.length > most / 2;
  }
  return [...found].map((piece) => piece.trim()).filter(Boolean);
}

function voicesFor(lang) {
  const speech = window.speechSynthesis;
  const look = () => speech.getVoices().filter((voice) => voice.lang.toLowerCase().startsWith(lang));
  if (!speech) return Promise.resolve([]);
  if (speech.getVoices().length) return Promise.resolve(look());
  return new Promise((resolve) => {
    const done = () => resolve(look());
    speech.addEventListener("voiceschanged", done, { once: true });
    setTimeout(done, VOICES_WITHIN);
  });
}

/** `ctx.sound(messageId, kind)` brings what the server says. */
export function createSpeech(ctx) {
  let reading = null;

  function stop() {
    window.speechSynthesis?.cancel();
    reading?.audio?.pause();
    reading?.done();
    reading = null;
  }

  function say(piece, voice, lang) {
    return new Promise((resolve, reject) => {
      const saying = new SpeechSynthesisUtterance(piece);
      saying.voice = voice;
      saying.lang = lang; // Android may ignore the voice, and obeys this
      saying.rate = 0.95;
      saying.onend = resolve;
      saying.onerror = reject;
      window.speechSynthesis.speak(saying);
    });
  }

  async function play(mine, id) {
    const audio = new Audio();
    const kind = audio.canPlayType("audio/ogg; codecs=opus") ? "ogg" : "mp4";
    const url = URL.createObjectURL(await ctx.sound(id, kind));
    if (reading !== mine) return URL.revokeObjectURL(url);
    mine.audio = audio;
    playOnly(audio);
    audio.src = url;
    return new Promise((resolve, reject) => {
      audio.onended = audio.onpause = resolve;
      audio.onerror = reject;
      audio.play().catch(reject);
    }).finally(() => URL.revokeObjectURL(url));
  }

  /** One message; its key says that it is being read. Resolves to whether it was read to its end. */
  async function read(button, row) {
    const again = reading?.button === button;
    stop();
    if (again) return false;
    const mine = { button, audio: null, done: () => button.setAttribute("aria-pressed", "false") };
    reading = mine;
    button.setAttribute("aria-pressed", "true");
    const lang = row.m.lang || ctx.lang;
    try {
      const [voice] = await voicesFor(lang);
      if (reading !== mine) return false;
      if (!voice) await play(mine, row.id);
      else for (const piece of chunks(spokenText(row.m, ctx.t("answers")))) if (reading === mine) await say(piece, voice, LOCALES[lang]);
    } catch {
      if (reading === mine) ctx.toast(ctx.t("listen_failed"), "bad");
      if (reading === mine) stop();
      return false;
    }
    if (reading !== mine) return false;
    stop();
    return true;
  }

  /** All of these, one after the other, until somebody stops it. */
  async function readAll(keys) {
    for (const [button, row] of keys) if (!(await read(button, row))) return;
  }

  return { read, readAll, stop };
}
