/* Troubles on demand: of the network of the phones (here in the page) and of the Bot API (asked from the server). */
import { h, icon } from "./dom.js";

const SLOW_MS = 2500;
const SERVER = [
  ["429 (attendre 3 s)", { kind: "429", retry_after: 3 }],
  ["Erreur 500", { kind: "500" }],
  ["Réponse perdue", { kind: "lost" }],
  ["Lent", { kind: "slow" }],
];

export function createFaults(post) {
  const sockets = new Set();
  let cut = false;
  let slow = false;

  const crawl = h("button", { type: "button", class: "clock-key", "aria-pressed": "false", text: "Réseau lent" });
  crawl.addEventListener("click", () => {
    slow = !slow;
    crawl.setAttribute("aria-pressed", String(slow));
  });

  const network = h("button", { type: "button", class: "clock-key", "aria-pressed": "false", text: "Couper le réseau" });
  network.addEventListener("click", () => {
    cut = !cut;
    network.setAttribute("aria-pressed", String(cut));
    network.textContent = cut ? "Rétablir le réseau" : "Couper le réseau";
    if (cut) for (const socket of sockets) socket.close();
    else window.dispatchEvent(new Event("online"));
  });

  const keys = SERVER.map(([label, fault]) => {
    const button = h("button", { type: "button", class: "clock-key", text: label });
    button.addEventListener("click", async () => {
      await post("/demo/faults", { method: "sendMessage", times: 1, ...fault });
      button.classList.add("armed");
      setTimeout(() => button.classList.remove("armed"), 1500);
    });
    return button;
  });

  return {
    async fetch(url, options) {
      if (slow) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
      if (cut) throw new TypeError("network cut");
      return fetch(url, options);
    },
    openSocket(url) {
      if (cut) throw new Error("network cut");
      const socket = new WebSocket(url);
      sockets.add(socket);
      socket.addEventListener("close", () => sockets.delete(socket));
      return socket;
    },
    node: h("section", { class: "card" }, h("h2", {}, icon("cloud-off"), h("span", { text: "Pannes" })), h("p", { class: "card-note", text: "Téléphones" }), h("div", { class: "fault-keys" }, crawl, network), h("p", { class: "card-note", text: "Prochain envoi du bot" }), h("div", { class: "fault-keys" }, ...keys)),
  };
}
