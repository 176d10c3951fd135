"""HTML parse mode: the same text, marks and refusals as at Telegram."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.entities import formatted, parse_html, trim, units
from webchat.errors import BadRequest

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}


@pytest.mark.parametrize(("tag", "kind"), TAGS.items())
def test_every_tag_marks_its_words(tag: str, kind: str) -> None:
    assert parse_html(f"a <{tag}>é😀</{tag}> z") == ("a é😀 z", [{"type": kind, "offset": 2, "length": 3}])


@pytest.mark.parametrize(
    ("source", "text", "entity"),
    [
        ('<a href="https://a.fr/?x=1&amp;y=2">ici</a>', "ici", {"type": "text_link", "url": "https://a.fr/?x=1&y=2"}),
        ("<a href='http://a.fr'>ici</a>", "ici", {"type": "text_link", "url": "http://a.fr"}),
        ('<span class="tg-spoiler">ici</span>', "ici", {"type": "spoiler"}),
        ("<blockquote expandable>ici</blockquote>", "ici", {"type": "expandable_blockquote"}),
        ('<pre><code class="language-python">x=1</code></pre>', "x=1", {"type": "pre", "language": "python"}),
        ("<B>ici</b>", "ici", {"type": "bold"}),
        ("<b>  ici  </b>", "ici", {"type": "bold"}),
    ],
)
def test_one_mark(source: str, text: str, entity: dict[str, object]) -> None:
    assert parse_html(source) == (text, [{"offset": 0, "length": units(text), **entity}])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&lt;b&gt; &amp; &quot;", '<b> & "'),
        ("&#233;&#xE9;", "éé"),
        ("&nbsp; & Cie", "&nbsp; & Cie"),
        ("1 > 0", "1 > 0"),
        ("<b></b>rien", "rien"),
        ('<a href="javascript:alert(1)">non', None),
    ],
)
def test_plain_text(source: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(BadRequest):
            parse_html(source)
    else:
        assert parse_html(source) == (text, [])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é</b>", "Unexpected end tag at byte offset 2"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="x">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
    ],
)
def test_refusals(source: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


def test_unknown_parse_mode() -> None:
    with pytest.raises(BadRequest, match="unsupported parse_mode"):
        formatted("x", "MarkdownV2", None)


def test_commands_and_addresses_are_found() -> None:
    text, found = formatted("😀 /start https://a.fr/x.", None, None)
    assert [(e["type"], e["offset"], e["length"]) for e in found] == [("bot_command", 3, 6), ("url", 10, 14)]
    assert text == "😀 /start https://a.fr/x."


def test_given_entities_must_lie_inside() -> None:
    assert formatted("abc", None, [{"type": "bold", "offset": 1, "length": 2}])[1] == [
        {"type": "bold", "offset": 1, "length": 2}
    ]
    for wrong in (
        {"type": "bold", "offset": 2, "length": 2},
        {"type": "shiny", "offset": 0, "length": 1},
        {"type": "bold"},
    ):
        with pytest.raises(BadRequest):
            formatted("abc", None, [wrong])


plain = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
nested = st.recursive(
    plain.map(lambda text: (escape(text, quote=True).replace("&#x27;", "'"), text)),
    lambda inner: st.tuples(st.sampled_from(sorted(TAGS)), st.lists(inner, max_size=3)).map(
        lambda pair: (
            f"<{pair[0]}>{''.join(html for html, _ in pair[1])}</{pair[0]}>",
            "".join(text for _, text in pair[1]),
        )
    ),
    max_leaves=8,
)


@given(nested)
def test_well_formed_html_gives_its_text_and_marks_inside_it(case: tuple[str, str]) -> None:
    html, text = case
    got, entities = parse_html(html)
    assert got == text.strip()
    for entity in entities:
        assert entity["offset"] >= 0
        assert entity["length"] > 0
        assert entity["offset"] + entity["length"] <= units(got)


@given(st.text("<>/&;abc =\"'pré😀", max_size=40))
def test_anything_is_parsed_or_refused(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except BadRequest:
        return
    assert all(e["offset"] + e["length"] <= units(text) for e in entities)


@given(plain, st.integers(0, 5), st.integers(1, 9))
def test_trimming_keeps_the_marked_words(text: str, offset: int, length: int) -> None:
    short, kept = trim(text, [{"type": "bold", "offset": offset, "length": length}])
    assert short == text.strip()
    assert all(e["offset"] >= 0 and e["offset"] + e["length"] <= units(short) for e in kept)
