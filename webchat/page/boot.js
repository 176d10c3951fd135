/* Chooses what the page is: closed, or the demo. A signed-in chat will be the third. */
const mode = document.documentElement.dataset.mode;
const app = document.getElementById("app");

if (mode === "demo") import("./demo.js").then(({ demo }) => demo(app));
else import("./closed.js").then(({ closed }) => closed(app));
