"""A family answers the notice of an absence: with one tap, changed when it was wrong, and never with a paper."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import col, update

from domain.absences import LEGAL
from domain.calendar import instant
from domain.people import GuardianRight
from domain.rollcall import Code, Mark
from services import rollcall
from storage.tables import RoleGrant
from tests.conversations.attendance import (
    MORNING,
    WEDNESDAY,
    absence_of,
    absent,
    actor,
    born_sixteen_on,
    call_roll,
    change_guardian,
    correct,
    guardian,
    last,
    minutes_pass,
    texts,
)
from tests.conversations.media import a_photo, a_voice_note
from tests.conversations.school import School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
MORNING_OF_LEA = "Léa · mercredi 25 novembre, le matin"
NO_ANSWER = "Ce message ne demande plus de réponse. Pour une question, appelez l'école."


@on_both
async def test_one_tap_answers_and_the_card_shows_what_stands(school: School) -> None:
    await school.arrived("claire", "paul")
    await absent(school, "lea")
    before = len(school.claire.sees)
    await school.claire.tap("🚌 Transports")
    assert len(school.claire.sees) == before
    assert last(school.claire) == (
        f"{MORNING_OF_LEA}\nVotre réponse : 🚌 Transports.\nMerci. L'école connaît la raison."
    )
    assert school.claire.last.keys == ["✏ Changer la réponse"]
    absence = await absence_of(school, "lea")
    assert (absence.code, absence.motive) == (Code.JUSTIFIED, "transport")
    assert last(school.paul).startswith("La famille de Léa a répondu")


async def test_an_answer_can_be_changed_and_a_mistaken_motive_goes_with_it(school: School) -> None:
    await school.arrived("claire", "paul", "helene")
    await absent(school, "lea")
    await school.claire.tap("🤒 Malade")
    assert last(school.claire).endswith("Un papier ? Apportez-le à l'école, sans photo ici.")
    await school.claire.tap("✏ Changer la réponse")
    assert "Votre réponse : 🤒 Malade." in last(school.claire)
    await school.claire.tap("❓ Je ne savais pas")
    assert "Votre réponse : ❓ Je ne savais pas." in last(school.claire)
    assert last(school.claire).endswith("Merci. L'école va vous appeler.")
    absence = await absence_of(school, "lea")
    assert (absence.code, absence.motive, absence.answer) == (Code.TO_JUSTIFY, None, "did_not_know")
    assert last(school.helene).startswith("📞 À appeler pour Léa : mercredi 25 novembre, le matin.")


async def test_all_the_motives_of_the_law_are_within_two_taps(school: School) -> None:
    await school.arrived("claire", "paul")
    await absent(school, "lea")
    reached = set()
    for page, key in (
        (None, "🤒 Malade"),
        (None, "🚌 Transports"),
        ("➕ Une autre raison", "🏠 Maladie contagieuse à la maison"),
        ("➕ Une autre raison", "👪 Réunion de famille"),
        ("➕ Une autre raison", "🧳 Responsables absents"),
    ):
        if page:
            await school.claire.tap(page)
        await school.claire.tap(key)
        assert f"Votre réponse : {key}." in last(school.claire)
        reached.add((await absence_of(school, "lea")).motive)
        await school.claire.tap("✏ Changer la réponse")
    assert reached == {motive.value for motive in LEGAL}
    await school.claire.tap("➕ Une autre raison")
    await school.claire.tap("↩ Retour")
    await school.claire.tap("✅ J'ai vu")  # takes no reason back
    assert "Votre réponse : 🧳 Responsables absents." in last(school.claire)


async def test_a_certificate_is_refused_kindly_and_not_kept(school: School) -> None:
    await school.arrived("claire", "paul")
    await absent(school, "lea")
    await school.claire.send_photo(a_photo(), caption="certificat du médecin")
    assert last(school.claire) == (
        "Merci, mais l'école ne garde pas de photo ni de papier ici. Apportez le papier à l'école, s'il vous plaît."
    )
    await school.claire.send("Elle a de la fièvre depuis hier")
    assert last(school.claire) == (
        "Personne ne lit les messages écrits ici. Pour répondre, un appui sur une touche suffit. "
        "Pour parler à quelqu'un : 01 99 00 12 34."
    )
    await school.claire.send_voice(a_voice_note(2))
    assert "Personne ne lit" in last(school.claire)
    assert (await absence_of(school, "lea")).seen_at is None
    await school.claire.tap("🤒 Malade")
    assert "Votre réponse : 🤒 Malade." in next(text for text in texts(school.claire) if MORNING_OF_LEA in text)


async def test_two_children_of_one_family_are_never_mixed_up(school: School) -> None:
    await guardian(school, "claire", "sam")
    await school.arrived("claire", "paul")
    await absent(school, "lea", "sam")
    # Two of three is doubted by the guard: the trainer says yes.
    paul = await actor(school, "paul")
    [roll] = {one.roll_id for one in await rollcall.todays(school.unit_of_work(), paul, school.clock.now())} - {None}
    await rollcall.check(school.unit_of_work(), paul, roll or 0, school.clock.now())
    await minutes_pass(school, 3)
    told = [seen for seen in school.claire.sees if "n'était pas à l'école" in seen.text]
    assert sorted(seen.text.split()[1] for seen in told) == ["Léa", "Sam"]
    for seen in told:
        name = seen.text.split()[1]
        keys = [key for row in seen.m["reply_markup"]["inline_keyboard"] for key in row]
        await school.claire.press(seen.message_id, keys[1]["callback_data"])
        [now] = [one for one in school.claire.sees if one.message_id == seen.message_id]
        assert now.text.startswith(f"{name} · mercredi 25 novembre")


async def test_separated_parents_hear_what_the_school_decided_and_see_their_own(school: School) -> None:
    """Claire hears of absences; Samira only of the story: her phone stays silent, also when Claire does not answer."""
    await guardian(school, "samira", "lea", rights=[GuardianRight.STORY])
    await school.arrived("claire", "samira", "paul", "helene")
    before = len(school.samira.sees)
    await absent(school, "lea")
    for _ in range(4):
        await minutes_pass(school, 10)
    assert len(school.samira.sees) == before
    await school.claire.tap("✅ J'ai vu")
    assert "Votre réponse : ✅ J'ai vu." in last(school.claire)
    assert school.claire.last.keys == ["➕ Donner la raison"]


async def test_a_second_guardian_hears_after_the_first_and_each_answers_for_themselves(school: School) -> None:
    await guardian(school, "karine", "lea")  # a trainer of the other section, and Léa's aunt
    async with school.database.session() as session:
        session.add(
            RoleGrant(person_id=school.people["karine"], role="guardian", granted_at=school.clock.now())  # type: ignore[arg-type]
        )
        await session.commit()
    await school.arrived("claire", "karine", "paul")
    await absent(school, "lea")
    assert not any("Léa" in text for text in texts(school.karine))
    await minutes_pass(school, 10)
    assert last(school.karine).startswith("Bonjour. Léa n'était pas à l'école")
    await school.karine.tap("📅 Rendez-vous")
    assert (await absence_of(school, "lea")).code is Code.APPOINTMENT
    assert "Votre réponse" not in last(school.claire)
    await school.claire.tap("✅ J'ai vu")
    assert (await absence_of(school, "lea")).code is Code.APPOINTMENT


@pytest.mark.parametrize("change", [{"no_contact": True}, {"rights": [GuardianRight.STORY.value]}])
async def test_keys_of_whoever_may_not_hear_any_more_lead_nowhere_kindly(
    school: School, change: dict[str, object]
) -> None:
    await school.arrived("claire", "paul", "helene")
    await absent(school, "lea")
    await change_guardian(school, "claire", "lea", **change)
    await school.claire.tap("🤒 Malade")
    assert school.claire.toast == NO_ANSWER
    assert school.claire.last.keys == []
    assert (await absence_of(school, "lea")).answer is None


async def test_a_guardian_whose_role_ended_hears_nothing_that_was_queued(school: School) -> None:
    await school.arrived("claire", "paul", "helene")
    before = len(school.claire.sees)
    await school.it_is(MORNING)
    await call_roll(school, "lea")
    async with school.database.session() as session:
        await session.exec(
            update(RoleGrant)
            .where(col(RoleGrant.person_id) == school.people["claire"])
            .values(revoked_at=school.clock.now())
        )
        await session.commit()
    for _ in range(5):
        await minutes_pass(school, 10)
    assert len(school.claire.sees) == before
    assert any(text.startswith("📞 À appeler pour Léa") for text in texts(school.helene))


async def test_a_forged_key_of_another_family_says_nothing(school: School) -> None:
    await school.arrived("claire", "samira", "paul")
    await absent(school, "lea")
    data = school.claire.last.m["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await school.samira.press(school.samira.last.message_id, data)
    assert "Léa" not in (school.samira.toast or "")
    assert (await absence_of(school, "lea")).seen_at is None


async def test_an_answer_after_the_correction_is_told_that_all_is_well(school: School) -> None:
    await school.arrived("claire", "paul")
    roll = await absent(school, "lea")
    await school.claire.tap("✅ J'ai vu")
    card = school.claire.last.message_id
    await correct(school, roll, "lea", Mark(Code.LATE, 20))
    await school.claire.tap("➕ Donner la raison")
    [shown] = [seen for seen in school.claire.sees if seen.message_id == card]
    assert shown.text.endswith("Léa est maintenant à l'école. Vous n'avez rien à faire.")
    assert shown.keys == []


async def test_eighteen_in_the_middle_of_an_escalation(school: School) -> None:
    """The mother was told, and had not tapped: her key has ended, and the student is asked instead."""
    await school.arrived("lea", "claire", "paul", "helene")
    await absent(school, "lea")
    assert last(school.claire).startswith("Bonjour. Léa n'était pas")
    await born_sixteen_on(school, "lea", date(2024, 11, 25))
    await minutes_pass(school, 1)
    assert last(school.lea).startswith("Nous n'avons pas noté ta présence à l'école : mercredi 25 novembre, le matin.")
    await school.claire.tap("🤒 Malade")
    assert school.claire.toast == NO_ANSWER
    await school.lea.tap("🤒 Malade")
    assert last(school.lea) == (
        f"{MORNING_OF_LEA}\nTa réponse : 🤒 Malade.\nMerci. Un papier ? Apporte-le à l'école, sans photo ici."
    )
    assert (await absence_of(school, "lea")).code is Code.JUSTIFIED


@on_both
async def test_eighteen_between_the_evenings_roll_and_the_mornings_notice(school: School) -> None:
    """Written down at half past eight in the evening, it waits for seven; at midnight Léa is 18."""
    await school.arrived("lea", "claire", "paul", "helene")
    await born_sixteen_on(school, "lea", date(2024, 11, 26))
    await school.it_is(instant(WEDNESDAY, time(20, 30)))
    await call_roll(school, "lea", at=time(15, 0))
    await minutes_pass(school, 5)
    mother = len(school.claire.sees)
    assert "n'était pas" not in last(school.claire)
    await school.it_is(instant(WEDNESDAY + timedelta(days=1), time(7, 0)))
    await minutes_pass(school, 1)
    assert len(school.claire.sees) == mother
    assert any(
        text.startswith("Nous n'avons pas noté ta présence à l'école : mercredi 25") for text in texts(school.lea)
    )
    await school.lea.tap("📞 Appelez-moi")
    assert any(text.startswith("📞 À appeler pour Léa") for text in texts(school.helene))


async def test_a_mother_who_reads_turkish_answers_in_turkish(school: School) -> None:
    await school.arrived("emine", "paul")
    await absent(school, "yusuf")
    assert "Yusuf" in last(school.emine)
    assert "25 Kasım" in last(school.emine)
    assert "🤒 Hasta" in school.emine.last.keys
    await school.emine.tap("🤒 Hasta")
    assert "Yusuf · 25 Kasım" in last(school.emine)
    assert "🤒 Hasta" in last(school.emine)
    assert (await absence_of(school, "yusuf")).motive == "ill"
