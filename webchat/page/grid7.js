/* A calendar drawn from rows of seven keys: arrows move day by day, Page Up/Down press the pager keys under it. */
import { h } from "./dom.js";
import { readDay, readMark } from "./marks.js";

export function grid7(rows, ctx, makeKey) {
  const days = [];
  const grid = h("div", { class: "grid7", role: "grid", "aria-label": ctx.t("calendar") });
  rows.forEach((row, r) => {
    const line = h("div", { class: "grid7-row", role: "row" });
    row.forEach((key, c) => line.append(cell(key, r, c)));
    grid.append(line);
  });

  function cell(key, r, c) {
    if (!key.text.trim()) return h("span", { class: "day-blank", role: "gridcell" });
    if (!key.callback_data?.trim() || (r === 0 && /^\D+$/.test(key.text))) {
      return h("span", { class: "day-name", role: "columnheader", text: key.text.trim() });
    }
    const mark = readMark(key.text);
    const { label, today } = readDay(mark.label);
    const button = makeKey(key, { label, mark, className: "day" });
    if (today) button.setAttribute("aria-current", "date");
    if (mark.pressed !== null) button.setAttribute("aria-pressed", String(mark.pressed));
    button.tabIndex = -1;
    days.push({ button, r, c });
    return h("div", { class: "day-cell", role: "gridcell" }, button);
  }

  const start = days.find((d) => d.button.getAttribute("aria-current")) || days[0];
  if (start) start.button.tabIndex = 0;

  function focus(day) {
    if (!day) return;
    for (const d of days) d.button.tabIndex = d === day ? 0 : -1;
    day.button.focus();
  }

  grid.addEventListener("keydown", (ev) => {
    const at = days.findIndex((d) => d.button === document.activeElement);
    if (at < 0) return;
    const { r, c } = days[at];
    const forward = ctx.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = ctx.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const sameColumn = (step) => days.find((d) => d.r === r + step && d.c === c);
    const target = { [forward]: days[at + 1], [back]: days[at - 1], ArrowDown: sameColumn(1), ArrowUp: sameColumn(-1), Home: days[0], End: days.at(-1) }[ev.key];
    if (target) {
      ev.preventDefault();
      focus(target);
    } else if (ev.key === "PageUp" || ev.key === "PageDown") {
      const pager = grid.parentElement.querySelectorAll(".grid7 ~ .key-row:has(:nth-child(3)) .key, .grid7 + .key-row .key");
      const key = ev.key === "PageUp" ? pager[0] : pager[2] || pager[1];
      if (key) {
        ev.preventDefault();
        key.click();
      }
    }
  });
  return grid;
}
