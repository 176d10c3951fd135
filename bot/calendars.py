"""Fetches a calendar from its address: over https, from the Internet, within bounds.

Refuses this machine and its neighbours, wherever a name or a redirection leads: an address comes from outside.
"""

import ipaddress
import socket
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from domain.errors import AddressRefused
from domain.timetable import MAX_BYTES, AddressReason
from services import UnitOfWork
from services.timetable import polling
from services.timetable.sources import normal_address

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=8)
_REDIRECTIONS = 4
_HIDDEN = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""IPv6 networks whose addresses carry an IPv4 address that could be anybody's."""


def is_public(address: str) -> bool:
    """Whether an IP address is out on the Internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _HIDDEN):
            return False
    return ip.is_global and not ip.is_multicast


class _Resolver(AbstractResolver):
    """Names as the machine resolves them, without the addresses that may not be visited.

    The connection is made to what is returned here, so a name cannot point elsewhere a moment later.
    """

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._inner = ThreadedResolver()
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = [each for each in await self._inner.resolve(host, port, family) if self._allowed(each["host"])]
        if not found:
            raise AddressRefused(AddressReason.PRIVATE)
        return found

    async def close(self) -> None:
        await self._inner.close()


class CalendarReader:
    """Reads addresses. `allowed` and `normal` are the rules of where one may go; tests have a web of their own."""

    def __init__(
        self, allowed: Callable[[str], bool] = is_public, normal: Callable[[str], str] = normal_address
    ) -> None:
        self._allowed = allowed
        self._normal = normal

    async def __call__(self, address: str) -> bytes:
        """What stands at an address. Raises `AddressRefused`."""
        connector = aiohttp.TCPConnector(resolver=_Resolver(self._allowed), force_close=True, use_dns_cache=False)
        try:
            async with aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            ) as client:
                return await self._follow(client, address)
        except AddressRefused:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise AddressRefused(AddressReason.UNREACHABLE) from error

    async def _follow(self, client: aiohttp.ClientSession, address: str) -> bytes:
        for _hop in range(_REDIRECTIONS + 1):
            address = self._normal(address)
            # A bare IP address is never resolved, so it has to be looked at here.
            host = urlsplit(address).hostname or ""
            if (host.replace(".", "").isdigit() or ":" in host) and not self._allowed(host):
                raise AddressRefused(AddressReason.PRIVATE)
            async with client.get(
                address, allow_redirects=False, headers={"Accept": "text/calendar, */*;q=0.5"}
            ) as answer:
                if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                    address = urljoin(address, answer.headers["Location"])
                    continue
                if answer.status != 200:
                    later = answer.status >= 500 or answer.status == 429
                    raise AddressRefused(AddressReason.UNREACHABLE if later else AddressReason.REFUSED)
                return await _body(answer)
        raise AddressRefused(AddressReason.REFUSED)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for piece in answer.content.iter_chunked(64 * 1024):
        data += piece
        if len(data) > MAX_BYTES:
            raise AddressRefused(AddressReason.TOO_BIG)
    return bytes(data)


async def read_due(uow: UnitOfWork, now: datetime, read: CalendarReader) -> int:
    """Read the calendar whose turn it is, one at each call; returns the import it became, or 0."""
    due = await polling.claim(uow, now)
    if due is None:
        return 0
    try:
        data = await read(due.address)
    except AddressRefused as refused:
        await polling.fail(uow, due.source_id, refused.reason, now)
        return 0
    return await polling.take(uow, due.source_id, data, now) or 0
