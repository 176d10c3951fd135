"""« Ma semaine »: everyone sees their own, as a picture and in words, and turns its pages; nobody sees anybody else's."""

from datetime import date, time, timedelta

import pytest
import typst
from sqlmodel import col, select, update

from domain.calendar import instant
from storage.tables import CalendarDay, Guardianship, Membership, TimetableSession
from tests.conversations.school import TUESDAY, School
from tests.conversations.timetable import change

MONDAY = date(2026, 11, 23)


async def test_a_student_sees_the_week_as_a_picture_and_in_words(school: School) -> None:
    await school.arrived("lea")
    await change(school, TUESDAY, time(13, 30), cancelled_at=school.clock.now())
    await school.lea.tap("📅 Ma semaine")
    week = school.lea.last
    assert week.kind == "photo"
    assert week.text.startswith(
        "Semaine du lundi 23 novembre\n"
        "Lundi 23 novembre\u00a0: 8\u00a0h\u00a030 – 12\u00a0h Atelier · "
        "13\u00a0h\u00a030 – 15\u00a0h Français et maths · 15\u00a0h – 16\u00a0h\u00a030 Atelier\n"
    )
    struck = [entity for entity in week.m["caption_entities"] if entity["type"] == "strikethrough"]
    [place] = [(entity["offset"], entity["length"]) for entity in struck]
    assert week.text[place[0] : sum(place)] == "13\u00a0h\u00a030 – 15\u00a0h Français et maths"
    assert week.keys == ["◀ Semaine d'avant", "Semaine d'après ▶", "📲 Dans l'agenda du téléphone"]


async def test_the_pages_turn_in_one_message(school: School) -> None:
    await school.arrived("lea")
    await school.lea.send("/semaine")
    first = school.lea.last.message_id
    await school.lea.tap("Semaine d'après ▶")
    assert school.lea.last.message_id == first
    assert school.lea.last.text.startswith("Semaine du lundi 30 novembre")
    await school.lea.tap("◀ Semaine d'avant", twice=True)
    assert school.lea.last.text.startswith("Semaine du lundi 23 novembre")
    assert school.lea.last.message_id == first


