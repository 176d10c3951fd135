"""What the demo page may do with the school: move its clock, and begin again.

Refuses to exist outside the demo.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from bot.app import App
from bot.demo.school import CAST, empty, settle_in
from domain.calendar import PARIS, instant, local, local_date
from domain.reflections import PROMPT_AT
from locales import NAMES, formats, use_language
from webchat import DemoClock, DemoPerson, Person, WebChat

TOKEN = "1:only-for-the-demo-not-a-secret"
_NEWCOMER = "yusuf"
"""Left without a conversation, so that whoever tries the demo can open an invitation."""

START = instant(datetime(2026, 11, 24, tzinfo=PARIS).date(), time(16, 40))
"""A Tuesday, just before the evening prompt."""


class Stage:
    """The demo's school on its web chat."""

    def __init__(self) -> None:
        self.app: App | None = None
        self.chat: WebChat | None = None

    def people(self) -> Sequence[DemoPerson]:
        return [
            DemoPerson(
                person=Person(
                    id=character.chat_id,
                    first_name=character.first_name,
                    last_name=None,
                    language_code=character.language,
                    label=character.label,
                ),
                start=character.token if character.role is not None else "",
            )
            for character in CAST
        ]

    def clock(self) -> DemoClock:
        clock = self._app.clock
        return DemoClock(now=clock.now(), speed=clock.speed, zone=PARIS.key)

    def jumps(self) -> Sequence[tuple[str, datetime]]:
        """The next evening, the next morning, and the next Monday at the end of the night's silence."""
        now = self._app.clock.now()
        monday = local_date(now) + timedelta(days=7 - local(now).weekday())
        choices = [self._next(now, PROMPT_AT), self._next(now, time(7, 30)), instant(monday, time(7, 0))]
        with use_language("fr"):
            return [
                (f"{formats.day_in_full(local_date(at))}, {formats.hour(local(at).time())}", at)
                for at in sorted(choices)
            ]

    async def move_clock(self, *, to: datetime | None, advance: timedelta | None, speed: float | None) -> None:
        """Move school time; what has come due happens before this returns."""
        clock = self._app.clock
        clock.set(to or clock.now() + (advance or timedelta()), speed)
        await self._app.ticker.tick()
        await self._app.delivery.deliver_all()
        await self._app.intake.idle()

    async def reset(self) -> None:
        """The same school as at the beginning."""
        app = self._app
        await app.intake.idle()
        async with app.database.session() as session:
            await empty(session)
            app.clock.set(START, 1.0)
            await settle_in(session, START)
            await session.commit()
        await self.arrive()

    async def arrive(self) -> None:
        """Let everybody but one open their invitation, so that the stage is not empty."""
        for character in CAST:
            person = self._chat.actor(character.chat_id, settle=self._settled)
            if character.role is None:
                await person.start()
            elif character.key != _NEWCOMER:
                await person.start(character.token)
                await person.tap(NAMES[character.language])

    async def _settled(self) -> None:
        await self._chat.confirmed(TOKEN)
        await self._app.intake.idle()

    @property
    def _app(self) -> App:
        if self.app is None:
            raise RuntimeError("the stage is not set yet")
        return self.app

    @property
    def _chat(self) -> WebChat:
        if self.chat is None:
            raise RuntimeError("the stage is not set yet")
        return self.chat

    @staticmethod
    def _next(now: datetime, at: time) -> datetime:
        day = local_date(now)
        while instant(day, at) <= now:
            day += timedelta(days=1)
        return instant(day, at)
