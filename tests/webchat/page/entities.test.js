import assert from "node:assert/strict";
import { test } from "node:test";
import { render, safeLink } from "../../../webchat/page/entities.js";
import { fakeDocument } from "./fake_document.js";
import { links, messages } from "./hostile.js";

const ctx = { t: (key) => key, sendText: () => {}, askLink: () => {} };
const draw = (text, entities) => render(fakeDocument, text, entities, ctx);
const shape = (text, entities) => draw(text, entities).shape;
const e = (type, offset, length, more = {}) => ({ type, offset, length, ...more });

test("plain text stays plain", () => assert.equal(shape("<b>salut</b>"), "<b>salut</b>"));
test("nested and neighbouring entities", () => {
  assert.equal(shape("un deux trois", [e("bold", 0, 7), e("italic", 3, 4), e("code", 8, 5)]), "<b>un <i>deux</i></b> <code>trois</code>");
});
test("offsets count UTF-16 units", () => assert.equal(shape("🚲 vélo", [e("bold", 3, 4)]), "🚲 <b>vélo</b>"));
test("bad offsets are clamped", () => {
  assert.equal(shape("abc", [e("bold", -5, 2)]), "<b>ab</b>c");
  assert.equal(shape("abc", [e("bold", 1, 99)]), "a<b>bc</b>");
  for (const bad of [e("bold", NaN, 1e9), e("bold", 9, 9), e("bold", 0, -1), e("bold", "x", "y"), null, {}, 7]) assert.equal(draw("abc", [bad]).textContent, "abc");
});
test("crossing entities never lose or repeat text", () => {
  assert.equal(draw("abcdef", [e("bold", 0, 4), e("italic", 2, 4)]).textContent, "abcdef");
});
test("names of the language are no entity types", () => {
  for (const type of ["constructor", "__proto__", "toString", "hasOwnProperty", "script", ""]) assert.equal(shape("abc", [e(type, 0, 3)]), "abc");
});
test("two thousand entities do not hang", () => {
  const many = Array.from({ length: 2000 }, (_, i) => e("bold", i % 50, 2));
  assert.equal(draw("x".repeat(60), many).textContent.length, 60);
});
test("a maker that throws leaves the text", () => {
  const broken = { ...ctx, t: () => assert.fail() };
  assert.equal(render(fakeDocument, "secret", [e("spoiler", 0, 6)], broken).textContent, "secret");
});
test("a spoiler is not in the tree until shown", () => {
  const tree = draw("c'est lui", [e("spoiler", 6, 3)]);
  assert.ok(!tree.textContent.includes("lui"));
  tree.find("button").listeners.click();
  assert.ok(tree.textContent.includes("lui"));
});
test("a progress bar is a picture with a name", () => {
  const bar = draw("Avancée ▓▓▓▓░░░░░░ 40 % fait", []).find("span");
  assert.equal(bar.attributes["aria-label"], "40 %");
  assert.equal(draw("Avancée ▓▓▓▓░░░░░░ 40 % fait", []).textContent, "Avancée ▓▓▓▓░░░░░░ 40 % fait");
});
test("a link whose words hide the address asks first", () => {
  let asked = null;
  const tree = render(fakeDocument, "ici", [e("text_link", 0, 3, { url: "https://ecole.example/a" })], { ...ctx, askLink: (link) => (asked = link) });
  const a = tree.find("a");
  assert.equal(a.attributes.rel, "noopener noreferrer");
  a.listeners.click({ preventDefault: () => {} });
  assert.equal(asked.host, "ecole.example");
});
test(`check 12: ${messages.length} hostile messages show as text, whole`, () => {
  assert.ok(messages.length >= 60);
  for (const { text, entities } of messages) {
    const tree = draw(text, entities);
    // A spoiler is away on purpose; open it, as a reader would, and then what it holds.
    for (let key = tree.find("button"); key?.className === "spoiler-key"; key = tree.find("button")) key.listeners.click();
    assert.equal(tree.textContent, text);
  }
});
test(`check 13: ${links.length} hostile links are refused and stay text`, () => {
  assert.ok(links.length >= 20);
  for (const url of links) {
    assert.equal(safeLink(url), null, url);
    assert.equal(shape("x", [e("text_link", 0, 1, { url })]), "x");
  }
});
test("links that are allowed", () => {
  assert.equal(safeLink("https://ecole.example/a").host, "ecole.example");
  assert.equal(safeLink("//ecole.example").href, "https://ecole.example/");
  assert.equal(safeLink("ecole.example").href, "https://ecole.example/");
  assert.equal(safeLink("ecole.example:8080/x").host, "ecole.example:8080");
  assert.equal(safeLink("mailto:a@ecole.example").href, "mailto:a@ecole.example");
  assert.equal(safeLink("tel:+33100000000").href, "tel:+33100000000");
});
