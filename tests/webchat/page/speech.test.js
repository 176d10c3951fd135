import assert from "node:assert/strict";
import { test } from "node:test";
import { chunks, spokenText } from "../../../webchat/page/speech.js";

const key = (text) => [{ text }];

test("a message is said without what nobody says", () => {
  const m = { text: "📅 Demain, mardi\n8 h 30 · Forge https://ecole.example/x", reply_markup: { inline_keyboard: [key("🤒 Malade"), key("🔊"), key("Oui")] } };
  assert.equal(spokenText(m, "Réponses"), "Demain, mardi. 8 h 30, Forge. Réponses : 1 Malade, 2 Oui.");
});
test("what is hidden stays hidden", () => {
  const m = { text: "Le mot est chat.", entities: [{ type: "spoiler", offset: 11, length: 4 }] };
  assert.equal(spokenText(m, "R"), "Le mot est .");
  assert.equal(spokenText({ caption: "👍" }, "R"), "");
  const lying = [
    { type: "spoiler", offset: 11, length: 4 },
    { type: "spoiler", offset: 3, length: 3 },
    { type: "spoiler", offset: -5, length: 3 },
    { type: "spoiler", offset: 90, length: 9 },
  ];
  assert.equal(spokenText({ text: "Le mot est chat.", entities: lying }, "R"), "Le est .");
});
test("a calendar is not read out", () => {
  const week = ["1", "2", "3", "4", "5", "6", "7"].map((text) => ({ text }));
  assert.equal(spokenText({ text: "Quel jour ?", reply_markup: { inline_keyboard: [week, week, key("Plus tard")] } }, "R"), "Quel jour ? R : 1 Plus tard.");
});
test("pieces are short, end at sentences, and lose nothing", () => {
  const text = `${"Une phrase assez courte. ".repeat(20)}${"mot ".repeat(120)}`.trim();
  const found = chunks(text);
  assert.ok(found.every((piece) => piece.length <= 180));
  assert.equal(found.join(" ").replace(/\s+/g, " "), text);
  assert.ok(found[0].endsWith("."));
  assert.deepEqual(chunks(""), []);
});
