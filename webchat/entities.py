"""HTML parse mode to text and entities, as strictly as Telegram, with offsets in UTF-16 units.

Refuses Markdown, every tag Telegram does not know, and tags that do not close.
"""

import re
from dataclasses import dataclass
from typing import Any

from webchat.errors import BadRequest

Entity = dict[str, Any]

_TYPES = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline"}
_TYPES |= {"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre"}
_TYPES |= {"tg-spoiler": "spoiler", "span": "spoiler", "a": "text_link", "blockquote": "blockquote"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_GIVEN = set(_TYPES.values()) | {"expandable_blockquote", "text_mention", "custom_emoji", "date_time"}
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
_REFERENCE = re.compile(r"&(?:#(\d+)|#[xX]([0-9a-fA-F]+)|([a-zA-Z]+));?")
_TAG_NAME = re.compile(r"[^\s>/]*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
_AUTO = re.compile(
    r"(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w+)?)|(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)»\]])"
)


def units(text: str) -> int:
    """Length in UTF-16 units, which is how Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class _Open:
    name: str
    offset: int
    entity: Entity


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of an HTML message. Raises `BadRequest` in the words of Telegram."""
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.length = 0
        self.stack: list[_Open] = []
        self.entities: list[Entity] = []

    def fail(self, text: str, at: int | None = None) -> BadRequest:
        place = f" at byte offset {len(self.source[:at].encode('utf-8', 'surrogatepass'))}" if at is not None else ""
        return BadRequest(f"can't parse entities: {text}{place}")

    def put(self, text: str) -> None:
        self.out.append(text)
        self.length += units(text)

    def run(self) -> tuple[str, list[Entity]]:
        source = self.source
        while self.at < len(source):
            sign = source[self.at]
            if sign == "&":
                self.reference()
            elif sign != "<":
                end = min(
                    (p for p in (source.find("<", self.at), source.find("&", self.at)) if p >= 0), default=len(source)
                )
                self.put(source[self.at : end])
                self.at = end
            elif source.startswith("</", self.at):
                self.end_tag()
            else:
                self.start_tag()
        if self.stack:
            raise self.fail(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].name}"')
        return trim("".join(self.out), self.entities)

    def reference(self) -> None:
        match = _REFERENCE.match(self.source, self.at)
        sign = None
        if match:
            decimal, hexa, name = match.groups()
            if name:
                sign = _NAMED.get(name)
            else:
                code = int(decimal) if decimal else int(hexa, 16)
                sign = chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None
        if match is None or sign is None:
            self.put("&")
            self.at += 1
        else:
            self.put(sign)
            self.at = match.end()

    def start_tag(self) -> None:
        begin = self.at
        match = _TAG_NAME.match(self.source, begin + 1)
        name = match.group(0).lower() if match else ""
        if not name or (name not in _TYPES and name != "tg-emoji"):
            if self.source.find(">", begin) < 0:
                raise self.fail("Unclosed start tag", begin)
            raise self.fail(f'Unsupported start tag "{name}"', begin)
        at = begin + 1 + len(name)
        attributes: dict[str, str] = {}
        while True:
            while at < len(self.source) and self.source[at].isspace():
                at += 1
            if at >= len(self.source):
                raise self.fail("Unclosed start tag", begin)
            if self.source[at] == ">":
                break
            attribute = _ATTRIBUTE.match(self.source, at)
            if attribute is None or attribute.end() == at:
                raise self.fail(f'Unexpected sign in the start tag "{name}"', begin)
            key, *values = attribute.groups()
            attributes[key.lower()] = _decode(next((v for v in values if v is not None), ""))
            at = attribute.end()
        self.at = at + 1
        self.stack.append(_Open(name, self.length, self.entity(name, attributes, begin)))

    def entity(self, name: str, attributes: dict[str, str], begin: int) -> Entity:
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', begin)
        if name == "tg-emoji":
            if not attributes.get("emoji-id", "").isdigit():
                raise self.fail("Invalid custom emoji identifier specified", begin)
            return {"type": "custom_emoji", "custom_emoji_id": attributes["emoji-id"]}
        if name == "a":
            return {"type": "text_link", "url": attributes.get("href", "")}
        if name == "blockquote" and "expandable" in attributes:
            return {"type": "expandable_blockquote"}
        if name == "code" and attributes.get("class", "").startswith("language-"):
            return {"type": "code", "language": attributes["class"].removeprefix("language-")}
        return {"type": _TYPES[name]}

    def end_tag(self) -> None:
        begin = self.at
        close = self.source.find(">", begin)
        if close < 0:
            raise self.fail("Unclosed end tag", begin)
        name = self.source[begin + 2 : close].strip().lower()
        if not self.stack:
            raise self.fail("Unexpected end tag", begin)
        top = self.stack.pop()
        if name and name != top.name:
            raise self.unmatched(begin, top.name, name)
        self.at = close + 1
        entity, length = top.entity, self.length - top.offset
        if not length:
            return
        if entity["type"] == "text_link":
            text = _slice("".join(self.out), top.offset, length)
            url = entity["url"] or text
            if not re.match(r"(?:[a-z][a-z0-9+.-]*:|[\w-]+\.)[^\s]+$", url, re.I) or url.startswith("tg://user"):
                return
            entity["url"] = url if ":" in url.split("/")[0] else f"http://{url}"
        if entity["type"] == "code" and "language" in entity:
            language = entity.pop("language")
            inside = self.stack[-1] if self.stack else None
            if inside and inside.name == "pre" and inside.offset == top.offset:
                inside.entity["language"] = language
                return
        if entity["type"] == "code" and any(o.name == "pre" for o in self.stack):
            return
        self.entities.append({"type": entity.pop("type"), "offset": top.offset, "length": length, **entity})

    def unmatched(self, begin: int, expected: str, found: str) -> BadRequest:
        place = len(self.source[:begin].encode("utf-8", "surrogatepass"))
        return self.fail(f'Unmatched end tag at byte offset {place}, expected "</{expected}>", found "</{found}>"')


def _decode(value: str) -> str:
    return re.sub(r"&(lt|gt|amp|quot);", lambda m: _NAMED[m.group(1)], value)


def _slice(text: str, offset: int, length: int) -> str:
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "surrogatepass")


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Cut white space off both ends, as Telegram does, and keep the entities on their words."""
    left = units(text) - units(text.lstrip())
    short = text.strip()
    total = units(short)
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        start = max(entity["offset"] - left, 0)
        length = min(entity["offset"] - left + entity["length"], total) - start
        moved = {**entity, "offset": start, "length": length}
        if length > 0 and moved not in kept:
            kept.append(moved)
    return short, kept


def check_entities(text: str, entities: Any) -> list[Entity]:
    """Entities a bot gives instead of a parse mode. What Telegram finds by itself may come back and is dropped."""
    if not isinstance(entities, list):
        raise BadRequest("can't parse MessageEntity: expected an Array")
    kept: list[Entity] = []
    for entity in entities:
        if not isinstance(entity, dict) or not {"type", "offset", "length"} <= entity.keys():
            raise BadRequest("can't parse MessageEntity: type, offset and length are needed")
        if entity["type"] not in _GIVEN | _FOUND:
            raise BadRequest("can't parse MessageEntity: unsupported type specified")
        start, length = int(entity["offset"]), int(entity["length"])
        if start < 0 or length <= 0 or start + length > units(text):
            raise BadRequest(f"entity beginning at UTF-16 offset {start} ends after the end of the text")
        if entity["type"] in _GIVEN:
            kept.append({k: v for k, v in entity.items() if v is not None})
    return kept


def find_entities(text: str, entities: list[Entity]) -> list[Entity]:
    """Commands and addresses that Telegram marks by itself, outside of what is marked already."""
    closed = {"text_link", "code", "pre"}
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in closed]
    found: list[Entity] = []
    for match in _AUTO.finditer(text):
        start, length = units(text[: match.start()]), units(match.group(0))
        if not any(a < start + length and start < b for a, b in taken):
            found.append({"type": str(match.lastgroup), "offset": start, "length": length})
    return sorted([*entities, *found], key=lambda e: (e["offset"], -e["length"]))


def detected(text: str) -> list[Entity]:
    """What Telegram marks by itself in what a person writes."""
    return find_entities(text, [])


def formatted(text: str, parse_mode: str | None, entities: Any) -> tuple[str, list[Entity]]:
    """What a bot wrote, ready to be stored."""
    if parse_mode:
        if parse_mode.lower() != "html":
            raise BadRequest("unsupported parse_mode")
        text, marks = parse_html(text)
    else:
        text, marks = trim(text, check_entities(text, entities) if entities else [])
    return text, find_entities(text, marks)
