"""One message to many, as rules: what is kept of an author's words, whom it covers, who is one family, what became of it."""

import pytest

from domain.broadcasts import (
    Audience,
    Body,
    Counts,
    Outcome,
    Reach,
    Reader,
    bar,
    check_choices,
    excerpt,
    families,
    outcome,
)


def test_only_safe_formatting_is_kept() -> None:
    body = Body.of(
        "Bonjour à tous",
        [
            {"type": "bold", "offset": 0, "length": 7, "custom": "x"},
            {"type": "text_link", "offset": 8, "length": 1, "url": "javascript:alert(1)"},
            {"type": "text_link", "offset": 8, "length": 1, "url": "https://ecole.example"},
            {"type": "text_mention", "offset": 10, "length": 4, "user": {"id": 5}},
            {"type": "bot_command", "offset": 0, "length": 3},
        ],
    )

    assert list(body.entities) == [
        {"type": "bold", "offset": 0, "length": 7},
        {"type": "text_link", "offset": 8, "length": 1, "url": "https://ecole.example"},
    ]


def test_words_that_follow_keep_their_formatting_in_place() -> None:
    first = Body.of("🔔 Oui", [])
    both = first.followed_by(Body.of("gras", [{"type": "bold", "offset": 0, "length": 4}]))

    assert both.text == "🔔 Oui\n\ngras"
    assert both.entities[0]["offset"] == 8, "a bell is two UTF-16 units"
    assert Body().followed_by(first) == first == first.followed_by(Body())


def test_an_audience_travels_and_turns() -> None:
    audience = Audience(groups=frozenset({3})).toggled("person", "7").toggled("reader", "trainers")

    assert Audience.from_json(audience.to_json()) == audience
    assert audience.readers == set(Reader) - {Reader.CLIENTS}, "clients are written to only when they are chosen"
    assert audience.toggled("group", "3").groups == frozenset()
    whole = audience.toggled("whole", "")
    assert (whole.whole, whole.groups, whole.people) == (True, frozenset(), {7})
    assert not whole.toggled("section", "1").whole


def test_nobody_reaches_further_than_their_groups() -> None:
    reach = Reach(whole=False, sections={}, groups={3: (1, "Métallerie 1"), 4: (1, "Métallerie 2")})
    wished = Audience(whole=True, sections=frozenset({1}), groups=frozenset({3, 9}))

    assert reach.limited(wished) == Audience(groups=frozenset({3}))
    assert reach.sections_of(wished) == frozenset(), "nor to the clients of a section they have a part of"
    assert reach.groups_of(wished) == {3, 4}, "a section covers only those of its groups that are in reach"
    everything = Reach(whole=True, sections={1: "Métallerie"}, groups={3: (1, "a"), 8: (2, "b")})
    assert everything.groups_of(Audience(whole=True)) == {3, 8}
    assert everything.groups_of(Audience(sections=frozenset({2}))) == {8}


def test_guardians_of_the_same_students_are_one_family() -> None:
    both_parents = [(10, 1), (11, 1)]
    two_children = [(20, 2), (20, 3), (21, 3)]

    assert families([*both_parents, *two_children, (30, 4)]) == {10: 1, 11: 1, 20: 2, 21: 2, 30: 4}


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (None, None, Outcome.PAPER),
        ("queued", None, Outcome.WAITING),
        ("sending", None, Outcome.WAITING),
        ("sent", None, Outcome.SENT),
        ("cancelled", "paused", Outcome.HELD),
        ("cancelled", "left the school", Outcome.LEFT),
        ("cancelled", "expired", Outcome.FAILED),
        ("dead", "no open door", Outcome.BLOCKED),
        ("dead", "uncertain", Outcome.UNCERTAIN),
        ("dead", "bug", Outcome.FAILED),
    ],
)
def test_what_became_of_a_copy(state: str | None, reason: str | None, expected: Outcome) -> None:
    assert outcome(state, reason) is expected


def test_counts_and_their_bar() -> None:
    counts = Counts.of([Outcome.SENT] * 9 + [Outcome.BLOCKED, Outcome.PAPER], seen=4)

    assert (counts.readers, counts.to_send, counts[Outcome.SENT], counts[Outcome.HELD]) == (11, 10, 9, 0)
    assert counts.mark() != Counts.of([Outcome.SENT] * 11).mark()
    assert (bar(9, 10), bar(199, 200), bar(0, 0)) == ("▰" * 9 + "▱", "▰" * 9 + "▱", "▱" * 10)


def test_answers_are_two_to_six() -> None:
    assert check_choices(["  Lundi  matin ", "", "Mardi", "Mardi"]) == ["Lundi matin", "Mardi"]
    assert check_choices(["Oui"]) == []
    assert len(check_choices([f"choix {number}" for number in range(9)])) == 6


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Réunion\n\n lundi", "Réunion lundi"),
        ("x" * 60, "x" * 60),
        (
            "Pas d'atelier demain matin : la route est coupée. Restez chez vous.",
            "Pas d'atelier demain matin : la route est coupée. Restez…",
        ),
        (
            "Pas d'atelier demain matin, la route vers l'école est coupée : restez chez vous.",
            "Pas d'atelier demain matin, la route vers l'école est coupée…",
        ),
        ("x" * 80, "x" * 60 + "…"),
    ],
)
def test_an_excerpt_ends_with_a_whole_word(text: str, wanted: str) -> None:
    assert excerpt(text) == wanted
