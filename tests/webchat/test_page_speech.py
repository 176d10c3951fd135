"""Listening on the page: a telephone without a voice gets the school's, message by message or all that is new."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.webchat.browser import LEA, World, bubble, keys, playing
from tests.webchat.media import sound
from webchat import Words

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


class Voice:
    """Says half a second of a tone, and remembers what it was asked to say; mute when told so."""

    def __init__(self) -> None:
        self.said: list[tuple[Words, str]] = []
        self.mute = False

    async def __call__(self, words: Words, kind: str) -> bytes | None:
        self.said.append((words, kind))
        return None if self.mute else await asyncio.to_thread(sound, "ogg", "libopus", 0.5)


VOICE = Voice()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[World]:
    async with playing() as stage:
        stage.chat.speak_with(VOICE)
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: World) -> AsyncIterator[World]:
    await stage.afresh()
    VOICE.said.clear()
    VOICE.mute = False
    yield stage
    assert stage.troubles == []


async def test_a_message_is_heard_in_the_readers_language(world: World) -> None:
    await world.meet()
    page = await world.phone()
    await world.bot.say("Tout va bien ?", reply_markup=keys(["Oui", "Non"]))
    await expect(bubble(page, "Tout va bien ?")).to_be_visible()

    listen = page.get_by_role("button", name="Écouter", exact=True).last
    box = await listen.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 48
    await listen.click()
    await expect(listen).to_have_attribute("aria-pressed", "true")
    await expect(listen).to_have_attribute("aria-pressed", "false", timeout=10_000)
    assert VOICE.said == [(Words("Tout va bien ?", ["Oui", "Non"], "fr"), "ogg")]


async def test_what_is_new_is_heard_in_order(world: World) -> None:
    await world.meet()
    await world.bot.say("Un, lu.")
    context = await world.context()
    page = await world.tab(context, f"{world.base}/?person={LEA}")
    await expect(bubble(page, "Un, lu.")).to_be_visible()
    await page.goto("about:blank")
    for text in ("Deux.", "Trois."):
        await world.bot.say(text)
    await page.goto(f"{world.base}/?person={LEA}")

    await page.get_by_role("button", name="Tout écouter").click()
    last = page.get_by_role("button", name="Écouter", exact=True).last
    await expect(last).to_have_attribute("aria-pressed", "true", timeout=10_000)
    await expect(last).to_have_attribute("aria-pressed", "false", timeout=10_000)
    assert [words.text for words, _ in VOICE.said] == ["Deux.", "Trois."]


async def test_without_any_voice_it_is_said_kindly(world: World) -> None:
    VOICE.mute = True
    await world.meet()
    page = await world.phone()
    await world.bot.say("Bonjour.")
    await page.get_by_role("button", name="Écouter", exact=True).last.click()

    await expect(page.get_by_text("L’écoute n’a pas marché.")).to_be_visible(timeout=10_000)
    world.forgive("404")


async def test_nobody_hears_the_messages_of_others(world: World) -> None:
    await world.meet()
    sent = await world.bot.say("Pour Léa seule.")
    page = await world.phone(201)
    status = await page.evaluate(
        """async (number) => {
            const {token} = await (await fetch("/demo/session", {method: "POST", body: JSON.stringify({person_id: 201}),
                headers: {"Content-Type": "application/json", "X-Compagnon": "1"}})).json();
            const ask = async (path, more) => (await fetch(path, {headers: {Authorization: `Bearer ${token}`}})).status;
            return [await ask(`/f/aloud/${number}`), await ask("/f/aloud/x"), await ask(`/f/aloud/${number}?as=exe`),
                (await fetch(`/f/aloud/${number}`)).status];
        }""",
        sent["message_id"],
    )
    assert status == [404, 400, 400, 401]
    assert VOICE.said == []
    world.forgive("404", "400", "401")
