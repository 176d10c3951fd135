/* Words, plurals, dates and writing direction of one language. */

const RTL = new Set(["ar"]);
// Digits 0-9 and no month names in Arabic: the same month has three names between Morocco and Syria.
const DAY = { ar: ["ar-u-nu-latn", { weekday: "long", day: "numeric", month: "numeric" }] };
const LONG_DAY = { weekday: "long", day: "numeric", month: "long" };
const LOCALE = { fr: "fr-FR", en: "en-GB", tr: "tr-TR", ar: "ar-u-nu-latn", pt: "pt-PT" };

const loaded = new Map();

export function loadWords(lang, fetchJson) {
  if (!loaded.has(lang)) {
    const promise = fetchJson(new URL(`./lang/${lang}.json`, import.meta.url));
    promise.catch(() => loaded.delete(lang));
    loaded.set(lang, promise);
  }
  return loaded.get(lang);
}

/** The words that came inside the HTML. */
export const seedWords = (lang, words) => loaded.set(lang, Promise.resolve(words));

/** Made when it is first needed: on a slow telephone each formatter costs more than the whole first view. */
const lazily = (make) => {
  let made = null;
  return () => (made ||= make());
};

export function createI18n(lang, words, zone) {
  const plural = lazily(() => new Intl.PluralRules(lang));
  const [dayLocale, dayForm] = DAY[lang] || [LOCALE[lang], LONG_DAY];
  const day = lazily(() => new Intl.DateTimeFormat(dayLocale, { ...dayForm, timeZone: zone }));
  const key = lazily(() => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }));
  const clock = lazily(() => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone }));
  const units = lang === "fr" ? ["ko", "Mo"] : ["kB", "MB"];
  const number = lazily(() => new Intl.NumberFormat(LOCALE[lang]));

  function t(name, values = {}) {
    let text = words[name] ?? name;
    if (typeof text === "object") text = text[plural().select(values.n)] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (whole, field) => {
      const value = values[field];
      return value === undefined ? whole : typeof value === "number" ? number().format(value) : value;
    });
  }

  return {
    lang,
    t,
    dir: RTL.has(lang) ? "rtl" : "ltr",
    day: (date) => day().format(date),
    dayKey: (date) => key().format(date),
    /** "8 h 30" in French, "08:30" elsewhere. */
    time(date) {
      const [hour, minute] = clock().format(date).split(":");
      return lang === "fr" ? `${Number(hour)}\u00a0h\u00a0${minute}` : `${hour}:${minute}`;
    },
    size: (bytes) => (bytes < 1e6 ? `${number().format(Math.max(1, Math.round(bytes / 1e3)))} ${units[0]}` : `${number().format(Math.round(bytes / 1e5) / 10)} ${units[1]}`),
  };
}

export const seconds = (value) => {
  const whole = Math.max(0, Math.round(value));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
