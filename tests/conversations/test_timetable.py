"""The direction drops a calendar into the chat, looks, applies, takes back; nobody else can."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from domain.calendar import instant, local_date
from domain.errors import AddressRefused
from domain.timetable import AddressReason
from storage.tables import TimetableImport, TimetableSession, TimetableSource
from tests.conversations.school import TUESDAY, School
from tests.services.test_timetable_importing import calendar, chorale, lesson

CALENDARS = Path(__file__).parent.parent / "services" / "calendars"
MONDAY = TUESDAY + timedelta(days=6)
WEDNESDAY = TUESDAY + timedelta(days=1)


async def imported(school: School) -> list[str]:
    async with school.unit_of_work().reading() as session:
        rows = await session.exec(
            select(TimetableSession)
            .where(col(TimetableSession.source_id).is_not(None), col(TimetableSession.cancelled_at).is_(None))
            .order_by(col(TimetableSession.day), col(TimetableSession.starts))
        )
        return [f"{row.day:%d/%m} {row.starts:%H:%M} {row.title}" for row in rows.all()]


async def send(school: School, data: bytes, name: str = "edt.ics") -> str:
    await school.deliver()  # who opened their link is told now, not in the middle of what follows
    await school.helene.send_document(data, name)
    return school.helene.last.text


async def test_a_dropped_calendar_is_shown_applied_told_and_taken_back(school: School) -> None:
    await school.arrived("helene", "lea", "paul")
    await send(school, calendar(chorale(), lesson(MONDAY + timedelta(days=1), 17, "Sport")))
    assert school.helene.last.text == "Pour quel groupe est cet emploi du temps\u00a0?"
    await school.helene.tap("Métallerie 1")
    assert school.helene.last.text == (
        "📅 Métallerie 1\u00a0: +2 −0 ~0\n"
        "Un nouveau calendrier.\n"
        "➕ lundi 30 novembre, 17\u00a0h–18\u00a0h · Chorale (Métallerie 1)\n"
        "➕ mardi 1er décembre, 17\u00a0h–18\u00a0h · Sport (Métallerie 1)\n\n"
        "🗓 3 personnes le liront dimanche."
    )
    assert await imported(school) == []
    await school.helene.tap("✅ Appliquer")
    assert "C'est fait\u00a0: +2 −0 ~0" in school.helene.last.text
    assert await imported(school) == ["30/11 17:00 Chorale", "01/12 17:00 Sport"]
    await school.helene.tap("↩ Annuler l'import")
    assert school.helene.last.text == "↩ C'est annulé. L'emploi du temps est comme avant."
    assert await imported(school) == []


async def test_a_change_for_tomorrow_reaches_the_student(school: School) -> None:
    await school.arrived("helene", "lea")
    await send(school, calendar(lesson(WEDNESDAY, 17, "Chorale Métallerie 1")))
    assert "🔔 3 personnes seront prévenues sans attendre." in school.helene.last.text
    await school.helene.tap("✅ Appliquer")
    await school.it_is(school.clock.now() + timedelta(minutes=10))
    assert "Chorale Métallerie 1" in school.lea.last.text


async def test_refusing_changes_nothing_and_keys_work_once(school: School) -> None:
    await school.arrived("helene")
    await send(school, calendar(chorale(), lesson(MONDAY, 19, "Sport Métallerie 1")))
    await school.helene.tap("📄 C'est écrit dans le fichier")
    assert "1 ligne n'a pas pu être lue" in school.helene.last.text
    assert "ligne 3, Chorale\u00a0: aucun groupe reconnu" in school.helene.last.text
    shown = school.helene.last
    keys = [key["callback_data"] for row in shown.m["reply_markup"]["inline_keyboard"] for key in row]
    await school.helene.tap("❌ Laisser")
    assert school.helene.toast == "Rien n'a changé."
    await school.helene.press(shown.message_id, keys[0])
    assert school.helene.toast is not None
    assert "déjà réglé" in school.helene.toast
    assert await imported(school) == []


async def test_a_nervous_finger_applies_once(school: School) -> None:
    await school.arrived("helene")
    await send(school, calendar(lesson(MONDAY, 19, "Sport Métallerie 1")))
    await school.helene.tap("✅ Appliquer", twice=True)
    assert await imported(school) == ["30/11 19:00 Sport Métallerie 1"]


async def test_much_removed_is_asked_twice(school: School) -> None:
    await school.arrived("helene")
    days = [MONDAY + timedelta(days=number) for number in range(5)]
    await send(school, calendar(*(lesson(day, 17, "Soutien Métallerie 1") for day in days)))
    await school.helene.tap("✅ Appliquer")
    await send(
        school,
        calendar(
            lesson(days[0], 17, "Soutien Métallerie 1"),
            lesson(days[4], 17, "Soutien Métallerie 1"),
            lesson(days[4], 18, "Bilan Métallerie 1"),
        ),
    )
    assert "La suite d'un calendrier déjà là." in school.helene.last.text
    assert "⚠ Attention\u00a0: 3 séances sur 5 ne seraient plus là." in school.helene.last.text
    await school.helene.tap("✅ Appliquer")
    assert len(await imported(school)) == 5
    await school.helene.tap("⚠ Oui, appliquer")
    assert len(await imported(school)) == 3


async def test_a_file_can_be_said_to_be_another_calendar(school: School) -> None:
    await school.arrived("helene")
    first = calendar(*(lesson(MONDAY, at, "Soutien Métallerie 1") for at in (17, 18)))
    await send(school, first)
    await school.helene.tap("✅ Appliquer")
    await send(school, calendar(lesson(MONDAY, 17, "Soutien Métallerie 1"), lesson(MONDAY, 20, "Vie Métallerie 1")))
    assert "+1 −1 ~0" in school.helene.last.text
    await school.helene.tap("➕ C'est un autre calendrier")
    assert "Un nouveau calendrier." in school.helene.last.text
    assert "−0" in school.helene.last.text
    await school.helene.tap("🔁 C'est la suite de Métallerie 1")
    assert "+1 −1 ~0" in school.helene.last.text


async def test_a_sheet_is_filled_in_and_sent_back_with_its_wrong_rows_named(school: School) -> None:
    await school.arrived("helene")
    await school.helene.tap("📅 Emploi du temps")
    assert "Aucun calendrier pour le moment." in school.helene.last.text
    await school.helene.tap("📄 Modèle CSV")
    model = await school.helene.download(school.helene.last.m["document"]["file_id"])
    rows = model + "31/02/2027;8h;9h;Maths;Métallerie 1;cours;;;\r\n".encode()
    await send(school, rows, "edt.csv")
    assert (
        "ligne 5, Maths\u00a0: colonne « date », date illisible « 31/02/2027 »".replace("« ", "«\u00a0").replace(
            " »", "\u00a0»"
        )
        in school.helene.last.text
    )
    await school.helene.tap("📅 Emploi du temps")
    await school.helene.tap("📄 Modèle Excel")
    excel = await school.helene.download(school.helene.last.m["document"]["file_id"])
    await send(school, excel, "edt.xlsx")
    assert "Métallerie 1" in school.helene.last.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.4 rien", "Ce fichier n'est pas un emploi du temps"),
        (calendar(), "ne contient aucune séance"),
        (b"nom;prenom\r\nx;y\r\n", "Il manque des colonnes"),
    ],
)
async def test_what_cannot_be_read_is_said_kindly(school: School, data: bytes, words: str) -> None:
    await school.arrived("helene")
    assert words in await send(school, data, "fichier.pdf")


async def test_all_that_is_wrong_comes_as_a_file_when_it_is_much(school: School) -> None:
    await school.arrived("helene")
    bad = [f"BEGIN:VEVENT\r\nUID:b{n}\r\nSUMMARY:Cours {n}\r\nEND:VEVENT\r\n" for n in range(30)]
    await school.helene.send_document(calendar(lesson(MONDAY, 17, "Bon Métallerie 1"), *bad), "edt.ics")
    assert school.helene.last.kind == "document"
    listed = (await school.helene.download(school.helene.last.m["document"]["file_id"])).decode("utf-8-sig")
    assert listed.count("pas de début") == 30
    assert "⚠ 30 lignes n'ont pas pu être lues" in school.helene.sees[-2].text


async def test_nobody_else_imports(school: School) -> None:
    await school.arrived("helene", "paul", "lea")
    await send(school, calendar(lesson(MONDAY, 17, "Sport Métallerie 1")))
    assert "+1 −0 ~0" in school.helene.last.text
    keys = [k["callback_data"] for row in school.helene.last.m["reply_markup"]["inline_keyboard"] for k in row]
    for person in (school.paul, school.lea):
        await person.send_document(calendar(chorale()), "edt.ics")
        assert "📅" not in person.last.text
        for key in keys:
            await person.press(person.last.message_id, key)
    assert await imported(school) == []
    async with school.unit_of_work().reading() as session:
        assert len((await session.exec(select(TimetableImport))).all()) == 1


async def test_every_export_of_the_fixtures_can_be_sent(school: School) -> None:
    await school.arrived("helene")
    for path in sorted(CALENDARS.iterdir()):
        await school.helene.send_document(path.read_bytes(), path.name)
        assert school.helene.last.text, path.name


class Web:
    """The Internet of a story: what stands at addresses, or why nothing does."""

    def __init__(self, school: School) -> None:
        self.pages: dict[str, bytes | AddressReason] = {}
        self.visits = 0
        school.app.dispatcher["read_address"] = self

    async def __call__(self, address: str) -> bytes:
        self.visits += 1
        found = self.pages.get(address, AddressReason.UNREACHABLE)
        if isinstance(found, AddressReason):
            raise AddressRefused(found)
        return found


ADDRESS = "https://agenda.example/edt.ics"


def morning(day: date) -> datetime:
    return instant(day, time(7, 10))


async def followed(school: School, web: Web, *events: str) -> None:
    web.pages[ADDRESS] = calendar(*events)
    await school.arrived("helene")
    await school.helene.tap("📅 Emploi du temps")
    await school.helene.tap("🌐 Suivre une adresse")
    await school.helene.send("webcal://agenda.example/edt.ics")
    await school.helene.tap("✅ Appliquer")


SPORT = [lesson(MONDAY + timedelta(days=n), 17, f"Sport {n} Métallerie 1") for n in range(5)]


async def test_an_address_is_read_every_morning_and_small_changes_are_applied_and_told(school: School) -> None:
    web = Web(school)
    await followed(school, web, *SPORT)
    assert len(await imported(school)) == 5
    await school.it_is(morning(WEDNESDAY))
    assert web.visits == 2
    assert "C'est fait" in school.helene.last.text  # nothing new, nothing said
    web.pages[ADDRESS] = calendar(*SPORT[1:], lesson(MONDAY, 18, "Chorale Métallerie 1"))
    await school.it_is(morning(WEDNESDAY) + timedelta(hours=8))
    assert web.visits == 2
    await school.it_is(morning(WEDNESDAY + timedelta(days=1)))
    assert web.visits == 3
    assert "📅 Métallerie 1\u00a0: +1 −1 ~0\nLe calendrier a changé cette nuit." in school.helene.last.text
    assert "30/11 18:00 Chorale Métallerie 1" in await imported(school)
    await school.helene.tap("↩ Annuler l'import")
    assert "30/11 17:00 Sport 0 Métallerie 1" in await imported(school)


async def test_an_address_that_suddenly_holds_little_waits_for_the_direction(school: School) -> None:
    web = Web(school)
    await followed(school, web, *SPORT)
    web.pages[ADDRESS] = calendar(SPORT[0], SPORT[4])
    await school.it_is(morning(WEDNESDAY))
    assert len(await imported(school)) == 5
    assert "Rien n'est appliqué\u00a0: regardez d'abord." in school.helene.last.text
    await school.helene.tap("👁 Voir l'aperçu")
    assert "⚠ Attention\u00a0: 3 séances sur 5" in school.helene.last.text
    web.pages[ADDRESS] = calendar()
    await school.it_is(morning(WEDNESDAY + timedelta(days=1)))
    assert len(await imported(school)) == 5


async def test_an_address_that_fails_three_days_is_told_once(school: School) -> None:
    web = Web(school)
    await followed(school, web, *SPORT)
    web.pages[ADDRESS] = AddressReason.REFUSED
    told = []
    for day in range(1, 4):
        await school.it_is(morning(TUESDAY + timedelta(days=day)))
        told.append("n'a pas pu être lu depuis trois jours" in school.helene.last.text)
    assert told == [False, False, True]
    count = sum("trois jours" in message.text for message in school.helene.sees)
    for day in (6, 7):
        await school.it_is(morning(TUESDAY + timedelta(days=day)))
    assert sum("trois jours" in message.text for message in school.helene.sees) == count == 1
    await school.helene.tap("📅 Emploi du temps")
    assert "refuse de répondre" in school.helene.last.text
    web.pages[ADDRESS] = calendar(*SPORT)
    await school.it_is(morning(TUESDAY + timedelta(days=8)))
    await school.helene.send("/emploidutemps")
    assert "refuse de répondre" not in school.helene.last.text


async def test_a_restart_reads_no_address_twice(school: School) -> None:
    web = Web(school)
    await followed(school, web, *SPORT)
    await school.it_is(morning(WEDNESDAY))
    await school.stop_process()
    await school.start_process()
    school.app.dispatcher["read_address"] = web
    await school.it_is(morning(WEDNESDAY) + timedelta(minutes=1))
    assert web.visits == 2


async def test_a_followed_address_can_be_left(school: School) -> None:
    web = Web(school)
    await followed(school, web, *SPORT)
    await school.helene.tap("📅 Emploi du temps")
    assert "🌐 agenda.example, lu chaque matin à 5\u00a0h" in school.helene.last.text
    assert "edt.ics" not in school.helene.last.text
    await school.helene.tap("✖ Ne plus lire")
    assert "n'est plus lu. Ses séances restent." in school.helene.last.text
    await school.it_is(morning(WEDNESDAY))
    assert web.visits == 1
    assert len(await imported(school)) == 5
    async with school.unit_of_work().reading() as session:
        [source] = (await session.exec(select(TimetableSource))).all()
        assert source.address is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("http://agenda.example/edt.ics", "https:// ou webcal://"),
        ("bonjour", "https:// ou webcal://"),
        ("https://agenda.example/autre.ics", "ne répond pas"),
    ],
)
async def test_a_wrong_address_is_said_and_may_be_sent_again(school: School, written: str, words: str) -> None:
    web = Web(school)
    web.pages[ADDRESS] = calendar(*SPORT)
    await school.arrived("helene")
    await school.helene.send("/emploidutemps")
    await school.helene.tap("🌐 Suivre une adresse")
    await school.helene.send(written)
    assert words in school.helene.last.text
    await school.helene.send(ADDRESS)
    assert "+5 −0 ~0" in school.helene.last.text
    assert local_date(school.clock.now()) == TUESDAY
