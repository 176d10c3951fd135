"""Bytes of a file into text, and the lines of a calendar into blocks, each knowing where it stands.

Refuses to give up on a file: what is not a line of a calendar costs at most the event it stands in.
"""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9-]*)((?:;[^\r\n]*?)?):")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;:"]*)')
_UNQUOTED = re.compile(r"(.*\).*):([0-9TZ,/+-]+)")
_LONGEST = 20_000
_DEEPEST = 8
_WORDS, _LINE, _LINES = 8_000, 1_000, 80


def decode(data: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else UTF-16 by its zeros, else Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and "\0" not in text:
        return text
    if len(data) >= 2 and data.count(0) * 3 > len(data):
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    return (text or _mostly_utf8(data)).replace("\0", "")


def _mostly_utf8(data: bytes) -> str:
    """One damaged byte does not make a UTF-8 file Windows-1252; line by line, what is not the one is the other."""
    return "".join(_line(line) for line in data.splitlines(keepends=True))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


@dataclass(frozen=True)
class Property:
    """One unfolded line: `TZID` and the like are in `parameters`, with upper-case names; `value` is as written."""

    name: str
    parameters: dict[str, str]
    value: str
    line: int


@dataclass
class Block:
    """What stands between BEGIN and END. `whole` is false when its END never came."""

    name: str
    line: int
    properties: list[Property] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)
    whole: bool = True

    def first(self, name: str) -> Property | None:
        return next((p for p in self.properties if p.name == name), None)

    def every(self, name: str) -> list[Property]:
        return [p for p in self.properties if p.name == name]


def unfold(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a calendar with the number of their first piece; RFC 5545, 3.1.

    A line that cannot begin a property continues the one before: some programs break texts without folding them.
    """
    number, begun = 0, ""
    pieces: list[str] = []
    for at, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t") and begun:
            pieces.append(line[1:])
        elif begun and line.strip() and not _NAME.match(line):
            if not begun.upper().startswith(("BEGIN:", "END:")):  # a frame has no second line
                pieces.append("\\n" + line)
        else:
            if begun:
                yield number, "".join(pieces)[:_LONGEST]
            number, begun, pieces = at, line.strip(), [line]
    if begun:
        yield number, "".join(pieces)[:_LONGEST]


def parse(number: int, line: str) -> Property | None:
    """A line as a property; None for what is none."""
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9-]*)", line)
    if found is None:
        return None
    at, parameters = found.end(), {}
    while (parameter := _PARAMETER.match(line, at)) is not None:
        parameters[parameter[1].upper()] = parameter[2].strip('"')
        at = parameter.end()
    rest = line[at:]
    if not rest.startswith(":"):
        return None
    value = rest[1:].strip()
    if "(" in parameters.get("TZID", "") and (cut := _UNQUOTED.fullmatch(value)) is not None:
        # Exchange writes TZID=(UTC+01:00) without the quotes its colon needs: the value begins after the last colon.
        parameters["TZID"] += ":" + cut[1]
        value = cut[2]
    return Property(found[1].upper(), parameters, value, number)


def blocks(text: str) -> list[Block]:
    """Every outermost block of a text. A missing END, or one too many, spoils no other block of the same name."""
    roots: list[Block] = []
    open_blocks: list[Block] = []
    for number, line in unfold(text):
        found = parse(number, line)
        if found is None:
            continue
        if found.name == "BEGIN":
            name = found.value.upper()
            if any(block.name == name for block in open_blocks):
                _close(open_blocks, name, whole=False)
            if len(open_blocks) >= _DEEPEST:
                open_blocks.pop().whole = False
            block = Block(name, number)
            (open_blocks[-1].blocks if open_blocks else roots).append(block)
            open_blocks.append(block)
        elif found.name == "END":
            _close(open_blocks, found.value.upper(), whole=True)
        elif open_blocks:
            open_blocks[-1].properties.append(found)
    for block in open_blocks:
        block.whole = False
    return roots


def _close(open_blocks: list[Block], name: str, *, whole: bool) -> None:
    if not any(block.name == name for block in open_blocks):
        return
    while open_blocks:
        block = open_blocks.pop()
        if block.name == name:
            block.whole = whole
            return
        block.whole = False


def plain(value: str) -> str:
    """The words of a TEXT value: escapes undone, HTML entities too (PRONOTE writes some), no control signs.

    Blanks are single, lines neither empty nor endless: what looks for words in them must not be kept busy.
    """
    words = re.sub(r"\\([nN,;:\\])", lambda m: "\n" if m[1] in "nN" else m[1], value[:_WORDS])
    if "&" in words:
        words = html.unescape(words)
    signs = "".join(sign if sign == "\n" or sign.isprintable() else " " for sign in words)
    lines = (" ".join(line.split())[:_LINE] for line in signs.split("\n"))
    return "\n".join([line for line in lines if line][:_LINES])
