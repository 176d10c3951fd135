"""The chat page on a bad telephone: the weight of a first visit, when one can write and read, a second visit, scrolling, memory.

A bad telephone is 400 ms and 50 kB/s each way by CDP, a processor four times slower, 360 × 740, nothing in the cache. CDP slows
neither a service worker nor a socket, so the second visit also goes through a line that holds every piece back, 200 ms each way.
Refuses to touch the page: it reads marks, frames and bytes from outside.
"""

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, CDPSession, Page

from tests.webchat.browser import LEA, World, playing
from tests.webchat.proxy import line

SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
MESSAGES = 1_000
ONE_WAY = 0.2
_MARK = "name => performance.getEntriesByName(name)[0]?.startTime ?? null"
_SCROLL = """async (way) => {
  const log = document.querySelector(".log"), steps = [];
  let last = await new Promise(requestAnimationFrame);
  const until = last + 4000;
  while (last < until) {
    log.scrollTop += way * 60;
    const now = await new Promise(requestAnimationFrame);
    steps.push(now - last);
    last = now;
  }
  return steps;
}"""
_WATCH_FRAMES = """
window.__spent = [];
const listen = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, fn, ...more) {
  if (!(this instanceof WebSocket) || type !== "message") return listen.call(this, type, fn, ...more);
  return listen.call(this, type, (event) => {
    const from = performance.now();
    fn(event);
    document.querySelector(".log")?.scrollHeight;
    if (event.data.startsWith('{"t": "message"')) window.__spent.push(performance.now() - from);
  }, ...more);
};
"""


@dataclass
class Visit:
    """One opening of the page: milliseconds since the navigation, and bytes over the wire before one could write and in all."""

    interactive: float
    history: float
    critical: int = 0
    whole: int = 0


@dataclass
class Found:
    """Everything measured; plain numbers without throttling stand beside those with it."""

    first: dict[str, list[Visit]] = field(default_factory=dict)
    second: dict[str, list[Visit]] = field(default_factory=dict)
    fps: dict[str, list[float]] = field(default_factory=dict)
    late: dict[str, list[float]] = field(default_factory=dict)
    append: dict[str, list[float]] = field(default_factory=dict)
    heap: float = 0.0
    rows: int = 0


