/* The front is closed: a kind page in the language of the browser. */
import { h, icon } from "./dom.js";
import { createI18n, loadWords } from "./i18n.js";
import { LANGS } from "./reduce.js";

const fetchJson = (url) => fetch(url).then((answer) => answer.json());

export async function closed(app) {
  const lang = navigator.languages.map((l) => l.slice(0, 2)).find((l) => LANGS.includes(l)) || "fr";
  const { t, dir } = createI18n(lang, await loadWords(lang, fetchJson));
  document.documentElement.lang = lang;
  document.documentElement.dir = dir;
  app.replaceChildren(
    h(
      "div",
      { class: "closed-page" },
      h("span", { class: "avatar big" }, icon("school")),
      h("h1", { text: t("closed_title") }),
      h("p", { text: t("closed_text") }),
      h("p", { class: "hint", text: t("closed_hint") }),
    ),
  );
}
