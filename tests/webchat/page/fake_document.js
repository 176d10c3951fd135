/** Just enough of a document to see what entities.js builds. */
class Node {
  constructor(tag, text = null) {
    Object.assign(this, { tag, text, children: [], attributes: {}, className: "", listeners: {}, tabIndex: 0 });
    this.classList = { toggle: () => true };
  }
  append(...kids) {
    for (const kid of kids) this.children.push(...(kid.tag === "#fragment" ? kid.children : [kid]));
  }
  replaceChildren(...kids) {
    this.children = [];
    this.append(...kids);
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  addEventListener(type, fn) {
    this.listeners[type] = fn;
  }
  focus() {}
  set textContent(value) {
    this.children = [new Node("#text", value)];
  }
  get textContent() {
    return this.text ?? this.children.map((kid) => kid.textContent).join("");
  }
  get shape() {
    if (this.tag === "#text") return this.text;
    const inner = this.children.map((kid) => kid.shape).join("");
    return this.tag === "#fragment" ? inner : `<${this.tag}>${inner}</${this.tag}>`;
  }
  find(tag) {
    return this.tag === tag ? this : this.children.map((kid) => kid.find(tag)).find(Boolean);
  }
}

export const fakeDocument = {
  createElement: (tag) => new Node(tag),
  createTextNode: (text) => new Node("#text", text),
  createDocumentFragment: () => new Node("#fragment"),
};