async def _mark(page: Page, name: str) -> float:
    """When the page reached this mark; polled, since a strict content policy forbids Playwright to wait for it inside."""
    async with asyncio.timeout(60):
        while (at := await page.evaluate(_MARK, name)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return float(at)


async def _throttle(page: Page, slower: int, network: bool = False) -> CDPSession:
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Network.enable")
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if network:
        await cdp.send("Network.emulateNetworkConditions", SLOW_3G)
    return cdp


async def _first(world: World, bad: bool) -> Visit:
    """A telephone that never saw the page."""
    context = await world.context()
    page = await context.new_page()
    cdp = await _throttle(page, SLOWER if bad else 1, bad)
    began: list[float] = []
    pieces: list[tuple[float, int]] = []
    cdp.on("Network.requestWillBeSent", lambda event: began.append(event["timestamp"]))
    cdp.on("Network.loadingFinished", lambda event: pieces.append((event["timestamp"], event["encodedDataLength"])))
    await page.goto(f"{world.base}/?person={LEA}", wait_until="commit")
    visit = Visit(await _mark(page, "interactive"), await _mark(page, "history"))
    await page.wait_for_load_state("networkidle")
    await asyncio.sleep(1)
    visit.critical = sum(size for at, size in pieces if (at - began[0]) * 1000 <= visit.interactive)
    visit.whole = sum(int(size) for _, size in pieces)
    await context.close()
    return visit


@asynccontextmanager
async def _known(world: World, base: str) -> AsyncIterator[BrowserContext]:
    """A telephone whose service worker has put the shell away."""
    context = await world.context()
    page = await context.new_page()
    await page.goto(f"{base}/?person={LEA}")
    async with asyncio.timeout(60):
        while not await page.evaluate("Boolean(navigator.serviceWorker.controller)"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await page.reload()  # so that the HTML itself is kept
    await _mark(page, "history")
    await page.close()
    yield context
    await context.close()


async def _second(world: World, rounds: int, slower: int, one_way: float) -> list[Visit]:
    visits = []
    async with line(world.base) as cable, _known(world, cable.url) as context:
        cable.delay = one_way
        for _ in range(rounds):
            page = await context.new_page()
            await _throttle(page, slower)
            await page.goto(f"{cable.url}/?person={LEA}", wait_until="commit")
            visits.append(Visit(await _mark(page, "interactive"), await _mark(page, "history")))
            await page.close()
    return visits


async def _long(world: World, found: Found, rounds: int) -> None:
    """A conversation of a thousand messages: scrolled, grown at its end, weighed."""
    for number in range(MESSAGES):
        await world.bot.say(f"Message {number} : " + "quelques mots de plus, comme au quotidien. " * (number % 4))
    for name, slower in (("×1", 1), ("×4", SLOWER)):
        page = await (await world.context()).new_page()
        await page.add_init_script(_WATCH_FRAMES)
        await page.goto(f"{world.base}/?person={LEA}")
        await _mark(page, "history")
        await asyncio.sleep(2)
        cdp = await _throttle(page, slower)
        for _ in range(20):
            await world.bot.say("Encore un message, de longueur ordinaire, avec deux réponses.")
            await asyncio.sleep(0.12)
        found.append[name] = await page.evaluate("window.__spent.slice(-20)")
        found.fps[name], found.late[name] = [], []
        for turn in range(rounds):
            steps = await page.evaluate(_SCROLL, 1 if turn % 2 else -1)
            found.fps[name].append(1000 * len(steps) / sum(steps))
            found.late[name].append(100 * sum(step > 33.4 for step in steps) / len(steps))
        if slower == 1:
            # All the way to the first message, page by page.
            async with asyncio.timeout(120):
                while not await page.locator(".row", has_text="Message 0 :").count():
                    await page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
                    await asyncio.sleep(0.05)
            found.rows = await page.locator(".row").count()
            await cdp.send("HeapProfiler.collectGarbage")
            await cdp.send("Performance.enable")
            metrics = (await cdp.send("Performance.getMetrics"))["metrics"]
            found.heap = next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize") / 1e6
        await page.close()


async def measure(rounds: int) -> Found:
    """Everything, on one server and one Chromium."""
    found = Found()
    async with playing() as world:
        await world.meet()
        for number in range(29):
            await world.bot.say(f"Message {number} de l’école, de longueur ordinaire.")
        for name, bad in (("plain", False), ("bad", True)):
            found.first[name] = [await _first(world, bad) for _ in range(rounds)]
        found.second["×1"] = await _second(world, rounds, 1, 0.0)
        found.second["×4"] = await _second(world, rounds, SLOWER, 0.0)
        found.second["×4, 400 ms"] = await _second(world, rounds, SLOWER, ONE_WAY)
        await _long(world, found, rounds)
    return found


def _middle(values: Sequence[float]) -> float:
    return float(statistics.median(values))


def _told(found: Found) -> list[tuple[bool | None, str]]:
    """Every budget and how it stands; None: a number without a budget, kept for comparison."""

    def visits(group: list[Visit], what: str) -> float:
        return _middle([getattr(visit, what) for visit in group])

    lines: list[tuple[bool | None, str]] = []
    for name, words in (("plain", "without throttling"), ("bad", "slow 3G, processor ×4")):
        group, judged = found.first[name], name == "bad"
        critical, whole = visits(group, "critical") / 1000, visits(group, "whole") / 1000
        interactive, history = visits(group, "interactive") / 1000, visits(group, "history") / 1000
        lines += [
            (critical < 35 if judged else None, f"check 1  before one can write {critical:6.1f} kB   < 35     {words}"),
            (whole < 100 if judged else None, f"check 1  all of a first visit {whole:6.1f} kB   < 100    {words}"),
            (
                interactive < 2 if judged else None,
                f"check 2  one can write after  {interactive:6.2f} s    < 2.0    {words}",
            ),
            (history < 3.2 if judged else None, f"         30 messages shown    {history:6.2f} s    < 3.2    {words}"),
        ]
    for name, group in found.second.items():
        spent = visits(group, "interactive")
        judged = name != "×1"
        lines.append(
            (
                spent < 300 if judged else None,
                f"check 3  the second visit     {spent:6.0f} ms   < 300    processor {name}",
            )
        )
    for name in found.fps:
        fps, late, append = _middle(found.fps[name]), _middle(found.late[name]), _middle(found.append[name])
        limit = 8 if name == "×1" else 25
        judged = name == "×4"
        lines += [
            (
                fps >= 58 if judged else None,
                f"check 4  scrolling {MESSAGES:,}      {fps:6.1f} fps  ≥ 58     processor {name}",
            ),
            (late < 1 if judged else None, f"check 4  pictures over 33 ms  {late:6.1f} %    < 1      processor {name}"),
            (
                append < limit if judged else None,
                f"check 5  one message more     {append:6.1f} ms   < {limit:<6} processor {name}",
            ),
        ]
    lines.append(
        (
            found.heap < 30,
            f"         memory of JavaScript {found.heap:6.1f} MB   < 30     all {MESSAGES:,} read, {found.rows} rows drawn",
        )
    )
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Print every number beside its budget; the exit code is the number of budgets that are broken."""
    options = argparse.ArgumentParser(prog="bench.page")
    options.add_argument("--quick", action="store_true", help="once instead of five times")
    given = options.parse_args(arguments)
    load, cores = os.getloadavg()[0], os.cpu_count()
    lines = _told(asyncio.run(measure(1 if given.quick else 5)))
    print(
        f"page  medians; the machine had {cores} cores and a load of {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    for holds, words in lines:
        print(f"{'      ' if holds is None else 'kept  ' if holds else 'BROKEN'} page  {words}")
    return sum(holds is False for holds, _ in lines)


if __name__ == "__main__":
    sys.exit(main())
