"""The registre d'appel in the direction's chat: a day, a week, a table that runs no formula, and until when it is kept."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from domain.calendar import instant
from domain.people import Language
from domain.rollcall import Code, Half, Mark
from locales import use_language
from services.documents.register import draw_day_register, draw_week_register
from services.register import Entry, Row
from storage.tables import Audit, Group, RollMark
from tests.conversations.rolls import START, WEDNESDAY, call, last, minutes_pass, student
from tests.conversations.school import TUESDAY, School
from webchat.actors import Actor as Phone

PURGED = "Ces données sont effacées le mercredi 1er septembre 2027."


async def a_week(school: School) -> None:
    """Wednesday and Thursday morning were called: Léa away, then late; in the tyres nobody was missing."""
    await school.arrived("paul", "karine", "helene")
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 3)
    await school.karine.tap("✋ Faire l'appel")
    await school.karine.tap("✅ Confirmer")
    await school.it_is(instant(WEDNESDAY + timedelta(days=1), time(8, 30)))
    await school.paul.tap("✋ Faire l'appel")
    await school.paul.tap("✅ Léa")
    await school.paul.tap("❌ Léa")
    await school.paul.tap("✅ Confirmer")
    await minutes_pass(school, 3)


async def table(person: Phone) -> list[list[str]]:
    """The lines of the table somebody was sent."""
    data = await person.download(person.last.m["document"]["file_id"])
    return [line.split(";") for line in data.decode("utf-8-sig").split("\r\n") if line]


async def test_a_day_is_a_picture_and_words_with_the_date_it_is_forgotten(school: School) -> None:
    await a_week(school)
    await school.helene.send("/registre")
    assert school.helene.last.kind == "photo"
    assert last(school.helene) == (
        "Registre d'appel : jeudi 26 novembre\nLéa (Métallerie 1) : jeudi 26 novembre, matin, R 5\n\n" + PURGED
    )
    assert "▶" not in school.helene.last.keys, "tomorrow has no register"


async def test_it_turns_by_day_by_week_and_by_group_in_one_message(school: School) -> None:
    await a_week(school)
    await school.helene.send("/registre")
    page = school.helene.last.message_id
    await school.helene.tap("◀")
    assert "Léa (Métallerie 1) : mercredi 25 novembre, matin, AN" in last(school.helene)
    await school.helene.tap("🗓 La semaine")
    assert last(school.helene).startswith("Registre d'appel, semaine du lundi 23 novembre\n")
    assert "mercredi 25 novembre, matin, AN" in last(school.helene)
    assert "jeudi 26 novembre, matin, R 5" in last(school.helene)
    await school.helene.tap("Pneus 1")
    assert "Tout le monde est là." in last(school.helene)
    await school.helene.tap("Tous les groupes")
    await school.helene.tap("◀")
    assert "Aucun appel fait." in last(school.helene)
    await school.helene.tap("▶")
    await school.helene.tap("📅 Le jour")
    await school.helene.tap("🗓 La semaine", twice=True)
    assert school.helene.last.message_id == page
    assert school.helene.last.kind == "photo"


async def test_a_monday_follows_a_friday(school: School) -> None:
    await school.arrived("helene")
    await school.it_is(instant(TUESDAY + timedelta(days=6), time(9, 0)))
    await school.helene.send("/registre")
    assert "lundi 30 novembre" in last(school.helene)
    await school.helene.tap("◀")
    assert "vendredi 27 novembre" in last(school.helene)
    await school.helene.tap("▶")
    assert "lundi 30 novembre" in last(school.helene)


async def test_on_a_sunday_it_opens_on_friday(school: School) -> None:
    await school.arrived("helene")
    await school.it_is(instant(TUESDAY + timedelta(days=5), time(9, 0)))
    await school.helene.send("/registre")
    assert "vendredi 27 novembre" in last(school.helene)


async def test_the_table_runs_no_formula_and_says_who_took_it(school: School) -> None:
    await school.arrived("paul", "helene")
    async with school.database.session() as session:
        group = (await session.exec(select(Group).where(Group.name == "Métallerie 1"))).one()
        await student(school, session, '=HYPERLINK("http://x";"y")', group.id or 0)
        await session.commit()
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 3)
    await school.helene.send("/registre")
    await school.helene.tap("📄 Tableau de la semaine")
    assert school.helene.last.m["document"]["file_name"] == "registre-2026-11-23-2026-11-29.csv"
    assert PURGED in last(school.helene)
    data = await school.helene.download(school.helene.last.m["document"]["file_id"])
    assert "'=HYPERLINK" in data.decode("utf-8-sig")
    assert not any(cell.startswith("=") for line in await table(school.helene) for cell in line)
    header, *lines = await table(school.helene)
    assert header[:3] == ["Jour", "Demi-journée", "Début"]
    [lea] = [line for line in lines if "Léa" in line]
    assert lea[:6] == ["2026-11-25", "matin", "08:30", "12:00", "Atelier", "Métallerie 1"]
    assert lea[8:] == ["AN", "absence, raison à venir", "", "Paul", "2026-11-25 08:30", "oui"]
    async with school.unit_of_work().reading() as session:
        taken = (await session.exec(select(Audit).where(Audit.verb == "export_register"))).one()
    assert (taken.actor_id, taken.facts["first"]) == (school.people["helene"], "2026-11-23")


async def test_a_month_without_a_roll_is_no_file(school: School) -> None:
    await school.arrived("helene")
    await school.helene.send("/registre")
    await school.helene.tap("📄 Tableau du mois")
    assert school.helene.toast == "Aucun appel fait."
    assert school.helene.last.kind == "photo"


async def test_the_paper_came_and_no_phone_rings_for_it(school: School) -> None:
    await school.arrived("claire")
    await a_week(school)
    await school.helene.send("/registre")
    await school.helene.tap("✏ Noter une raison")
    assert last(school.helene) == "Absences : jeudi 26 novembre\nAucune absence ce jour-là."
    await school.helene.tap("◀")
    await school.helene.tap("✏ Noter une raison")
    await school.helene.tap("Léa · matin · AN")
    assert "absence, raison à venir\n\nQue sait l'école ?" in last(school.helene)
    heard = len(school.claire.sees)
    await school.helene.tap("AR · absence, papier reçu")
    assert (school.helene.toast or "").endswith("absence, papier reçu.")
    assert school.helene.last.keys == ["Léa · matin · AR"]
    await minutes_pass(school, 60)
    assert len(school.claire.sees) == heard
    await school.helene.send("/registre")
    await school.helene.tap("◀")
    assert "Léa (Métallerie 1) : mercredi 25 novembre, matin, AR" in last(school.helene)
    absence = next(key for row in _rows(school.helene) for key in row if key.startswith("regl1"))
    for forged in (absence, "regp1:1:2026-11-25:0", "regw1:1:AR:2026-11-25:0", "regw1:1:P:2026-11-25:0"):
        await school.paul.press(school.paul.last.message_id, forged)
        assert school.paul.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    await school.helene.press(school.helene.last.message_id, "regw1:1:P:2026-11-25:0")
    assert school.helene.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."


def _rows(person: Phone) -> list[list[str]]:
    return [[key["callback_data"] for key in row] for row in person.last.m["reply_markup"]["inline_keyboard"]]


async def test_after_the_first_of_september_it_says_what_was_forgotten(school: School) -> None:
    await a_week(school)
    await school.it_is(instant(date(2027, 9, 1), time(9, 0)))
    await school.helene.send("/registre")
    assert last(school.helene).startswith("Dernier effacement : mercredi 1er septembre 2027, 1 absence effacée")
    async with school.unit_of_work().reading() as session:
        assert (await session.exec(select(RollMark).order_by(col(RollMark.roll_id)))).all() == []


async def test_only_the_direction_sees_it(school: School) -> None:
    await a_week(school)
    await school.arrived("claire")
    for person in (school.paul, school.claire):
        await person.send("/registre")
        assert "Registre" not in last(person)
        for key in ("reg1:2026-11-25:0:0", "regx1:2026-11-23:2026-11-29:0"):
            await person.press(person.last.message_id, key)
            assert person.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    for forged in ("reg1:0001-01-01:1:0", "reg1:2026-11-25:0:99", "regx1:2020-01-01:2026-11-29:0"):
        await school.helene.press(school.helene.last.message_id, forged)
        assert school.helene.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."


@pytest.mark.parametrize("language", Language)
async def test_any_name_can_be_drawn_in_any_language(language: Language) -> None:
    day = date(2026, 11, 25)
    hostile = ('#panic("x")', "\u202eévil", "ليلى", "a" * 200, "👩‍🔧", "<b>&amp;")
    entries = [
        Entry(
            day=day,
            half=Half.MORNING,
            starts=time(8, 30),
            ends=time(12),
            title=name,
            group=name,
            student_id=number,
            last_name=name,
            first_name=name,
            mark=Mark(code, 20 if code is Code.LATE else None),
            called_by=name,
            called_at=datetime(2026, 11, 25, 9, 0).astimezone(),
            final=True,
        )
        for number, (name, code) in enumerate((name, code) for name in hostile for code in Code)
    ]
    rows = [Row(one.student_id, one.first_name, None, one.group, {(day, one.half): one.mark}) for one in entries]
    with use_language(language):
        for picture in (
            await draw_day_register(day, entries, date(2027, 9, 1)),
            await draw_week_register(date(2026, 11, 23), rows, date(2027, 9, 1)),
        ):
            assert picture is not None
            assert picture.startswith(b"\x89PNG")
