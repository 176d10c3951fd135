"""A school that quotes: the invented people, decisions and prices, and a client who asked for two tyres.

Refuses a bot: what is owed is read from the outbox.
"""

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, select

from bot.demo.quoting import DECIDED, settle_prices
from bot.demo.school import settle_in
from domain.people import Actor, DoorKind, Grant, Language, PersonId, Role
from domain.quote_fields import Particular
from domain.quote_terms import read_terms
from domain.requests import Details
from services import people
from services.quotes import sending, writing
from services.quotes.terms import Quoting
from services.quotes.views import QuoteView
from services.requests import handling
from services.requests import sending as requests
from services.requests.sending import Chat, Wish
from storage.tables import Group, Outbox, Section
from storage.unit_of_work import Database, UnitOfWork
from tests.conftest import NOW

LINK = "https://t.me/compagnon_bot?start=devis-1"
CLIENT, STRANGER = Chat(DoorKind.WEBCHAT, 901), Chat(DoorKind.WEBCHAT, 902)
VEHICLE = {
    Particular.ADDRESS: "3 chemin des Prés, 00000 Exemple",
    Particular.PLATE: "AA-000-AA",
    Particular.MAKE: "Peugeot 208",
    Particular.MILEAGE: "84 200 km",
}


def quoting(**changes: object) -> Quoting:
    """The invented school's decisions, some of them otherwise."""
    terms, _missing = read_terms(tomllib.loads(DECIDED))
    assert terms is not None
    return Quoting(replace(terms, **changes), ())  # type: ignore[arg-type]


@dataclass
class QuotingSchool:
    """`now` is moved by hand. Karine trains in tyres, Paul in metal; Inês learns tyres, Léa metal."""

    database: Database
    now: datetime = NOW
    quoting: Quoting = field(default_factory=quoting)
    ids: dict[str, int] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    sections: dict[str, int] = field(default_factory=dict)

    def uow(self) -> UnitOfWork:
        return self.database.unit_of_work()

    async def open(self) -> "QuotingSchool":
        async with self.database.session() as session:
            self.ids = await settle_in(session, self.now)
            await settle_prices(session)
            groups = {row.name: row.id for row in (await session.exec(select(Group))).all()}
            self.sections = {row.code: row.id or 0 for row in (await session.exec(select(Section))).all()}
            await session.commit()
        self.grants = {
            "paul": Grant(Role.TRAINER, group_id=groups["Métallerie 1"]),
            "karine": Grant(Role.TRAINER, group_id=groups["Pneus 1"]),
            "helene": Grant(Role.DIRECTION),
            **{who: Grant(Role.STUDENT) for who in ("lea", "ines", "amine", "yusuf", "sam")},
        }
        return self

    def actor(self, who: str) -> Actor:
        grant = self.grants[who]
        return Actor(Language.FRENCH, (grant,), PersonId(self.ids[who]), who.title(), grant.role)

    async def client(self, chat: Chat = CLIENT) -> Actor:
        return await people.actor_for(self.uow(), chat.door, chat.chat_id, "fr")

    async def request(
        self,
        name: str = "Marie Rossi",
        *,
        chat: Chat = CLIENT,
        section: str = "tyres",
        professional: bool = False,
        siret: str | None = None,
        taken_by: str | None = "karine",
        **details: object,
    ) -> int:
        """Somebody asks for work, and a trainer takes it."""
        wish = Wish(
            self.sections[section],
            "new_tyres" if section == "tyres" else "gate",
            Details(**{"count": 2, **details}),  # type: ignore[arg-type]
            name,
            professional=professional,
            siret=siret,
        )
        sent = await requests.send(self.uow(), await self.client(chat), chat, wish, self.now)
        if taken_by is not None:
            await handling.take(self.uow(), self.actor(taken_by), sent.request_id, self.now)
        return sent.request_id

    async def draft(self, who: str, request_id: int, *lines: str, **said: str) -> QuoteView:
        """A complete draft: these lines, and all the law asks for."""
        view = await writing.begin(self.uow(), self.actor(who), request_id, self.quoting, self.now, work="Deux pneus")
        for words in lines or ("2 pneus 205/55 R16 89,90", "2 x montage 12,50", "main d'oeuvre 1h30"):
            view = await writing.type_lines(self.uow(), self.actor(who), view.quote_id, words, self.quoting, self.now)
        for which in view.missing:
            if which in VEHICLE:
                view = await self.say(who, view.quote_id, which, VEHICLE[which])
            if which is Particular.SIREN:
                view = await self.say(who, view.quote_id, which, "732829320")
        for name, words in said.items():
            view = await self.say(who, view.quote_id, Particular(name), words)
        day = self.now.date() + timedelta(days=8)
        return await writing.set_day(self.uow(), self.actor(who), view.quote_id, day, self.quoting, self.now)

    async def say(self, who: str, quote_id: int, which: Particular, words: str) -> QuoteView:
        return await writing.say(self.uow(), self.actor(who), quote_id, which, words, self.quoting, self.now)

    async def send(self, quote_id: int, by: str = "karine") -> QuoteView:
        return await sending.send(self.uow(), self.actor(by), quote_id, self.quoting, LINK, self.now)

    async def sent(self, *lines: str, **request: object) -> QuoteView:
        """A quote that is with its client."""
        request_id = await self.request(**request)  # type: ignore[arg-type]
        by = str(request.get("taken_by") or "karine")
        return await self.send((await self.draft(by, request_id, *lines)).quote_id, by)

    async def owed(self, kind: str) -> list[int]:
        """To whom notices of a kind are owed, and not withdrawn."""
        async with self.database.session(reading=True) as session:
            rows = await session.exec(
                select(Outbox.recipient_id)
                .where(col(Outbox.kind) == kind, col(Outbox.state) == "queued")
                .order_by(col(Outbox.id))
            )
            return list(rows.all())


def decided_file(folder: Path, words: str = DECIDED) -> Path:
    """The decisions as a file."""
    file = folder / "devis.toml"
    file.write_text(words, encoding="utf-8")
    return file
