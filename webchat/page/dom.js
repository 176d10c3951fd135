const SVG = "http://www.w3.org/2000/svg";
/** A file of its own: on a slow telephone forty pictures in the HTML cost every visit as much as the page's own work. */
const ICONS = new URL("icons.svg", import.meta.url).pathname;

/** One element. `props`: class, text, on: {event: fn}, data: {name: value}; everything else is an attribute (false/null = absent). */
export function h(tag, props, ...kids) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") el.className = value;
    else if (name === "text") el.textContent = value;
    else if (name === "on") for (const [type, fn] of Object.entries(value)) el.addEventListener(type, fn);
    else if (name === "data") Object.assign(el.dataset, value);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  el.append(...kids.filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return el;
}

export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

/** A square key whose only content is an icon: it needs a spoken name. */
export function iconKey(name, label, props = {}) {
  return h("button", { type: "button", title: label, "aria-label": label, ...props, class: `icon-key ${props.class || ""}`.trim() }, icon(name));
}

export function bdi(text) {
  return h("bdi", { text });
}

const sheets = new Map();

/** A style sheet that the first view does not need. */
export function styleSheet(name) {
  if (!sheets.has(name)) {
    const link = h("link", { rel: "stylesheet", href: new URL(`./${name}`, import.meta.url).href });
    sheets.set(name, new Promise((resolve) => ["load", "error"].forEach((type) => link.addEventListener(type, resolve))));
    document.head.append(link);
  }
  return sheets.get(name);
}
