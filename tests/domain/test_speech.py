"""What a message sounds like."""

import pytest

from domain.speech import LIMIT, spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bonjour Léa !", "Bonjour Léa !"),
        ("📅 Demain, mardi 24 novembre\n8 h 30, Forge", "Demain, mardi 24 novembre. 8 h 30, Forge."),
        ("Métallerie 1 · Atelier", "Métallerie 1, Atelier."),
        ("✅ 2   ❌ 1", "2 1."),
        ("Suivez https://ecole.example/a?b=c pour lire", "Suivez pour lire."),
        ("▰▰▰▱▱ 60 %", "60 %."),
        ("👍🏽", ""),
        ("\u2068Amine\u2069!", "Amine!"),
        ("مرحبًا \u2068Amine\u2069!\nهل كل شيء بخير؟", "مرحبًا Amine! هل كل شيء بخير؟"),
        ("· · ·\n—", ""),
    ],
)
def test_nobody_hears_what_nobody_says(text: str, said: str) -> None:
    assert spoken(text) == said


def test_keys_are_numbered_answers() -> None:
    said = spoken("Tout va bien ?", ["🤒 Malade", "🔊", "🚌 Transports"], "Réponses :")

    assert said == "Tout va bien ? Réponses : 1 Malade, 2 Transports."


def test_a_long_message_ends_with_a_whole_sentence() -> None:
    said = spoken("Une phrase de plus. " * 200)

    assert len(said) <= LIMIT
    assert said.endswith("plus.")
    assert len(spoken("a" * 9000)) == LIMIT
