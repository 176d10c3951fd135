/* Chooses what the page is: closed, or the demo. A signed-in chat will be the third. */
import { styleSheet } from "./dom.js";

const mode = document.documentElement.dataset.mode;
const app = document.getElementById("app");

if (mode === "demo") {
  // All asked for at once: on a slow line every step that waits for another costs half a second.
  styleSheet("demo.css");
  const state = fetch("/demo/state").then((answer) => answer.json());
  Promise.all([import("./demo.js"), import("./clock.js"), import("./events.js"), import("./faults.js")]).then(([{ demo }]) => demo(app, state));
} else import("./closed.js").then(({ closed }) => closed(app));
