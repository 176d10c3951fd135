"""What the demo page may do with the school: move its clock, and begin again.

Refuses to exist outside the demo.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel import select

from bot.app import App
from bot.demo.orders import remember_orders
from bot.demo.quoting import settle_prices
from bot.demo.school import CAST, empty, import_timetable, settle_in
from bot.demo.stories import STORIES
from bot.demo.telling import StageTeller
from bot.travel import travel
from domain.calendar import PARIS, Place, instant, local, local_date
from domain.people import Language, Role
from domain.reminders import CARD_AT
from handlers.vocabulary import notice_name
from locales import NAMES, formats, use_language
from services.calendar import published
from services.day_plan import slots_of
from services.planner import notice_of
from storage import outbox
from storage.tables import Person as Row
from webchat import Actor, DemoClock, DemoPerson, DemoPlan, DemoStory, Person, WebChat

TOKEN = "1:only-for-the-demo-not-a-secret"
_NEWCOMER = "yusuf"
"""Left without a conversation, so that whoever tries the demo can open an invitation."""

START = instant(datetime(2026, 11, 24, tzinfo=PARIS).date(), time(16, 40))
"""A Tuesday, just before the evening prompt."""

WEEKS = 20
"""Of timetable: past Christmas and past the change of the clocks."""


_PLANNED = 12
"""How much of what is to come is shown."""
_LIVED_THROUGH = timedelta(days=2)
_LANDMARKS = (instant(date(2026, 12, 18), time(19, 0)), instant(date(2027, 3, 26), time(19, 0)))
"""The eve of the Christmas holidays of zone A, and the Friday before summer time and Easter Monday."""


class Stage:
    """The demo's school on its web chat."""

    def __init__(self) -> None:
        self.app: App | None = None
        self.chat: WebChat | None = None
        self._language: Language | None = None

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
        """After school, the evening, the morning, Sunday's digest and Monday; Christmas holidays and the change of the clocks."""
        now = self._app.clock.now()
        sunday = local_date(now) + timedelta(days=6 - local(now).weekday())
        choices = {
            self._next(now, time(16, 45)),
            self._next(now, CARD_AT),
            self._next(now, time(7, 45)),
            instant(sunday + timedelta(days=1), time(7, 0)),
            *(at for at in (instant(sunday, time(18, 0)), *_LANDMARKS) if at > now),
        }
        with use_language("fr"):
            return [
                (f"{formats.day_in_full(local_date(at))}, {formats.hour(local(at).time())}", at)
                for at in sorted(choices)
            ]

    async def move_clock(self, *, to: datetime | None, advance: timedelta | None, speed: float | None) -> None:
        """Move school time; what has come due happens before this returns.

        Up to two days are lived through moment by moment; a longer way is a leap, as after a long outage.
        """
        app, clock = self._app, self._app.clock
        now, pace = clock.now(), clock.speed
        to = to or now + (advance or timedelta())
        if not now < to <= now + _LIVED_THROUGH:
            clock.set(to, 0.0)
        await travel(app, app.delivery, to)
        clock.set(to, pace if speed is None else speed)
        await app.intake.idle()

    async def planned(self) -> Sequence[DemoPlan]:
        """What is owed and not due yet, and the reminders of the day."""
        app, now = self._app, self._app.clock.now()
        chats = {character.first_name: character.chat_id for character in CAST}
        async with app.database.session(reading=True) as session:
            owed = await outbox.later(session, now, _PLANNED)
            slots = [
                slot
                for later in range(2)
                for slot in await slots_of(session, Place(), local_date(now) + timedelta(days=later))
            ]
            names = {person.id: person.first_name for person in (await session.exec(select(Row))).all()}
        coming = sorted([*owed, *((slot.at, slot.person_id, notice_of(slot).kind) for slot in slots if slot.at > now)])
        with use_language("fr"):
            return [
                DemoPlan(at, chats.get(names.get(person_id, "")), notice_name(kind))
                for at, person_id, kind in coming[:_PLANNED]
            ]

    def stories(self) -> Sequence[DemoStory]:
        numbers = {character.key: character.chat_id for character in CAST}
        return [
            DemoStory(key, story.title, tuple(numbers[who] for who in story.cast)) for key, story in STORIES.items()
        ]

    async def play(self, story: str, tell: Callable[[str], Awaitable[None]]) -> None:
        """Tell a story on the stage as it stands after `reset`."""

        def actor(person_id: int) -> Actor:
            return self._chat.actor(person_id, settle=self._settled)

        async def move_to(at: datetime) -> None:
            await self.move_clock(to=at, advance=None, speed=None)

        await STORIES[story].play(StageTeller(actor, move_to, tell, self._language))

    async def reset(self, language: str | None) -> None:
        """The same school as at the beginning."""
        app = self._app
        self._language = None if language is None else Language(language)
        await app.intake.idle()
        async with app.database.session() as session:
            await empty(session)
            app.clock.set(START, 1.0)
            await remember_orders(session, await settle_in(session, START, WEEKS, self._language), START)
            await settle_prices(session)
            await import_timetable(session, START)
            await session.commit()
        await self.arrive()

    async def arrive(self) -> None:
        """Let everybody but one open their invitation, so that the stage is not empty."""
        for character in sorted(
            CAST, key=lambda character: character.role is not Role.DIRECTION
        ):  # who is told comes first
            person = self._chat.actor(character.chat_id, settle=self._settled)
            if character.role is None:
                await person.start()
            elif character.key != _NEWCOMER:
                await person.start(character.token)
                await person.tap(NAMES[self._language or character.language])

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
        """The next time it is `at` on a day with school."""
        day = local_date(now)
        days = published(Place(), day)
        while instant(day, at) <= now or days.is_off(day):
            day += timedelta(days=1)
        return instant(day, at)
