"""Saying it beforehand: a family for its students, a student in two taps, and taking it back."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import select

from domain.calendar import instant
from domain.rollcall import Code, Mark
from storage.tables import AbsenceAnnouncement
from tests.conversations.attendance import (
    MORNING,
    WEDNESDAY,
    absence_of,
    born_sixteen_on,
    call_roll,
    change_guardian,
    guardian,
    last,
    minutes_pass,
    plain,
    texts,
)
from tests.conversations.school import TUESDAY, School
from webchat.actors import Actor as Phone

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
EARLY = instant(WEDNESDAY, time(7, 50))
ABSENCE, LATE = "📣 Absence", "🕒 Retard"


async def announced(school: School) -> list[tuple[date, str, str, str | None]]:
    async with school.unit_of_work().reading() as session:
        rows = await session.exec(select(AbsenceAnnouncement).order_by(AbsenceAnnouncement.id))  # type: ignore[arg-type]
        return [(row.day, row.half, row.kind, row.motive) for row in rows.all() if row.withdrawn_at is None]


async def taps(person: Phone, *keys: str) -> int:
    for key in keys:
        await person.tap(key)
    return len(keys)


@on_both
async def test_a_student_is_late_in_two_taps(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    count = await taps(school.lea, LATE, "20 min")
    assert count == 2
    assert last(school.lea) == (
        "✅ Retard annoncé : mercredi 25 novembre, le matin, 20 minutes.\n"
        "L'équipe de l'atelier le sait. Avant 18 ans, l'école le dit aussi à ta famille."
    )
    assert school.lea.last.keys == ["↩ Ce n'est plus vrai"]
    assert last(school.paul) == "Retard annoncé : Léa, mercredi 25 novembre, le matin, 20 minutes."
    assert last(school.claire).startswith(
        "Léa nous a annoncé un retard de 20 minutes : mercredi 25 novembre, le matin."
    )


async def test_a_student_stays_away_in_two_taps_and_is_told_of_once(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    heard = len(school.paul.sees), len(school.claire.sees)
    count = await taps(school.lea, LATE, "❌ Absence toute la journée")
    assert count == 2
    assert (len(school.paul.sees), len(school.claire.sees)) == (heard[0] + 1, heard[1] + 1)
    assert last(school.paul) == "Absence annoncée : Léa, mercredi 25 novembre, toute la journée."
    await school.claire.tap("✅ Oui, je le sais")
    assert last(school.claire).startswith("✅ Léa · Absence annoncée : mercredi 25 novembre, toute la journée.")
    await school.claire.tap("🚌 Transports")
    assert [row[1:] for row in await announced(school)] == [
        ("morning", "away", "transport"),
        ("afternoon", "away", "transport"),
    ]
    await school.it_is(MORNING)
    await call_roll(school)
    await minutes_pass(school, 3)
    assert (await absence_of(school, "lea")).code is Code.JUSTIFIED
    assert not any("n'était pas à l'école" in text for text in texts(school.claire))


async def test_a_minor_alone_does_not_end_the_notice(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    await taps(school.lea, LATE, "❌ Absence le matin")
    await school.it_is(MORNING)
    await call_roll(school)
    await minutes_pass(school, 2)
    assert last(school.claire).startswith("Bonjour. Léa n'était pas à l'école : mercredi 25 novembre, le matin.")


async def test_an_adult_student_decides_alone_and_gives_the_reason(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await born_sixteen_on(school, "lea", date(2024, 11, 25))
    await school.it_is(EARLY)
    mother = len(school.claire.sees)
    await taps(school.lea, LATE, "❌ Absence le matin")
    assert "ta famille" not in last(school.lea)
    assert last(school.lea).endswith("Pourquoi ? Tu peux le dire d'un appui.")
    trainer = len(school.paul.sees)
    await school.lea.tap("📅 Rendez-vous")
    assert "Raison : 📅 Rendez-vous." in last(school.lea)
    assert "● 📅 Rendez-vous" in school.lea.last.keys
    assert (len(school.claire.sees), len(school.paul.sees)) == (mother, trainer)
    assert not any("endez" in text for text in texts(school.paul))


async def test_a_student_takes_it_back_and_whoever_was_told_hears_that(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    await taps(school.lea, LATE, "10 min", "↩ Ce n'est plus vrai")
    assert last(school.lea) == ("↩ mercredi 25 novembre\nL'annonce est reprise. L'école fait l'appel comme toujours.")
    assert last(school.paul) == "Annonce reprise : Léa, mercredi 25 novembre, le matin. L'appel se fait comme toujours."
    assert last(school.claire) == "Léa a repris son annonce : mercredi 25 novembre, le matin. L'école fait l'appel."
    await school.claire.tap("✅ Oui, je le sais")
    assert (
        plain(school.claire.toast or "")
        == "Cette annonce ne demande plus de réponse. Pour une question, appelez l'école."
    )
    assert await announced(school) == []


async def test_it_cannot_be_taken_back_once_the_day_is_over(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    await taps(school.lea, LATE, "10 min")
    await school.it_is(instant(WEDNESDAY, time(20, 30)))
    await school.lea.tap("↩ Ce n'est plus vrai")
    assert plain(school.lea.toast or "") == "Cette demi-journée est passée. L'école peut aider : appelez-la."
    assert len(await announced(school)) == 1


async def test_tomorrow_is_one_tap_more_and_no_further(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    await taps(school.lea, LATE, "➡ Demain", "❌ Absence l'après-midi")
    assert await announced(school) == [(WEDNESDAY + timedelta(days=1), "afternoon", "away", None)]
    saturday = TUESDAY + timedelta(days=4)
    await school.it_is(instant(saturday, time(10)))
    await school.lea.tap(LATE)
    assert "Il n'y a pas d'école à annoncer en ce moment." in last(school.lea)


async def test_what_the_mother_announced_stays(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(EARLY)
    await taps(school.claire, ABSENCE, "Absence aujourd'hui", "❌ Absence le matin")
    await taps(school.lea, LATE, "5 min")
    assert "C'était déjà annoncé pour toi : cela reste comme ça." in last(school.lea)
    assert school.lea.last.keys == []
    assert await announced(school) == [(WEDNESDAY, "morning", "away", None)]


@on_both
async def test_a_mother_announces_in_three_taps_and_says_why_with_a_fourth(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(EARLY)
    count = await taps(school.claire, ABSENCE, "Absence aujourd'hui", "❌ Absence toute la journée")
    assert count == 3
    assert last(school.claire) == (
        "✅ Léa · Absence annoncée : mercredi 25 novembre, toute la journée.\n"
        "L'équipe de l'atelier le sait. Pourquoi ? Vous pouvez le dire d'un appui."
    )
    await school.claire.tap("🤒 Malade")
    assert last(school.claire) == (
        "✅ Léa · Absence annoncée : mercredi 25 novembre, toute la journée. Raison : 🤒 Malade.\n"
        "L'équipe de l'atelier le sait. Merci. Un papier ? Apportez-le à l'école, sans photo ici."
    )
    await school.claire.tap("📅 Rendez-vous")
    assert "● 📅 Rendez-vous" in school.claire.last.keys
    assert [text for text in texts(school.paul) if "annoncée" in text] == [
        "Absence annoncée : Léa, mercredi 25 novembre, toute la journée."
    ]
    await school.it_is(MORNING)
    roll = await call_roll(school)
    assert {line.first_name: line.mark for line in roll.lines}["Léa"] == Mark(Code.APPOINTMENT)
    before = len(school.claire.sees)
    await minutes_pass(school, 30)
    assert len(school.claire.sees) == before


async def test_a_mother_announces_a_lateness_and_takes_it_back_from_the_list(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(EARLY)
    await taps(school.claire, ABSENCE, "Retard aujourd'hui", "45 min")
    assert last(school.paul) == "Retard annoncé : Léa, mercredi 25 novembre, le matin, 45 minutes."
    await taps(school.claire, ABSENCE, "Retard aujourd'hui", "Plutôt l'après-midi", "15 min")
    assert [row[1] for row in await announced(school)] == ["morning", "afternoon"]
    await school.claire.tap(ABSENCE)
    assert "Retard annoncé : mercredi 25 novembre, le matin, 45 minutes." in last(school.claire)
    await school.claire.tap("↩ Plus vrai")
    assert await announced(school) == []
    assert last(school.paul).startswith("Annonce reprise : Léa, mercredi 25 novembre")


async def test_another_day_weeks_ahead_is_found_by_keys(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(EARLY)
    await taps(school.claire, ABSENCE, "📅 Un autre jour")
    assert "samedi 28 novembre" not in school.claire.last.keys
    await taps(school.claire, "Après ➡", "Après ➡", "⬅ Avant", "lundi 7 décembre", "❌ Absence l'après-midi")
    assert await announced(school) == [(date(2026, 12, 7), "afternoon", "away", None)]
    await taps(school.claire, ABSENCE, "📅 Un autre jour", "mardi 1er décembre", "🕒 Plutôt un retard", "30 min")
    assert (date(2026, 12, 1), "morning", "late", None) in await announced(school)


async def test_in_the_afternoon_the_morning_is_not_offered_and_its_old_key_says_why(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(EARLY)
    await taps(school.claire, ABSENCE, "Absence aujourd'hui")
    keys = {key["text"]: key["callback_data"] for row in rows(school.claire) for key in row}
    old = school.claire.last.message_id
    await school.it_is(instant(WEDNESDAY, time(13, 10)))
    await school.claire.press(old, keys["❌ Absence le matin"])
    assert plain(school.claire.toast or "") == "Cette demi-journée est passée. L'école peut aider : appelez-la."
    await taps(school.claire, ABSENCE, "Absence aujourd'hui")
    assert "❌ Absence le matin" not in school.claire.last.keys
    await school.claire.press(old, keys["❌ Absence toute la journée"])
    assert [row[1] for row in await announced(school)] == ["afternoon"]


def rows(person: Phone) -> list[list[dict[str, str]]]:
    found: list[list[dict[str, str]]] = person.last.m["reply_markup"]["inline_keyboard"]
    return found


async def test_two_children_are_asked_for_and_named(school: School) -> None:
    await guardian(school, "claire", "amine")
    await school.arrived("claire", "paul", "karine")
    await school.it_is(EARLY)
    await school.claire.tap(ABSENCE)
    assert (last(school.claire), school.claire.last.keys) == ("Pour qui ?", ["Amine", "Léa"])
    await taps(school.claire, "Amine", "Absence demain", "❌ Absence le matin")
    assert last(school.claire).startswith("✅ Amine · Absence annoncée : jeudi 26 novembre, le matin.")
    assert last(school.karine) == "Absence annoncée : Amine, jeudi 26 novembre, le matin."
    assert not any("Amine" in text for text in texts(school.paul))


async def test_without_the_right_there_is_nothing_to_announce_and_forged_keys_do_nothing(school: School) -> None:
    await school.arrived("claire", "paul")
    await school.it_is(EARLY)
    await taps(school.claire, ABSENCE, "Absence aujourd'hui")
    await change_guardian(school, "claire", "lea", no_contact=True)
    await school.claire.tap("❌ Absence le matin")
    assert plain(school.claire.toast or "") == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    await school.claire.send("/absence")
    assert last(school.claire) == "Ici, l'école ne vous demande rien pour les absences. Une question ? Appelez l'école."
    assert await announced(school) == []


async def test_a_student_cannot_speak_for_another_nor_justify_alone(school: School) -> None:
    await school.arrived("lea", "sam", "paul")
    await school.it_is(EARLY)
    await school.lea.tap(LATE)
    keys = {key["text"]: key["callback_data"] for row in rows(school.lea) for key in row}
    await school.sam.send("/retard")
    await school.sam.press(school.sam.last.message_id, keys["20 min"])
    assert await announced(school) == []
    await school.lea.tap("❌ Absence le matin")
    await school.lea.press(school.lea.last.message_id, f"annr1:{school.people['lea']}:{WEDNESDAY}:ill")
    assert await announced(school) == [(WEDNESDAY, "morning", "away", None)]
