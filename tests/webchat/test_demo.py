"""The demo's frame: people, clock, what the bot sends, trouble, and the way back to the beginning."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.webchat.phone import LEA, Ear, Stage, stage


@pytest.fixture
async def demo() -> AsyncIterator[Stage]:
    async with stage() as running:
        yield running


async def state(demo: Stage) -> Any:
    async with demo.http.get(f"{demo.url}/demo/state") as answer:
        return await answer.json()


async def test_the_state_names_the_people_and_the_time(demo: Stage) -> None:
    shown = await state(demo)
    assert shown["people"] == [
        {"id": 101, "first_name": "Léa", "label": "élève", "lang": "fr", "start": "inv-lea", "blocked": False},
        {"id": 102, "first_name": "Paul", "label": "maître", "lang": "fr", "start": None, "blocked": False},
    ]
    assert shown["clock"] == {"now": "2026-11-24T15:45:00+00:00", "speed": 1.0, "zone": "Europe/Paris"}
    assert shown["jumps"] == [{"label": "demain 7 h 30", "to": "2026-11-25T06:45:00+00:00"}]


async def test_calls_of_the_bot_are_heard_as_they_happen(demo: Stage) -> None:
    address = f"{demo.url.replace('http', 'ws')}/demo/events"
    async with demo.http.ws_connect(address, origin=demo.url) as socket:
        await demo.bot("getMe")
        call = await Ear(socket).hears("call")
        assert (call["method"], call["status"], call["bot_id"]) == ("getMe", 200, 1)
    assert [call["method"] for call in (await state(demo))["calls"]] == ["getMe"]


@pytest.mark.parametrize(
    ("body", "now", "speed"),
    [
        ({"to": "2026-11-25T06:30:00Z"}, "2026-11-25T06:30:00+00:00", 1.0),
        ({"advance_s": 600}, "2026-11-24T15:55:00+00:00", 1.0),
        ({"speed": 60}, "2026-11-24T15:45:00+00:00", 60.0),
    ],
)
async def test_the_clock_moves_for_everybody(demo: Stage, body: Any, now: str, speed: float) -> None:
    lea = await demo.phone(LEA.id)
    async with lea.socket() as ear:
        await ear.hears("welcome")
        await ear.hears("history")
        assert await lea.post("/demo/clock", body) == (200, {"now": now, "speed": speed})
        assert (await ear.hears("clock"))["now"] == now


@pytest.mark.parametrize("body", [{"to": "soon"}, {"to": "2026-11-25T06:30:00"}, {"advance_s": "x"}, {"speed": -1}])
async def test_a_clock_that_cannot_be_is_refused(demo: Stage, body: Any) -> None:
    lea = await demo.phone(LEA.id)
    assert await lea.post("/demo/clock", body) == (400, {"error": "malformed"})


async def test_trouble_happens_as_often_as_it_was_asked_for(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    await lea.post("/api/start", {})
    fault = {"method": "sendMessage", "kind": "429", "times": 1, "retry_after": 3}
    assert await lea.post("/demo/faults", fault) == (200, {})
    async with demo.http.post(f"{demo.url}/bot1:demo/sendMessage", json={"chat_id": 101, "text": "a"}) as answer:
        assert answer.status == 429
        assert (await answer.json())["parameters"] == {"retry_after": 3}
    await demo.bot("sendMessage", chat_id=101, text="a")
    assert (await lea.post("/demo/faults", {"method": "sendMessage", "kind": "fire"}))[0] == 400


async def test_a_person_shuts_the_door_to_the_bot_and_opens_it_again(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    await lea.post("/api/start", {})
    assert await lea.post("/demo/block", {"person_id": LEA.id, "blocked": True}) == (200, {})
    async with demo.http.get(f"{demo.url}/demo/state") as answer:
        assert [who["blocked"] for who in (await answer.json())["people"] if who["id"] == LEA.id] == [True]
    async with demo.http.post(f"{demo.url}/bot1:demo/sendMessage", json={"chat_id": LEA.id, "text": "a"}) as answer:
        assert answer.status == 403
    assert await lea.post("/demo/block", {"person_id": LEA.id, "blocked": False}) == (200, {})
    await demo.bot("sendMessage", chat_id=LEA.id, text="a")
    assert (await lea.post("/demo/block", {"person_id": LEA.id, "blocked": "yes"}))[0] == 400
    assert (await lea.post("/demo/block", {"person_id": 999, "blocked": True}))[0] == 400


async def test_what_left_by_another_way_is_shown_too(demo: Stage) -> None:
    async with demo.http.ws_connect(f"{demo.url.replace('http', 'ws')}/demo/events", origin=demo.url) as events:
        demo.chat.show_call("e-mail", {"to": "lea@famille.example", "text": "Bonjour"})
        frame = await Ear(events).hears("call")
    assert (frame["method"], frame["parameters"]["text"]) == ("e-mail", "Bonjour")


async def test_a_reset_forgets_every_word_and_no_number(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    _, sent = await lea.post("/api/send", {"text": "un secret"})
    (old,) = await demo.bot("getUpdates")
    address = f"{demo.url.replace('http', 'ws')}/demo/events"
    async with lea.socket() as ear, demo.http.ws_connect(address, origin=demo.url) as events:
        await ear.hears("welcome")
        await ear.hears("history")
        assert await lea.post("/demo/reset", {}) == (200, {})
        assert (await ear.hears("closed"))["reason"] == "signed_out"
        await Ear(events).hears("reset")
    assert demo.controls.resets == 1
    assert demo.chat.actor(LEA.id).sees == []
    lea = await demo.phone(LEA.id)
    async with lea.socket(sent["seq"]) as ear:
        await ear.hears("welcome")
        assert (await ear.hears("history"))["reset"]
    _, again = await lea.post("/api/send", {"text": "bonjour"})
    (new,) = await demo.bot("getUpdates")
    assert new["update_id"] > old["update_id"]
    assert again["m"]["message_id"] > sent["m"]["message_id"]


async def test_a_stranger_gets_no_session(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    assert await lea.post("/demo/session", {"person_id": 999}) == (404, {"error": "gone"})


async def test_a_story_begins_anew_and_is_told_to_whoever_looks_on(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    await lea.post("/api/send", {"text": "bonjour"})
    shown = await state(demo)
    assert shown["stories"][0] == {"key": "day", "title": "Une journée", "people": [101]}
    address = f"{demo.url.replace('http', 'ws')}/demo/events"
    async with demo.http.ws_connect(address, origin=demo.url) as socket:
        events = Ear(socket)
        assert await lea.post("/demo/story", {"key": "day", "pace": 0}) == (200, {"told": True})
        await events.hears("reset")
        await events.hears("clock")
        assert (await events.hears("story"))["words"] == "Il était une fois."
        await events.hears("clock")
        await events.hears("story_over")
    assert (demo.controls.resets, demo.controls.played) == (1, 1)


async def test_a_story_that_breaks_says_where(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    why = {"error": "broken", "why": "lea does not see it"}
    assert await lea.post("/demo/story", {"key": "broken", "pace": 0}) == (500, why)
    assert (await lea.post("/demo/story", {"key": "none"}))[0] == 400
    assert (await lea.post("/demo/story", {"key": "day", "pace": "fast"}))[0] == 400


async def test_one_story_at_a_time_and_a_reset_stops_it(demo: Stage) -> None:
    lea = await demo.phone(LEA.id)
    address = f"{demo.url.replace('http', 'ws')}/demo/events"
    async with demo.http.ws_connect(address, origin=demo.url) as socket, asyncio.TaskGroup() as at_once:
        first = at_once.create_task(lea.post("/demo/story", {"key": "day", "pace": 5}))
        events = Ear(socket)
        await events.hears("reset")
        await events.hears("clock")
        await events.hears("story")
        assert await lea.post("/demo/story", {"key": "day"}) == (409, {"error": "busy"})
        assert await lea.post("/demo/reset", {"language": "ar"}) == (200, {})
    assert first.result() == (200, {"told": False})
    assert (demo.controls.language, demo.controls.played) == ("ar", 0)
    assert [person["lang"] for person in (await state(demo))["people"]] == ["ar", "ar"]
    assert (await lea.post("/demo/reset", {"language": "xx"}))[0] == 400


async def test_what_is_to_come_is_shown(demo: Stage) -> None:
    async with demo.http.get(f"{demo.url}/demo/planned") as answer:
        (plan,) = (await answer.json())["planned"]
    assert plan == {"at": "2026-11-24T18:45:00+00:00", "person_id": 101, "words": "Carte du soir"}
