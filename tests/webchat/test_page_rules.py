"""Rules of the page's sources: what a browser run cannot prove once and for all."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from webchat.assets import FIRST, JOINED, LATER, Assets

PAGE = Path(__file__).resolve().parents[2] / "webchat" / "page"
NODE_TESTS = Path(__file__).parent / "page"
SOURCES = sorted(p for p in PAGE.rglob("*") if p.suffix in {".js", ".html", ".css", ".svg"})
LANGS = ("fr", "en", "tr", "ar", "pt")
PLURALS = {"fr": {"one", "other"}, "en": {"one", "other"}, "tr": {"one", "other"}, "pt": {"one", "other"}} | {
    "ar": {"zero", "one", "two", "few", "many", "other"}
}
FORBIDDEN = {
    "HTML strings": r"innerHTML|outerHTML|insertAdjacentHTML|DOMParser|document\.write|createContextualFragment",
    "code from text": r"\beval\s*\(|new Function\b|setTimeout\(\s*[\"'`]",
    "inline handlers": r"<[a-z][^>]*\son[a-z]+\s*=|setAttribute\(\s*[\"']on",
    "inline styles": r"<[a-z][^>]*\sstyle\s*=|setAttribute\(\s*[\"']style|<style",
    "inline scripts": r"<script(?![^>]*\ssrc=)(?![^>]*application/json)",
    "other hosts": r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9-]+\.[a-z]{2,}",
    "no zoom": r"user-scalable|maximum-scale",
}
IMPORT = re.compile(
    r"^\s*(?:import|export)\s[^;]*?from\s+[\"']\./([^\"']+)[\"']|^import\s+[\"']\./([^\"']+)[\"']", re.M
)
CRITICAL_BUDGET = 35_000
WHOLE_BUDGET = 100_000


def reached(*names: str) -> set[str]:
    """These modules and all they import."""
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [a or b for a, b in IMPORT.findall((PAGE / name).read_text("utf-8"))]
    return seen


def packed(texts: Iterable[bytes]) -> int:
    return sum(len(gzip.compress(text, 9)) for text in texts)


@pytest.mark.parametrize("rule", FORBIDDEN)
@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(PAGE)))
def test_check_10_source_keeps_the_rule(source: Path, rule: str) -> None:
    found = re.search(FORBIDDEN[rule], source.read_text("utf-8"), re.I)
    assert found is None, f"{rule}: {found.group(0) if found else ''}"


@pytest.mark.parametrize("sheet", sorted(PAGE.glob("*.css")), ids=lambda p: p.name)
def test_style_sheet_has_no_left_and_right(sheet: Path) -> None:
    physical = r"(?:margin|padding|border)-(?:left|right)|^\s*(?:left|right)\s*:|text-align:\s*(?:left|right)|float:"
    assert re.search(physical, sheet.read_text("utf-8"), re.M) is None


def test_the_first_file_is_exactly_what_the_first_view_imports() -> None:
    first = reached("main.js", "dom.js", "i18n.js", "reduce.js")
    assert sorted(JOINED[FIRST]) == sorted(first)
    assert sorted(JOINED[LATER]) == sorted(
        reached("net.js", "message.js", "keyboards.js", "box.js", "files.js") - first
    )


def test_every_module_is_reached() -> None:
    named = {*JOINED[FIRST], *JOINED[LATER], "boot.js", "chat.js", "sw.js"}
    for source in PAGE.glob("*.js"):
        named |= set(re.findall(r"[\"']\./([\w-]+\.js)[\"']", source.read_text("utf-8")))
    assert {p.name for p in PAGE.glob("*.js")} == named


def test_languages_have_the_same_words_and_fields() -> None:
    words = {lang: json.loads((PAGE / "lang" / f"{lang}.json").read_text("utf-8")) for lang in LANGS}
    assert sorted(p.stem for p in (PAGE / "lang").iterdir()) == sorted(LANGS)
    for lang in LANGS:
        assert list(words[lang]) == list(words["fr"]), lang
        for key, text in words[lang].items():
            reference = words["fr"][key]
            assert isinstance(text, dict) == isinstance(reference, dict), (lang, key)
            if isinstance(text, dict):
                assert set(text) >= PLURALS[lang], (lang, key)
                continue
            assert text.strip(), (lang, key)
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", reference)), (lang, key)


def test_every_word_asked_for_exists() -> None:
    words = json.loads((PAGE / "lang" / "fr.json").read_text("utf-8"))
    for source in PAGE.glob("*.js"):
        for key in re.findall(r"\bt\(\s*[\"'](\w+)[\"']", source.read_text("utf-8")):
            assert key in words, (source.name, key)


def test_every_picture_asked_for_exists() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (PAGE / "icons.svg").read_text("utf-8")))
    asked = set()
    for source in PAGE.glob("*.js"):
        asked |= set(re.findall(r"\bicon(?:Key)?\(\s*\"([\w-]+)\"", source.read_text("utf-8")))
    assert asked
    assert asked <= drawn, asked - drawn


def test_french_signs_keep_their_space() -> None:
    for text in re.findall(r'": "([^"]*)"', (PAGE / "lang" / "fr.json").read_text("utf-8")):
        assert not re.search(r" [?!:;]", text), text


def test_check_1_sizes_stay_in_budget() -> None:
    """The rule behind check 1, whatever the machine: what is fetched before one can write, and all of a chat."""
    html = Assets().index("chat", {"lang": "ar", "words": {}})  # Arabic is the heaviest
    served = dict(Assets().shell())
    before = [served[name] for name in ("chat.js", FIRST, "app.css")]
    assert packed(before) + len(gzip.compress(html.encode(), 6)) < CRITICAL_BUDGET
    everything = [text for name, text in served.items() if Path(name).suffix in {".js", ".css"}]
    assert packed(everything) + len(gzip.compress(html.encode(), 6)) < WHOLE_BUDGET


def test_check_7_contrast_of_every_text_token() -> None:
    css = (PAGE / "app.css").read_text("utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for theme in (light, dark.split("@media (prefers-contrast")[0]):
        token = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{3,6});", theme))
        pairs = [(ink, ground) for ink in ("ink", "mut", "acc") for ground in ("bg", "surf", "out", "soft")]
        pairs += [("on", "acc"), ("err", "err-bg"), ("ok", "ok-bg"), ("warn", "warn-bg")]
        for ink, ground in pairs:
            assert ratio(token[ink], token[ground]) >= 7, (ink, ground)
        for ground in ("bg", "surf", "out"):
            assert ratio(token["bd"], token[ground]) >= 3, ground


def ratio(one: str, other: str) -> float:
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_pure_modules_under_node(node: str) -> None:
    files = [str(path) for path in sorted(NODE_TESTS.glob("*.test.js"))]
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_a_changed_byte_is_another_build_and_another_worker(tmp_path: Path) -> None:
    shutil.copytree(PAGE, tmp_path / "page")
    before = Assets(tmp_path / "page")
    (tmp_path / "page" / "dom.js").write_bytes((PAGE / "dom.js").read_bytes() + b"\n")
    after = Assets(tmp_path / "page")
    assert before.build != after.build
    assert before.worker() != after.worker()
    assert before.build == Assets(PAGE).build
