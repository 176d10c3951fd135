"""The timetable in one's own calendar: a secret address, shown on request, changed, stopped; and what stands behind it."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from icalendar import Calendar
from sqlmodel import col, select, update

from bot import logging
from bot.feeds import add_feed_routes
from domain.calendar import PARIS, instant
from services.timetable import ical
from storage.tables import Audit, Feed, Guardianship, Person
from tests.conversations.school import TUESDAY, School
from tests.conversations.timetable import change

Client = TestClient[web.Request, web.Application]
ADDRESS = "https://ecole.example/compagnon"


@pytest.fixture
async def on_the_web(school: School) -> AsyncIterator[Client]:
    """The school has a public address; behind it, the page of calendar addresses."""
    await school.stop_process()
    school.settings = school.settings.model_copy(update={"public_url": ADDRESS})
    await school.start_process()
    application = web.Application()
    add_feed_routes(application, school.app, ADDRESS)
    async with TestClient(TestServer(application)) as client:
        yield client


def shown(text: str) -> str:
    """The path of the address in a message."""
    [line] = [line for line in text.splitlines() if line.startswith("https://")]
    return line.removeprefix(ADDRESS)


async def address_of(school: School, key: str) -> str:
    await school.arrived(key)
    await getattr(school, key).send("/agenda")
    return shown(getattr(school, key).last.text)


async def events(client: Client, path: str) -> list[dict[str, object]]:
    response = await client.get(path)
    assert response.status == 200
    return [dict(event) for event in Calendar.from_ical(await response.read()).walk("VEVENT")]


async def test_the_address_opens_the_own_timetable_and_says_nobodys_name(school: School, on_the_web: Client) -> None:
    path = await address_of(school, "lea")
    response = await on_the_web.get(path)
    assert response.content_type == "text/calendar"
    assert response.headers["Cache-Control"].startswith("private")
    calendar = Calendar.from_ical(await response.read())
    assert calendar["X-WR-CALNAME"] == "Mon école"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]
    found = calendar.walk("VEVENT")
    today = [event for event in found if event["DTSTART"].dt.date() == TUESDAY]
    assert [str(event["SUMMARY"]) for event in today] == ["🔨 Atelier", "📖 Français et maths", "🔨 Atelier"]
    assert today[0]["DTSTART"].dt == datetime(2026, 11, 24, 8, 30, tzinfo=PARIS)
    assert today[0]["DTSTART"].params["TZID"] == "Europe/Paris"
    assert str(today[0]["DESCRIPTION"]).startswith("À prendre\u00a0: lunettes")
    assert len({str(event["UID"]) for event in found}) == len(found)
    for name in ("Léa", "Paul", "portail", "Karine"):
        assert name not in (await response.text())


async def test_a_telephone_that_has_it_already_gets_nothing_twice(school: School, on_the_web: Client) -> None:
    path = await address_of(school, "lea")
    tag = (await on_the_web.get(path)).headers["ETag"]
    again = await on_the_web.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status, await again.read()) == (304, b"")
    await change(school, TUESDAY + timedelta(days=1), time(8, 30), starts=time(9, 0))
    fresh = await on_the_web.get(path, headers={"If-None-Match": tag})
    assert fresh.status == 200
    assert fresh.headers["ETag"] != tag


async def test_a_change_keeps_the_uid_and_counts_up_and_a_cancelled_lesson_says_so(
    school: School, on_the_web: Client
) -> None:
    path = await address_of(school, "lea")
    before = {str(event["UID"]): event for event in await events(on_the_web, path)}
    wednesday = TUESDAY + timedelta(days=1)
    await school.it_is(school.clock.now() + timedelta(minutes=1))
    moved = await change(school, wednesday, time(8, 30), starts=time(9, 0))
    gone = await change(school, wednesday, time(13, 30), cancelled_at=school.clock.now())
    after = {str(event["UID"]): event for event in await events(on_the_web, path)}
    assert before.keys() == after.keys()
    uid = f"lesson-{moved}@compagnon.invalid"
    assert (before[uid]["SEQUENCE"], after[uid]["SEQUENCE"]) == (0, 1)
    assert after[uid]["LAST-MODIFIED"].dt > before[uid]["LAST-MODIFIED"].dt  # type: ignore[attr-defined]
    cancelled = after[f"lesson-{gone}@compagnon.invalid"]
    assert (cancelled["STATUS"], cancelled["SUMMARY"]) == ("CANCELLED", "📖 Annulé\u00a0: Français et maths")


async def test_our_own_reader_finds_every_lesson_of_our_own_feed(school: School, on_the_web: Client) -> None:
    path = await address_of(school, "lea")
    text = await (await on_the_web.get(path)).text()
    first, last = TUESDAY - timedelta(days=14), TUESDAY + timedelta(days=120)
    reading = ical.read(text, first, last)
    assert reading.troubles == ()
    found = {(planned.day, planned.starts, planned.ends) for planned in reading.entries}
    fed = {
        (event["DTSTART"].dt.date(), event["DTSTART"].dt.time(), event["DTEND"].dt.time())  # type: ignore[attr-defined]
        for event in await events(on_the_web, path)
    }
    assert found == fed
    assert len(found) > 50


async def test_another_address_and_none(school: School, on_the_web: Client) -> None:
    first = await address_of(school, "lea")
    await school.lea.send("/agenda")
    assert shown(school.lea.last.text) == first, "the same address as long as nobody changes it"
    await school.lea.tap("🔄 Changer l'adresse")
    second = shown(school.lea.last.text)
    assert [(await on_the_web.get(path)).status for path in (first, second)] == [404, 200]
    await school.lea.tap("✖ Arrêter")
    assert school.lea.last.text == "L'ancienne adresse ne marche plus. On peut l'enlever de l'agenda."
    stopped, never = await on_the_web.get(second), await on_the_web.get("/agenda/" + "A" * 22 + ".ics")
    assert (stopped.status, await stopped.read()) == (never.status, await never.read()) == (404, b"")
    told = [{k: v for k, v in each.headers.items() if k != "Date"} for each in (stopped, never)]
    assert told[0] == told[1]


@pytest.mark.parametrize("path", ["x.ics", "%2e%2e.ics", "A" * 21 + ".ics", "A" * 5000 + ".ics", "é" * 22 + ".ics"])
async def test_what_is_no_address_reads_the_same(on_the_web: Client, path: str) -> None:
    assert (await on_the_web.get(f"/agenda/{path}")).status in (404, 400)


async def test_the_key_hands_the_calendar_to_the_telephone(school: School, on_the_web: Client) -> None:
    path = await address_of(school, "lea")
    [[key], *_rest] = school.lea.last.m["reply_markup"]["inline_keyboard"]
    assert key["url"] == ADDRESS + path.removesuffix(".ics")
    answer = await on_the_web.get(path.removesuffix(".ics"), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "webcal://ecole.example/compagnon" + path)


async def test_who_left_or_must_have_no_contact_reads_nothing_more(school: School, on_the_web: Client) -> None:
    claire, lea = await address_of(school, "claire"), await address_of(school, "lea")
    assert len(await events(on_the_web, claire)) == len(await events(on_the_web, lea)) > 0
    uow = school.unit_of_work()
    async with uow.writing() as session:
        await session.exec(update(Guardianship).values(no_contact=True))
        gone = col(Person.id) == school.people["lea"]
        await session.exec(update(Person).where(gone).values(left_at=school.clock.now()))
        await uow.commit(session)
    assert await events(on_the_web, claire) == []
    assert (await on_the_web.get(lea)).status == 404


async def test_a_trainer_reads_which_group_and_speaks_the_own_language(school: School, on_the_web: Client) -> None:
    path = await address_of(school, "paul")
    assert {str(event["SUMMARY"]) for event in await events(on_the_web, path)} == {"🔨 Atelier (Métallerie 1)"}


async def test_winter_time_is_not_summer_time(school: School, on_the_web: Client) -> None:
    """The zone travels with the file: a lesson after the change of clocks is at its wall-clock hour."""
    path = await address_of(school, "lea")
    await change(school, TUESDAY + timedelta(days=20), time(8, 30), day=date(2027, 4, 6))
    await school.it_is(instant(TUESDAY + timedelta(days=19), time(12)))
    text = await (await on_the_web.get(path)).text()
    assert "TZOFFSETTO:+0200" in text
    assert "TZOFFSETTO:+0100" in text
    assert "DTSTART;TZID=Europe/Paris:20270406T083000" in text


async def test_the_secret_is_nowhere_but_sealed(
    school: School, on_the_web: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = StringIO()
    logging.set_up("DEBUG", logs)
    path = await address_of(school, "lea")
    token = path.removeprefix("/agenda/").removesuffix(".ics")
    await on_the_web.get(path)
    await on_the_web.get(path + "x")
    logging.set_up("CRITICAL", StringIO())
    async with school.unit_of_work().reading() as session:
        assert token not in str((await session.exec(select(Audit.facts))).all())
        feed = (await session.exec(select(Feed))).one()
        raw = (await (await session.connection()).exec_driver_sql("SELECT token, token_hash FROM feed")).one()
    assert feed.token == token
    assert feed.fetched_at == school.clock.now()
    assert token not in str(raw)
    assert token not in logs.getvalue() + "".join(capsys.readouterr())


async def test_without_an_address_of_its_own_the_school_says_so(school: School) -> None:
    await school.arrived("lea")
    await school.lea.send("/semaine")
    await school.lea.tap("📲 Dans l'agenda du téléphone")
    assert "n'a pas encore d'adresse" in school.lea.last.text


async def test_the_direction_and_visitors_have_none(school: School) -> None:
    await school.arrived("helene")
    await school.helene.send("/agenda")
    assert "https" not in school.helene.last.text
