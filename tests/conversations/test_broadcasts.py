"""A trainer and the direction write to many: two taps after the words, to those they may reach, in the language of each."""

import pytest

from tests.conversations.broadcasting import TEXT, card, got, send, tick, write
from tests.conversations.school import School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@on_both
async def test_two_taps_after_the_words_reach_students_and_families_of_the_group(school: School) -> None:
    await school.arrived("paul", "lea", "claire", "amine", "samira")
    await write(school.paul)
    draft = school.paul.last.text
    assert "Métallerie 1 (Familles, Élèves)" in draft
    assert "2 familles, 3 élèves, 3 langues, 4 injoignables (papier)" in draft
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("✅ Envoyer\u00a0: 2 familles, 3 élèves")

    for reader in (school.lea, school.claire):
        assert [seen.text for seen in got(reader, TEXT)] == [f"Information de l'école, par Paul 📣\n\n{TEXT}"]
    assert not got(school.amine, TEXT), "another group"
    assert not got(school.samira, TEXT)
    await tick(school)
    shown = card(school.paul).text
    assert "2 sur 2" in shown
    assert "Sans conversation (papier) : 4" in shown.replace("\u00a0", " ")


async def test_the_preview_is_what_arrives_in_every_language(school: School) -> None:
    await school.arrived("helene", "samira", "yusuf", "lea")
    await write(school.helene)
    await school.helene.tap("👀 Voir et envoyer")
    shown = [seen.text for seen in got(school.helene, TEXT) if "Votre message" not in seen.text]
    await school.helene.tap("✅ Envoyer")

    assert len(shown) == 5, "five languages read here"
    for reader in (school.samira, school.yusuf, school.lea):
        assert got(reader, TEXT)[0].text in shown
    assert "Français" in got(school.samira, TEXT)[0].text, "the language of the original is named where it differs"
    assert "Français" not in got(school.lea, TEXT)[0].text


async def test_a_nervous_finger_sends_once(school: School) -> None:
    await school.arrived("paul", "lea")
    await write(school.paul)
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("✅ Envoyer", twice=True)
    await tick(school)
    assert len(got(school.lea, TEXT)) == 1


async def test_formatting_is_kept_and_nothing_becomes_a_tag(school: School) -> None:
    await school.arrived("paul", "lea")
    await send(school.paul, "<b>pas gras</b> & <script>alert(1)</script>")
    assert got(school.lea, "<script>")[0].text.endswith("<b>pas gras</b> & <script>alert(1)</script>")


async def test_a_tap_says_seen_and_only_the_others_are_reminded_twice_at_most(school: School) -> None:
    await school.arrived("paul", "lea", "claire", "yusuf")
    await send(school.paul, kind="À confirmer")
    await school.lea.tap("✅ Vu")
    assert school.lea.last.keys == ["☑ Vu, merci", "💬 Répondre à Paul"]
    await tick(school)
    assert "Vu par 1 personne" in card(school.paul).text
    await school.paul.tap("👥 Qui\u00a0?")
    assert "Claire" in school.paul.last.text
    assert "Léa" not in school.paul.last.text
    await school.paul.tap("⬅ Retour")
    await school.paul.tap("🔔 Rappeler à 2 personnes", twice=True)
    await tick(school)
    assert len(got(school.claire, TEXT)) == 2
    assert len(got(school.lea, TEXT)) == 1
    await school.claire.tap("✅ Vu")
    await tick(school)
    await school.paul.tap("🔔 Rappeler à 1 personne")
    await tick(school)
    assert len(got(school.yusuf, TEXT)) == 3
    assert not any("Rappeler" in key for key in card(school.paul).keys)


@on_both
async def test_answers_count_once_per_family_and_can_be_changed(school: School) -> None:
    await school.arrived("helene", "lea", "claire", "samira")
    await write(school.helene)
    await school.helene.tap("À répondre")
    await school.helene.tap("📅 Jusqu'à quand")
    await school.helene.tap("jeudi 26 novembre")
    await school.helene.tap("👥 Pour qui")
    await school.helene.tap("☑ Élèves")
    await school.helene.tap("✅ C'est bon")
    await school.helene.tap("👀 Voir et envoyer")
    await school.helene.tap("✅ Envoyer\u00a0: 3 familles")
    assert not got(school.lea, TEXT)
    await school.claire.tap("Oui")
    await school.claire.tap("Non")
    assert school.claire.last.keys == ["Oui", "☑ Non", "💬 Répondre à Hélène"]
    await tick(school)
    assert "0 · Oui" in card(school.helene).text
    assert "1 · Non" in card(school.helene).text


async def test_a_trainer_reaches_only_their_own_and_a_stranger_nobody(school: School) -> None:
    await school.arrived("paul", "lea", "karine")
    await write(school.paul)
    await school.paul.tap("👥 Pour qui")
    assert not any("Pneus" in key or "Toute l'école" in key for key in school.paul.last.keys)
    await school.paul.tap("🔎 Ajouter une personne")
    await school.paul.send("Amine")
    assert "Personne de ce nom" in school.paul.last.text
    await school.paul.press(school.paul.last.message_id, "bct1:1:whole:")
    await school.paul.press(school.paul.last.message_id, "bct1:1:group:2")
    await school.karine.press(school.karine.last.message_id, "bcd1:1:send")
    await school.lea.send("/annonce")
    await school.lea.press(school.lea.last.message_id, "bcd1:1:send")
    assert not got(school.lea, TEXT)


async def test_last_audience_is_proposed_again_and_people_are_found_by_name(school: School) -> None:
    await school.arrived("helene", "lea", "amine")
    await write(school.helene)
    await school.helene.tap("👥 Pour qui")
    await school.helene.tap("☑ Toute l'école")
    await school.helene.tap("🔎 Ajouter une personne")
    await school.helene.send("ami")
    await school.helene.tap("☐ Amine")
    await school.helene.tap("✅ C'est bon")
    await school.helene.tap("👀 Voir et envoyer")
    await school.helene.tap("✅ Envoyer\u00a0: 1 élève")
    assert got(school.amine, TEXT)
    assert not got(school.lea, TEXT)
    await write(school.helene, "Encore un mot.")
    assert "Pour : Amine" in school.helene.last.text.replace("\u00a0", " ")
