"""What an address may lead to: the Internet, within bounds; never this machine, however it is written."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.calendars import CalendarReader, is_public
from domain.errors import AddressRefused
from domain.timetable import MAX_BYTES, AddressReason
from services.timetable.sources import normal_address


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1", "::ffff:1.1.1.1"]
)
def test_the_internet_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
        "not an address",
    ],
)
def test_this_machine_and_its_neighbours_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("written", "fetched"),
    [
        ("https://agenda.example/a.ics", "https://agenda.example/a.ics"),
        ("  webcal://agenda.example/a.ics ", "https://agenda.example/a.ics"),
        ("WEBCAL://agenda.example/a.ics?x=1", "https://agenda.example/a.ics?x=1"),
        ("<https://agenda.example:443/>", "https://agenda.example:443/"),
    ],
)
def test_an_address_is_brought_into_its_form(written: str, fetched: str) -> None:
    assert normal_address(written) == fetched


@pytest.mark.parametrize(
    "written",
    [
        "http://agenda.example/a.ics",
        "file:///etc/passwd",
        "ftp://agenda.example/",
        "https://",
        "https://user:word@agenda.example/",
        "https://agenda.example:8443/",
        "https://agenda.example:x/",
        "https://a b/",
        "javascript:alert(1)",
        "bonjour",
        "",
        "https://[::1",
        "https://x/" + "a" * 3000,
    ],
)
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        normal_address(written)
    assert refused.value.reason is AddressReason.NOT_HTTPS


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
async def test_no_name_leads_to_this_machine(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        await CalendarReader()(address)
    assert refused.value.reason in (AddressReason.PRIVATE, AddressReason.UNREACHABLE)


Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def served(request: web.Request) -> web.Response:
    return web.Response(body=b"BEGIN:VCALENDAR", content_type="text/calendar")


async def hop(request: web.Request) -> web.Response:
    left = int(request.match_info["left"])
    raise web.HTTPFound(f"/hop/{left - 1}" if left else "/good")


async def huge(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    try:
        for _ in range(MAX_BYTES // 65_536 + 3):
            await answer.write(b"x" * 65_536)
    except ConnectionError:
        pass  # the reader hung up, as it should
    return answer


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.query["to"])


def status(code: int) -> Page:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code)

    return page


@pytest.fixture
async def site() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/good", served)
    application.router.add_get("/hop/{left}", hop)
    application.router.add_get("/huge", huge)
    application.router.add_get("/to", elsewhere)
    for code in (403, 404, 429, 500):
        application.router.add_get(f"/{code}", status(code))
    async with TestServer(application) as server:
        yield f"http://127.0.0.1:{server.port}"


def reader(*allowed: str) -> CalendarReader:
    """One for which this machine is the Internet; a redirection keeps to its rules all the same."""

    def normal(address: str) -> str:
        return address if address.startswith("http://127.0.0.1:") else normal_address(address)

    return CalendarReader(lambda address: address in allowed or is_public(address), normal)


async def test_a_calendar_is_fetched_through_redirections(site: str) -> None:
    read = reader("127.0.0.1")
    assert await read(f"{site}/good") == b"BEGIN:VCALENDAR"
    assert await read(f"{site}/hop/3") == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/hop/9", AddressReason.REFUSED),
        ("/huge", AddressReason.TOO_BIG),
        ("/403", AddressReason.REFUSED),
        ("/404", AddressReason.REFUSED),
        ("/429", AddressReason.UNREACHABLE),
        ("/500", AddressReason.UNREACHABLE),
        ("/to?to=file:///etc/passwd", AddressReason.NOT_HTTPS),
        ("/to?to=http://agenda.example/", AddressReason.NOT_HTTPS),
        ("/to?to=https://127.0.0.2/", AddressReason.PRIVATE),
        ("/to?to=https://[::1]/", AddressReason.PRIVATE),
    ],
)
async def test_what_goes_too_far_is_refused(site: str, path: str, reason: AddressReason) -> None:
    with pytest.raises(AddressRefused) as refused:
        await reader("127.0.0.1")(site + path)
    assert refused.value.reason is reason


async def test_nobody_there(site: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        await reader("127.0.0.1")("http://127.0.0.1:9/")
    assert refused.value.reason is AddressReason.UNREACHABLE


async def test_a_neighbour_is_refused_without_being_asked(site: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        await reader()(f"{site}/good")
    assert refused.value.reason is AddressReason.PRIVATE
