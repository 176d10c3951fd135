/* "Ce que le bot a envoyé": the Bot API calls, newest first, with the simulated time. */
import { bdi, h, iconKey } from "./dom.js";

const KEEP = 300;
const SHOWN = 6;
const LOOK_MS = 400;
const QUIET = new Set(["getUpdates", "getMe", "setMyCommands", "deleteWebhook", "setWebhook", "getWebhookInfo"]);

export function createEvents(calls, people, zone, fetchPlanned) {
  const list = h("ol", { class: "calls" });
  const planned = h("ol", { class: "calls planned", "aria-label": "Prévu" });
  const filter = h("select", { class: "call-filter", "aria-label": "Personne" }, h("option", { value: "", text: "Tout le monde" }), ...people.map((p) => h("option", { value: p.id, text: p.first_name })));
  const none = h("p", { class: "card-note", text: "Rien pour le moment." });
  const names = new Map(people.map((p) => [p.id, p.first_name]));
  const time = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: zone });

  const chatOf = (call) => Number(call.parameters?.chat_id ?? call.parameters?.user_id ?? NaN);
  const textOf = ({ parameters: p = {} }) => String(p.text ?? p.caption ?? p.action ?? p.callback_query_id ?? "").slice(0, 80);

  function add(call) {
    if (QUIET.has(call.method)) return;
    const who = chatOf(call);
    const good = call.status < 400;
    const button = h(
      "button",
      { type: "button", class: "call" },
      h("span", { class: "call-time", text: call.at ? time.format(new Date(call.at)) : "" }),
      h("b", { class: "call-method", text: call.method }),
      names.has(who) ? h("span", { class: "call-who" }, "→ ", bdi(names.get(who))) : null,
      h("span", { class: `call-status ${good ? "good" : "bad"}`, text: `${call.status} · ${Math.round(call.milliseconds ?? 0)} ms` }),
      h("span", { class: "call-text", dir: "auto", text: textOf(call) }),
    );
    button.addEventListener("click", () => showJson(call));
    const item = h("li", { data: { who: Number.isNaN(who) ? "" : who } }, button);
    item.hidden = Boolean(filter.value) && item.dataset.who !== filter.value;
    list.prepend(item);
    while (list.children.length > KEEP) list.lastChild.remove();
    none.hidden = true;
  }

  function showJson(call) {
    const close = iconKey("close", "Fermer");
    const dialog = h("dialog", { class: "json" }, h("header", {}, h("h2", { text: call.method }), close), h("pre", { tabindex: "0", text: JSON.stringify(call, null, 2) }));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (ev) => ev.target === dialog && dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  const day = new Intl.DateTimeFormat("fr-FR", { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: zone });
  let asked = null;

  /** What will leave later, in grey; many changes in a row are one question. */
  function look() {
    asked ??= setTimeout(async () => {
      asked = null;
      const { planned: plans } = await fetchPlanned().catch(() => ({ planned: [] }));
      planned.replaceChildren(
        ...plans.slice(0, SHOWN).map((plan) => {
          const item = h(
            "li",
            { class: "plan", data: { who: plan.person_id ?? "" } },
            h("span", { class: "call-time", text: day.format(new Date(plan.at)) }),
            h("span", { class: "plan-words", text: plan.words }),
            names.has(plan.person_id) ? h("span", { class: "call-who" }, "→ ", bdi(names.get(plan.person_id))) : null,
          );
          item.hidden = Boolean(filter.value) && item.dataset.who !== filter.value;
          return item;
        }),
      );
    }, LOOK_MS);
  }

  filter.addEventListener("change", () => {
    for (const item of [...list.children, ...planned.children]) item.hidden = Boolean(filter.value) && item.dataset.who !== filter.value;
  });
  calls.forEach(add);
  look();

  return {
    look,
    add(call) {
      add(call);
      look();
    },
    clear() {
      list.replaceChildren();
      none.hidden = false;
    },
    node: h("aside", { class: "events", "aria-label": "Ce que le bot a envoyé" }, h("header", {}, h("h2", { text: "Ce que le bot a envoyé" }), filter), planned, none, list),
  };
}
