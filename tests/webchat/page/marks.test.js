import assert from "node:assert/strict";
import { test } from "node:test";
import { barNeedsColumn, blocks, isEmoji, isEmojiRow, needsColumn, readDay, readMark } from "../../../webchat/page/marks.js";

test("marks become states and are not spoken", () => {
  assert.deepEqual(readMark("✓ Soudure"), { label: "Soudure", pressed: true, shape: "check" });
  assert.deepEqual(readMark("☑️ Soudure"), { label: "Soudure", pressed: true, shape: "check" });
  assert.deepEqual(readMark("🔘 Matin"), { label: "Matin", pressed: true, shape: "radio" });
  assert.deepEqual(readMark("☐ Peinture"), { label: "Peinture", pressed: false, shape: "check" });
  assert.equal(readMark("Oui").pressed, null);
  assert.equal(readMark("✓").pressed, null);
  assert.equal(readMark("✅ Présent").pressed, null);
});
test("one emoji, whatever its parts", () => {
  for (const text of ["😀", "👍🏽", "👩‍🔧", "❤️", "🇫🇷", " 🙂 "]) assert.ok(isEmoji(text), text);
  for (const text of ["1", "ok", "😀😀", "😀 Bien", "", "#"]) assert.ok(!isEmoji(text), text);
});
test("a row of moods", () => {
  assert.ok(isEmojiRow(["😞", "😕", "😐", "🙂", "😄"].map((text) => ({ text }))));
  assert.ok(!isEmojiRow([{ text: "👍" }, { text: "👎" }]));
});
test("long labels go under each other", () => {
  assert.ok(needsColumn(["Oui", "Non, pas cette semaine"]));
  assert.ok(!needsColumn(["Oui", "Non"]));
  assert.ok(!needsColumn(["Une seule réponse, aussi longue qu'on veut"]));
});
test("in the bar a label may take two lines, but no word is cut", () => {
  assert.ok(!barNeedsColumn(["📅 Emploi du temps", "📊 L'état du service"]));
  assert.ok(!barNeedsColumn(["📣 Devamsızlık", "📔 Günler"]));
  assert.ok(barNeedsColumn(["Oui", "Anticonstitutionnellement"]));
  assert.ok(barNeedsColumn(["Oui", "Non, pas cette semaine, peut-être la suivante"]));
});
test("three rows of seven make a calendar", () => {
  const week = Array.from({ length: 7 }, (_, i) => ({ text: String(i) }));
  const kinds = (rows) => blocks(rows).map((b) => `${b.kind}${b.rows.length}`);
  assert.deepEqual(kinds([[{ text: "novembre" }], week, week, week, [{ text: "‹" }]]), ["rows1", "grid3", "rows1"]);
  assert.deepEqual(kinds([week, week]), ["rows2"]);
});
test("today wears brackets", () => {
  assert.deepEqual(readDay("[ 07 ]"), { label: "07", today: true });
  assert.deepEqual(readDay(" 8 "), { label: "8", today: false });
});
