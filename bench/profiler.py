"""Where the processor's time goes, by area, sampled from within the process: a thousand looks a second cost little.

Refuses to be exact: a look is attributed to the innermost frame of a known area.
"""

import signal
from collections import Counter
from types import FrameType

AREAS = {
    "/sqlalchemy/": "SQLAlchemy",
    "/sqlmodel/": "SQLAlchemy",
    "/psycopg": "driver",
    "/storage/lines.py": "driver",
    "/storage/trips.py": "driver",
    "/storage/sqlite.py": "driver",
    "/storage/engine.py": "driver",
    "/cryptography/": "crypto",
    "/hmac.py": "crypto",
    "/aiohttp/": "HTTP client",
    "/yarl/": "HTTP client",
    "/aiogram/client/": "HTTP client",
    "/bot/forms.py": "HTTP client",
    "/bot/wire.py": "HTTP client",
    "/aiogram_dialog/": "dialogs",
    "/aiogram/": "aiogram",
    "/magic_filter/": "aiogram",
    "/pydantic/": "aiogram",
    "/structlog/": "ours",
    "/prometheus_client/": "ours",
    "/bot/": "ours",
    "/handlers/": "ours",
    "/services/": "ours",
    "/storage/": "ours",
    "/locales/": "ours",
}
_EVERY = 0.001


class Profiler:
    """Samples the main thread from `start` on; `shares` tells what it saw."""

    def __init__(self) -> None:
        self._seen = Counter[str]()
        self._known: dict[str, str | None] = {}

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)

    def stop(self) -> None:
        """No more looks: a signal that comes while the loop closes finds the pipe it is told by gone."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)

    def shares(self) -> dict[str, float]:
        """Area to share of all looks since the last call, the largest first."""
        seen, self._seen = self._seen, Counter[str]()
        return {area: looks / seen.total() for area, looks in seen.most_common()}

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        while frame is not None:
            area = self._area(frame.f_code.co_filename)
            if area is not None:
                self._seen[area] += 1
                return
            frame = frame.f_back
        self._seen["event loop"] += 1

    def _area(self, path: str) -> str | None:
        if path not in self._known:
            self._known[path] = next((area for part, area in AREAS.items() if part in path), None)
        return self._known[path]
