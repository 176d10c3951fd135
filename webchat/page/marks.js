/* What the text of a key says about the key. Pure. */

const CHOSEN = ["✓", "☑", "☑️", "✔", "✔️", "🔘"];
const FREE = ["☐", "⚪", "⬜"];
const ONE_EMOJI = /^(\p{RI}\p{RI}|\p{Emoji}(\p{EMod}|\uFE0F\u20E3?)?(\u200D\p{Emoji}(\p{EMod}|\uFE0F)?)*)$/u;
const HAS_PICTURE = /\p{Extended_Pictographic}|\p{RI}/u;
// Longest label of a key so that a row of n keys still fits on a phone of 360 px.
const ROOM = [99, 99, 16, 9, 6, 4, 3, 3];

/** {label, pressed: true | false | null, shape}: the mark is drawn, not spoken. */
export function readMark(text) {
  const start = text.trimStart();
  for (const [marks, pressed] of [[CHOSEN, true], [FREE, false]]) {
    const mark = marks.filter((m) => start.startsWith(m)).sort((a, b) => b.length - a.length)[0];
    if (mark && start.length > mark.length) {
      return { label: start.slice(mark.length).replace(/^\uFE0F?\s*/, ""), pressed, shape: mark === "🔘" || mark === "⚪" ? "radio" : "check" };
    }
  }
  return { label: text, pressed: null, shape: null };
}

export const isEmoji = (text) => ONE_EMOJI.test(text.trim()) && HAS_PICTURE.test(text);

/** A row of moods: three or more keys, each one emoji and nothing else. */
export const isEmojiRow = (row) => row.length >= 3 && row.every((key) => isEmoji(key.text));

/** Does a row of these labels need one column on a narrow phone? */
export const needsColumn = (labels) => labels.some((label) => label.length > (ROOM[labels.length] ?? 2));

/** The same for the bar, which stays on the page and so is kept low: there a label may take two lines, broken between words. */
export const barNeedsColumn = (labels) => {
  const room = ROOM[labels.length] ?? 2;
  return labels.some((label) => label.length > 2 * room - 4 || label.split(/\s+/).some((word) => word.length > room - 3));
};

/** Cuts rows into blocks: {kind: "rows" | "grid", rows}. A calendar = three or more rows of seven keys in sequence. */
export function blocks(rows) {
  const out = [];
  let i = 0;
  while (i < rows.length) {
    let n = i;
    while (n < rows.length && rows[n].length === 7) n += 1;
    if (n - i >= 3) {
      out.push({ kind: "grid", rows: rows.slice(i, n) });
      i = n;
    } else {
      if (out.at(-1)?.kind !== "rows") out.push({ kind: "rows", rows: [] });
      out.at(-1).rows.push(rows[i]);
      i += 1;
    }
  }
  return out;
}

/** "[ 07 ]" is today. */
export function readDay(text) {
  const today = /^\[\s*(.+?)\s*\]$/.exec(text.trim());
  return { label: today ? today[1] : text.trim(), today: Boolean(today) };
}
