"""What a page may do, hear and fetch, over the real wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.webchat.media import jpeg, png, sound
from tests.webchat.phone import LEA, PAUL, TOKEN, Phone, Stage, stage
from webchat.assets import json_script

KEYS = {"inline_keyboard": [[{"text": "Oui", "callback_data": "yes"}, {"text": "Non", "callback_data": "no"}]]}


@pytest.fixture
async def demo() -> AsyncIterator[Stage]:
    async with stage() as running:
        yield running


@pytest.fixture
async def lea(demo: Stage) -> Phone:
    return await demo.phone(LEA.id)


async def test_a_text_goes_to_the_bot_and_the_answer_comes_back_by_socket(demo: Stage, lea: Phone) -> None:
    async with lea.socket() as ear:
        welcome = await ear.hears("welcome")
        assert welcome["me"] == {"id": 101, "first_name": "Léa", "label": "élève", "lang": "fr"}
        assert welcome["bot"] == {"first_name": "École", "username": "compagnon_bot"}
        history = await ear.hears("history")
        assert history["items"] == []
        status, sent = await lea.post("/api/start", {"payload": "inv-lea"}, "key-1")
        assert status == 200
        frame = await ear.hears("message")
        assert frame == {"t": "message", "seq": sent["seq"], "client_key": "key-1", "m": sent["m"]}
        assert sent["m"]["text"] == "/start inv-lea"
        assert sent["m"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]

        (update,) = await demo.bot("getUpdates")
        assert update["message"] == sent["m"]
        await demo.bot("getUpdates", offset=update["update_id"] + 1)
        assert await ear.hears("received") == {"t": "received", "upto": sent["m"]["message_id"]}

        await demo.bot("sendChatAction", chat_id=101, action="typing")
        assert (await ear.hears("typing"))["ms"] == 5000
        answer = await demo.bot("sendMessage", chat_id=101, text="Bonjour", reply_markup=KEYS)
        assert (await ear.hears("message"))["m"] == answer


async def test_a_press_is_answered_by_socket(demo: Stage, lea: Phone) -> None:
    await lea.post("/api/start", {})
    message = await demo.bot("sendMessage", chat_id=101, text="Tu viens ?", reply_markup=KEYS)
    async with lea.socket() as ear:
        await ear.hears("welcome")
        await ear.hears("history")
        body = {"message_id": message["message_id"], "data": "yes"}
        assert await lea.post("/api/press", body, "press-1") == (200, {"key": "press-1"})
        assert await lea.post("/api/press", body, "press-1") == (200, {"key": "press-1"})
        queries = [u["callback_query"] for u in await demo.bot("getUpdates") if "callback_query" in u]
        assert [query["data"] for query in queries] == ["yes"]
        await demo.bot("answerCallbackQuery", callback_query_id=queries[0]["id"], text="Noté", show_alert=True)
        answer = {"t": "answer", "key": "press-1", "text": "Noté", "show_alert": True, "url": None}
        assert await ear.hears("answer") == answer


async def test_a_key_that_is_gone_cannot_be_pressed(demo: Stage, lea: Phone) -> None:
    await lea.post("/api/start", {})
    message = await demo.bot("sendMessage", chat_id=101, text="Tu viens ?", reply_markup=KEYS)
    await demo.bot("editMessageText", chat_id=101, message_id=message["message_id"], text="Trop tard")
    body = {"message_id": message["message_id"], "data": "yes"}
    assert await lea.post("/api/press", body) == (422, {"error": "gone"})


async def test_everything_the_bot_changes_is_heard(demo: Stage, lea: Phone) -> None:
    await lea.post("/api/start", {})
    async with lea.socket() as ear:
        await ear.hears("welcome")
        seq = (await ear.hears("history"))["last_seq"]
        bar = {"keyboard": [[{"text": "Menu"}]], "resize_keyboard": True}
        first = await demo.bot("sendMessage", chat_id=101, text="un", reply_markup=bar)
        heard = [await ear.hears("message"), await ear.hears("keyboard")]
        assert heard[1]["reply_markup"] == bar
        where = {"chat_id": 101, "message_id": first["message_id"]}
        await demo.bot("editMessageText", **where, text="deux")
        await demo.bot("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "👍"}])
        await demo.bot("pinChatMessage", **where)
        await demo.bot("deleteMessage", **where)
        heard += [await ear.hears(kind) for kind in ("edited", "reaction", "pinned", "deleted")]
        assert [frame["seq"] for frame in heard] == list(range(seq + 1, seq + 7))
        await demo.bot("setMyCommands", commands=[{"command": "aide", "description": "Aide"}])
        assert (await ear.hears("commands"))["commands"] == [{"command": "aide", "description": "Aide"}]


async def test_a_page_that_comes_back_hears_only_what_it_missed(demo: Stage, lea: Phone) -> None:
    _, first = await lea.post("/api/send", {"text": "un"}, "key-1")
    _, second = await lea.post("/api/send", {"text": "deux"}, "key-2")

    async def history(last_seq: int) -> Any:
        async with lea.socket(last_seq) as ear:
            await ear.hears("welcome")
            return await ear.hears("history")

    missed = await history(first["seq"])
    assert not missed["reset"]
    assert [(item["m"]["text"], item["client_key"], item["received"]) for item in missed["items"]] == [
        ("deux", "key-2", False)
    ]
    await demo.bot("deleteMessage", chat_id=101, message_id=first["m"]["message_id"])
    after = await history(second["seq"])
    assert after["reset"]
    assert [item["m"]["text"] for item in after["items"]] == ["deux"]
    assert (await history(10_000))["reset"]


async def test_a_press_asked_again_brings_the_answer_that_went_by(demo: Stage, lea: Phone) -> None:
    await lea.post("/api/start", {})
    message = await demo.bot("sendMessage", chat_id=101, text="Tu viens ?", reply_markup=KEYS)
    body = {"message_id": message["message_id"], "data": "yes"}
    assert await lea.post("/api/press", body, "press-1") == (200, {"key": "press-1"})
    (query,) = [u["callback_query"] for u in await demo.bot("getUpdates") if "callback_query" in u]
    await demo.bot("answerCallbackQuery", callback_query_id=query["id"], text="Noté")
    answer = {"text": "Noté", "show_alert": False, "url": None}
    assert await lea.post("/api/press", body, "press-1") == (200, {"key": "press-1", "answer": answer})


async def test_older_messages_come_by_the_page_and_only_ones_own(demo: Stage, lea: Phone) -> None:
    await lea.post("/api/start", {})
    for number in range(60):
        await demo.bot("sendMessage", chat_id=101, text=f"{number}")
    last = (await demo.bot("sendMessage", chat_id=101, text="dernier"))["message_id"]
    page = await (await lea.get(f"/api/older?before={last}&limit=50")).json()
    assert ([item["m"]["text"] for item in page["items"]][::49], page["more"]) == (["10", "59"], True)
    first = page["items"][0]["m"]["message_id"]
    page = await (await lea.get(f"/api/older?before={first}&limit=999")).json()
    assert (len(page["items"]), page["more"]) == (11, False)
    paul = await demo.phone(PAUL.id)
    assert (await (await paul.get(f"/api/older?before={last}")).json())["items"] == []
    assert (await lea.get("/api/older?before=x")).status == 400
    assert (await Phone(demo, "unknown").get(f"/api/older?before={last}")).status == 401


async def test_a_page_may_ask_whether_we_are_still_there(lea: Phone) -> None:
    async with lea.socket() as ear:
        await ear.hears("welcome")
        await ear.hears("history")
        await ear.socket.send_str('{"t":"ping"}')
        await ear.hears("pong")


async def test_a_photo_arrives_upright_and_says_nothing_about_where_it_was_taken(demo: Stage, lea: Phone) -> None:
    original = jpeg(2000, 1000, orientation=6)
    assert b"SECRETMAKER" in original
    status, sent = await lea.upload("photo", original, "a.jpg", "key-1")
    assert status == 200
    small, big = sent["m"]["photo"]
    assert (small["width"], small["height"]) == (160, 320)
    assert (big["width"], big["height"]) == (800, 1600)
    answer = await lea.get(f"/f/{big['file_id']}")
    data = await answer.read()
    assert b"SECRETMAKER" not in data
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    about = await demo.bot("getFile", file_id=big["file_id"])
    async with demo.http.get(f"{demo.url}/file/bot{TOKEN}/{about['file_path']}") as download:
        assert await download.read() == data
    assert (await lea.upload("photo", original, "a.jpg", "key-1"))[1] == sent


async def test_a_picture_sent_as_a_document_becomes_a_photo(lea: Phone) -> None:
    _, sent = await lea.upload("document", png(), "plan.png")
    assert "document" not in sent["m"]
    assert sent["m"]["photo"]


@pytest.mark.parametrize(
    ("container", "codec"), [("webm", "libopus"), ("mp4", "libopus"), ("mp4", "aac"), ("ogg", "libopus")]
)
async def test_a_recording_of_any_browser_becomes_a_voice(lea: Phone, container: str, codec: str) -> None:
    status, sent = await lea.upload("voice", sound(container, codec, 2), f"v.{container}")
    assert status == 200
    voice = sent["m"]["voice"]
    assert (voice["mime_type"], voice["duration"]) == ("audio/ogg", 2)
    answer = await lea.get(f"/f/{voice['file_id']}")
    assert (await answer.read()).startswith(b"OggS")


async def test_check_34_a_document_keeps_its_name_and_is_only_ever_saved(lea: Phone) -> None:
    _, sent = await lea.upload("document", b"%PDF-1.7 ...", "../../Emploi du temps é.pdf")
    assert sent["m"]["document"]["file_name"] == "Emploi du temps é.pdf"
    answer = await lea.get(f"/f/{sent['m']['document']['file_id']}")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Emploi%20du%20temps%20%C3%A9.pdf"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("kind", "data", "name", "status", "error"),
    [
        ("document", b"  <svg xmlns='x'/>", "a.txt", 422, "bad_kind"),
        ("document", b"<!doctype html>", "a.pdf", 422, "bad_kind"),
        ("document", b"hello", "a.html", 422, "bad_kind"),
        ("document", b"MZ\x90", "a.pdf", 422, "bad_kind"),
        ("document", b"hello", "a.exe", 422, "bad_kind"),
        ("photo", b"not a picture", "a.jpg", 422, "bad_kind"),
        ("photo", b"\xff\xd8\xff\xe0broken", "a.jpg", 422, "unreadable"),
        ("photo", b"\xff\xd8\xff" + b"0" * (10 << 20), "a.jpg", 413, "too_big"),
        ("voice", b"OggS" + b"0" * 100, "a.ogg", 422, "unreadable"),
        ("voice", b"text", "a.ogg", 422, "bad_kind"),
        ("voice", b"OggS" + b"0" * (4 << 20), "a.ogg", 413, "too_big"),
        ("film", b"text", "a.txt", 422, "bad_kind"),
        ("document", b"", "a.txt", 422, "bad_kind"),
    ],
)
async def test_check_34_what_may_not_come_in(
    demo: Stage, lea: Phone, kind: str, data: bytes, name: str, status: int, error: str
) -> None:
    assert await lea.upload(kind, data, name) == (status, {"error": error})
    assert demo.chat.actor(101).sees == []


async def test_a_file_is_only_for_those_in_its_chat(demo: Stage, lea: Phone) -> None:
    _, sent = await lea.upload("photo", jpeg(), "a.jpg")
    paul = await demo.phone(PAUL.id)
    for phone in (paul, Phone(demo, "unknown")):
        answer = await phone.get(f"/f/{sent['m']['photo'][-1]['file_id']}")
        assert answer.status in (401, 404)


async def test_nobody_hears_what_is_said_to_another(demo: Stage, lea: Phone) -> None:
    paul = await demo.phone(PAUL.id)
    async with paul.socket() as ear:
        await ear.hears("welcome")
        await ear.hears("history")
        await lea.post("/api/send", {"text": "un secret"})
        await paul.post("/api/send", {"text": "bonjour"})
        assert (await ear.hears("message"))["m"]["text"] == "bonjour"


async def test_the_page_comes_with_its_headers_and_its_files(demo: Stage) -> None:
    async with demo.http.get(f"{demo.url}/") as answer:
        html = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status == 200
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert f"connect-src 'self' {demo.url.replace('http', 'ws')};" in policy
    assert "Strict-Transport-Security" not in answer.headers
    assert "{{" not in html
    assert 'data-mode="demo"' in html
    base = html.split('src="')[-1].split("/boot.js")[0]
    async with demo.http.get(f"{demo.url}{base}/boot.js") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
    async with demo.http.get(f"{demo.url}/sw.js") as answer:
        worker = await answer.text()
        assert answer.headers["Content-Security-Policy"] == policy
        assert answer.headers["Cache-Control"] == "no-cache"
        assert f'"{base}/first.js"' in worker
        assert "{{" not in worker
        assert "demo" not in worker.partition("SHELL")[2].partition(";")[0]
    async with demo.http.get(f"{demo.url}/nothing") as answer:
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    for path in (f"{base}/index.html", f"{base}/sw.js", f"{base}/../chat.py", "/s/0/boot.js", "/nothing"):
        async with demo.http.get(f"{demo.url}{path}") as answer:
            assert answer.status == 404


async def test_one_persons_page_carries_what_it_starts_from_and_nothing_it_could_run(demo: Stage) -> None:
    async with demo.http.get(f"{demo.url}/?person=101") as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        html = await answer.text()
    here = html.partition('id="here">')[2].partition("</script>")[0]
    assert "<" not in here
    data = json.loads(here)
    assert (data["id"], data["lang"], data["start"], data["words"]["send"]) == (101, "fr", "inv-lea", "Envoyer")
    assert 'data-mode="chat"' in html
    assert json_script("x", {"a": "</script><script>"}).count("<") == 2
    async with demo.http.get(f"{demo.url}/?person=nobody") as answer:
        assert 'data-mode="demo"' in await answer.text()


async def test_the_end_does_not_wait_for_open_pages() -> None:
    async with stage() as running:
        lea = await running.phone(LEA.id)
        async with lea.socket() as ear:
            await ear.hears("welcome")
            await ear.hears("history")
            await asyncio.wait_for(running.chat.stop(), 5)
            assert (await ear.socket.receive()).type is aiohttp.WSMsgType.CLOSE
