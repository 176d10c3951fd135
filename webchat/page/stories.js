/* The ready stories of the demo: which one, in which language, and what is told while it plays. */
import { h, icon } from "./dom.js";

/** `post` asks the server; `gather` brings the phones of these people onto the stage. */
export function createStories(state, post, gather, names) {
  const which = h("select", { "aria-label": "Histoire" }, ...state.stories.map(({ key, title }) => h("option", { value: key, text: title })));
  const words = h("span", { text: "Jouer" });
  const play = h("button", { type: "button", class: "top-key primary" }, icon("play"), words);
  const language = h("select", { "aria-label": "Langue des personnes" }, h("option", { value: "", text: "Chacun la sienne" }), ...Object.entries(names).map(([code, name]) => h("option", { value: code, text: `Tous en ${name}` })));
  language.value = state.language ?? "";
  const caption = h("p", { class: "caption", role: "status", hidden: true });
  let playing = false;

  function mark(now) {
    playing = now;
    words.textContent = now ? "Arrêter" : "Jouer";
    play.setAttribute("aria-pressed", String(now));
    which.disabled = language.disabled = now;
  }

  play.addEventListener("click", async () => {
    if (playing) {
      await post("/demo/story/stop", {});
      return;
    }
    mark(true);
    gather(state.stories.find(({ key }) => key === which.value).people);
    try {
      await post("/demo/story", { key: which.value });
    } catch {
      caption.textContent = "L'histoire s'est arrêtée : remettre à zéro, puis rejouer.";
      caption.hidden = false;
    }
    mark(false);
  });
  language.addEventListener("change", () => post("/demo/reset", { language: language.value || null }));

  return {
    keys: h("div", { class: "story-keys" }, h("label", { class: "story-pick" }, which), play, h("label", { class: "story-pick" }, language)),
    caption,
    told(frame) {
      gather(frame.people);
      caption.textContent = frame.words;
      caption.hidden = false;
    },
    over() {
      mark(false);
      setTimeout(() => (caption.hidden = !playing), 8000);
    },
    reset(code) {
      language.value = code ?? "";
      caption.hidden = true;
    },
  };
}