async def test_on_a_week_end_the_coming_week_is_shown(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(instant(date(2026, 11, 28), time(10, 0)))
    await school.lea.tap("📅 Ma semaine")
    assert school.lea.last.text.startswith("Semaine du lundi 30 novembre")


async def test_a_week_in_arabic_names_its_days_without_months(school: School) -> None:
    await school.arrived("amine")
    await school.amine.send("/semaine")
    assert school.amine.last.kind == "photo"
    assert "\u0627\u0644\u062b\u0644\u0627\u062b\u0627\u0621 \u206624/11\u2069" in school.amine.last.text
    assert "quatre pneus" not in school.amine.last.text


async def test_days_off_have_their_name_and_no_lessons(school: School) -> None:
    await school.arrived("lea")
    uow = school.unit_of_work()
    async with uow.writing() as session:
        at = school.clock.now()
        session.add(CalendarDay(day=date(2026, 11, 26), is_open=False, label="Portes ouvertes", at=at))
        await uow.commit(session)
    await school.lea.send("/semaine")
    assert "Jeudi 26 novembre\u00a0: Portes ouvertes\n" in school.lea.last.text


async def test_a_trainer_sees_the_own_groups(school: School) -> None:
    await school.arrived("paul")
    await school.paul.tap("📅 Ma semaine")
    assert "8\u00a0h\u00a030 – 12\u00a0h Atelier (Métallerie 1)" in school.paul.last.text
    assert "Pneus" not in school.paul.last.text
    assert "Français" not in school.paul.last.text, "a lesson somebody else leads"


async def test_a_guardian_sees_the_student_and_chooses_among_several(school: School) -> None:
    await school.arrived("claire")
    await school.claire.send("/semaine")
    assert school.claire.last.text.startswith("Léa\u00a0: Semaine du lundi 23 novembre")
    uow = school.unit_of_work()
    async with uow.writing() as session:
        [known] = (
            await session.exec(select(Guardianship).where(Guardianship.guardian_id == school.people["claire"]))
        ).all()
        values = known.model_dump(exclude={"id"}) | {"student_id": school.people["ines"]}
        session.add(Guardianship(**values))
        await uow.commit(session)
    await school.claire.send("/semaine")
    assert (school.claire.last.text, school.claire.last.keys) == ("La semaine de qui\u00a0?", ["Léa", "Inês"])
    await school.claire.tap("Inês")
    assert school.claire.last.text.startswith("Inês\u00a0: Semaine")
    await school.claire.tap("Semaine d'après ▶")
    assert school.claire.last.text.startswith("Inês\u00a0: Semaine du lundi 30 novembre")


async def test_no_contact_means_no_timetable_whatever_key_is_left(school: School) -> None:
    await school.arrived("claire")
    await school.claire.send("/semaine")
    uow = school.unit_of_work()
    async with uow.writing() as session:
        claire = col(Guardianship.guardian_id) == school.people["claire"]
        await session.exec(update(Guardianship).where(claire).values(no_contact=True))
        await uow.commit(session)
    await school.claire.tap("Semaine d'après ▶")
    assert "Semaine du lundi 23 novembre" in school.claire.last.text
    await school.claire.send("/semaine")
    assert school.claire.last.text == "Il n'y a pas encore d'emploi du temps à voir ici."


@pytest.mark.parametrize(
    "data", ["week1:2026-11-23:{amine}", "turn1:2026-11-23:{amine}", "week1:9999-12-27:0", "turn1:demain:0"]
)
async def test_a_forged_key_shows_nothing(school: School, data: str) -> None:
    await school.arrived("lea")
    await school.lea.send("/semaine")
    before = len(school.lea.sees)
    await school.lea.press(school.lea.last.message_id, data.format(amine=school.people["amine"]))
    assert len(school.lea.sees) == before
    assert school.lea.last.text.startswith("Semaine du lundi 23 novembre")


async def test_the_direction_and_visitors_have_no_week_of_their_own(school: School) -> None:
    await school.arrived("helene")
    await school.helene.send("/semaine")
    assert "Semaine" not in school.helene.last.text


async def test_without_the_typesetter_the_words_go_alone(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_named: object) -> bytes:
        raise RuntimeError("the typesetter is not there")

    monkeypatch.setattr(typst, "compile", broken)
    await school.arrived("lea")
    await school.it_is(instant(date(2026, 11, 25), time(12, 34)))  # a picture nobody drew before
    await school.lea.send("/semaine")
    assert school.lea.last.kind == "text"
    assert "Mercredi 25 novembre\u00a0: 8\u00a0h\u00a030" in school.lea.last.text
    await school.lea.tap("Semaine d'après ▶")
    assert school.lea.last.text.startswith("Semaine du lundi 30 novembre")


async def test_a_full_week_with_endless_titles_still_fits_a_caption(school: School) -> None:
    await school.arrived("lea")
    uow = school.unit_of_work()
    async with uow.writing() as session:
        await session.exec(
            update(TimetableSession).values(title="Technologie & <b>soudure</b> " * 8, place="Salle " * 30)
        )
        here = select(TimetableSession).where(TimetableSession.day == TUESDAY).order_by(col(TimetableSession.id))
        [first, *_others] = (await session.exec(here)).all()
        session.add_all(
            TimetableSession(**first.model_dump(exclude={"id"}) | {"starts": time(9, minute)}) for minute in range(12)
        )
        await uow.commit(session)
    await school.lea.send("/semaine")
    assert school.lea.last.kind == "photo"
    assert len(school.lea.last.text) <= 1024
    assert "Mardi 24 novembre\u00a0: 8\u00a0h\u00a030 – 16\u00a0h\u00a030" in school.lea.last.text


async def test_who_changed_groups_sees_each_day_with_the_group_of_that_day(school: School) -> None:
    await school.arrived("lea")
    uow = school.unit_of_work()
    async with uow.writing() as session:
        lea = col(Membership.person_id) == school.people["lea"]
        await session.exec(update(Membership).where(lea).values(until=TUESDAY))
        await uow.commit(session)
    await school.lea.send("/semaine")
    assert "Mardi 24 novembre" in school.lea.last.text
    assert "Mercredi" not in school.lea.last.text
    await school.lea.tap("Semaine d'après ▶")
    assert "Pas d'école cette semaine." in school.lea.last.text
    assert TUESDAY - timedelta(days=1) == MONDAY
