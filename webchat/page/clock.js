/* The simulated clock of the demo: the server owns it, this shows it and asks it to move. */
import { h, icon } from "./dom.js";

const STEPS = [
  ["+10 min", 600],
  ["+1 h", 3600],
];
const SPEEDS = [1, 60];

export function createClock(state, post, onMinute) {
  const zone = state.clock.zone;
  const day = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long", timeZone: zone });
  const time = new Intl.DateTimeFormat("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: zone });
  const hour = (date) => time.format(date).replace(":", "\u00a0h\u00a0").replace(/^0/, "");
  let base = { now: Date.parse(state.clock.now), speed: state.clock.speed, at: performance.now() };

  const bigDay = h("span", { class: "clock-day" });
  const bigTime = h("span", { class: "clock-time" });
  const small = h("p", { class: "clock-small" });
  const keys = [];
  let minute = "";
  const speedKeys = new Map();

  async function move(body) {
    keys.forEach((key) => key.setAttribute("aria-disabled", "true"));
    try {
      set(await post("/demo/clock", body));
    } finally {
      keys.forEach((key) => key.removeAttribute("aria-disabled"));
    }
  }

  function key(label, body, className = "") {
    const button = h("button", { type: "button", class: `clock-key ${className}`.trim(), text: label });
    button.addEventListener("click", () => button.hasAttribute("aria-disabled") || move(body));
    keys.push(button);
    return button;
  }

  const jumps = h("div", { class: "clock-jumps" }, ...state.jumps.map(({ label, to }) => key(label, { to }, "jump")));
  const speeds = h("div", { class: "clock-speeds", role: "group", "aria-label": "Vitesse" });
  for (const speed of SPEEDS) {
    const button = key(`×${speed}`, { speed });
    speedKeys.set(speed, button);
    speeds.append(button);
  }

  function set({ now, speed }) {
    base = { now: Date.parse(now), speed: speed ?? base.speed, at: performance.now() };
    draw();
  }

  function draw() {
    const now = new Date(base.now + (performance.now() - base.at) * base.speed);
    if (hour(now) !== minute) {
      minute = hour(now);
      onMinute(now.toISOString());
    }
    bigDay.textContent = day.format(now);
    bigTime.textContent = hour(now);
    small.textContent = `${day.format(now)} · ${hour(now)}`;
    for (const [speed, button] of speedKeys) button.setAttribute("aria-pressed", String(speed === base.speed));
  }

  draw();
  setInterval(draw, 1000);

  return {
    small,
    set,
    node: h(
      "section",
      { class: "card clock" },
      h("h2", {}, icon("clock"), h("span", { text: "Temps simulé" })),
      h("p", { class: "clock-face", "aria-live": "off" }, bigDay, bigTime),
      h("div", { class: "clock-steps" }, ...STEPS.map(([label, s]) => key(label, { advance_s: s }))),
      jumps,
      speeds,
    ),
  };
}
