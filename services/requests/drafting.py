"""A request while it is written: kept at every step, found again after a restart, a week, or another conversation.

Refuses to belong to anybody but its chat, and outlives its last change by thirty days only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import asking
from domain.asking import Draft, Fault, Read
from domain.calendar import SchoolCalendar
from domain.errors import NotAllowed
from domain.opening import answer_by, is_open, opens_at
from domain.people import Actor
from domain.requests import DRAFT_FOR, FileKind, Trade, with_words
from domain.work import FREE, Step
from services import calendar
from services.requests.contacts import read_contact, read_siret
from services.requests.files import Attachment, check_room, checked
from services.requests.sending import Chat, Sent, Wish, send_in
from storage.cipher import chat_index
from storage.tables import Client, RequestDraft, RequestFile, Section
from storage.unit_of_work import UnitOfWork

AS_CALLED = "me"
"""The contact is who the chat says it is, and this chat is how to reach them."""


@dataclass(frozen=True)
class Page:
    """The form as it stands: the question at hand, what was wrong with the last answer, and what came with it."""

    draft: Draft
    sections: tuple[tuple[int, str], ...]
    files: int
    fault: Fault | None = None
    taken_up: bool = False
    """It was begun earlier."""


@dataclass(frozen=True)
class Farewell:
    """A request was sent, and what happens next: by when there is an answer, and from when on somebody reads."""

    sent: Sent
    answer_by: datetime
    opens_at: datetime
    is_open: bool


async def begin(uow: UnitOfWork, actor: Actor, chat: Chat, now: datetime, *, anew: bool = False) -> Page:
    """The request this chat has begun, or a new one; whom the school knows already is not asked who they are."""
    async with uow.writing() as session:
        row = await _row(session, uow, chat)
        if anew and row is not None:
            await session.delete(row)
            await session.flush()
            row = None
        if row is not None:
            draft = Draft.from_json(row.answers)
            page = await _page(session, row, draft)
            return replace(page, taken_up=draft.begun)
        row = RequestDraft(chat_index=_index(uow, chat), answers="{}", changed_at=now)
        draft = await _first(session, actor)
        row.answers = draft.to_json()
        session.add(row)
        await session.flush()
        page = await _page(session, row, draft)
        await uow.commit(session)
        return page


async def choose(uow: UnitOfWork, chat: Chat, step: Step, value: str, now: datetime, called: str = "") -> Page:
    """A key of a question was pressed; `called` is what the chat calls its person.

    Raises `NotAllowed` when there is no request being written.
    """

    async def apply(session: AsyncSession, draft: Draft) -> Read:
        if step is Step.SECTION and value.isdecimal():
            return await _in_section(session, draft, int(value)), None
        if step is Step.SIZE and value.startswith("n") and value[1:].isdecimal():
            return asking.piece_count(draft, int(value[1:])), None
        if step is Step.SUMMARY and value in draft.steps:
            return asking.at(replace(draft, changing=True), Step(value)), None
        if step is Step.CONTACT and value == AS_CALLED:
            return asking.said_contact(draft, called, None, None), None
        return asking.choose(draft, step, value)

    return await _change(uow, chat, now, apply)


async def type_in(uow: UnitOfWork, chat: Chat, text: str, now: datetime) -> Page:
    """Something was written. Raises `NotAllowed` as `choose`."""

    async def apply(_session: AsyncSession, draft: Draft) -> Read:
        if draft.step is Step.CONTACT:
            contact = read_contact(text)
            if contact.name is None and draft.name is None:
                known = replace(draft, phone=contact.phone or draft.phone, email=contact.email or draft.email)
                return known, Fault.CONTACT
            return asking.said_contact(draft, contact.name, contact.phone, contact.email), None
        if draft.step is Step.SIRET:
            siret = read_siret(text)
            if isinstance(siret, Fault):
                return replace(draft, typed=text), siret
            return asking.said_siret(draft, siret), None
        return asking.type_in(draft, text)

    return await _change(uow, chat, now, apply)


async def attach(uow: UnitOfWork, chat: Chat, file: Attachment, caption: str | None, now: datetime) -> Page:
    """A photo or a plan, at whatever question: it is kept with the request. The sidewall of a tyre answers for its size.

    Raises `NotAllowed` as `choose`, `TooManyFiles`, `MediaRefused`, `PlanNotTaken`.
    """
    async with uow.reading() as session:
        await _room(session, uow, chat, now)
    kind, data, name = await checked(file)
    key = await uow.files.keep(data)
    async with uow.writing() as session:
        row = await _room(session, uow, chat, now)
        draft = Draft.from_json(row.answers)
        if caption:
            draft = replace(draft, details=with_words(draft.details, caption))
        if draft.step is Step.TYRE and kind is FileKind.PHOTO:
            draft = asking.choose(draft, Step.TYRE, asking.UNKNOWN)[0]
        elif draft.step is Step.FILES:  # more may come at any question
            draft = asking.choose(draft, Step.FILES, asking.NEXT)[0]
        session.add(
            RequestFile(
                draft_id=row.id,
                chat_index=row.chat_index,
                kind=kind,
                name=name,
                file_key=key,
                size=len(data),
                kept_at=now,
            )
        )
        row.answers, row.changed_at = draft.to_json(), now
        session.add(row)
        await session.flush()
        page = await _page(session, row, draft)
        await uow.commit(session)
        return page


async def forget_files(uow: UnitOfWork, chat: Chat, now: datetime) -> Page:
    """Photos and plans go again; the rest stays."""
    async with uow.writing() as session:
        row = await _known(session, uow, chat)
        await session.exec(delete(RequestFile).where(col(RequestFile.draft_id) == row.id))
        page = await _page(session, row, Draft.from_json(row.answers))
        await uow.commit(session)
        return page


async def send(uow: UnitOfWork, actor: Actor, chat: Chat, name: str, now: datetime) -> Farewell:
    """Send what was written; `name` is what the chat calls its person, for who gave none.

    Raises `NotAllowed` when there is nothing to send any more, `TooManyRequests`.
    """
    async with uow.writing() as session:
        row = await _known(session, uow, chat)
        draft = Draft.from_json(row.answers)
        if draft.section_id is None:
            raise NotAllowed
        files = await session.exec(select(RequestFile.id).where(RequestFile.draft_id == row.id))
        wish = Wish(
            section_id=draft.section_id,
            kind=draft.kind or FREE,
            details=draft.details,
            name=draft.name or name,
            professional=draft.professional or False,
            wanted_on=draft.wanted_on,
            phone=draft.phone,
            email=draft.email,
            siret=draft.siret if draft.professional else None,
        )
        sent = await send_in(session, uow, actor, chat, wish, now, [one or 0 for one in files.all()])
        await session.flush()
        await session.refresh(row)
        await session.delete(row)
        days = await calendar.of_school(session, uow.place, now.date())
        await uow.commit(session)
    opening = uow.opening
    return Farewell(sent, answer_by(now, opening, days), opens_at(now, opening, days), is_open(now, opening, days))


async def give_up(uow: UnitOfWork, chat: Chat, now: datetime) -> None:
    """Forget what was written."""
    async with uow.writing() as session:
        row = await _row(session, uow, chat)
        if row is not None:
            await session.delete(row)
            await uow.commit(session)


async def purge(uow: UnitOfWork, now: datetime) -> int:
    """Forget drafts nobody touched for thirty days; returns how many."""
    old = col(RequestDraft.changed_at) < now - DRAFT_FOR
    async with uow.reading() as session:
        if (await session.exec(select(RequestDraft.id).where(old).limit(1))).first() is None:
            return 0
    async with uow.writing() as session:
        gone = await session.exec(delete(RequestDraft).where(old))
        await uow.commit(session)
        return int(gone.rowcount)


async def days_for(uow: UnitOfWork, now: datetime) -> SchoolCalendar:
    """The days a client can wish for: those on which there is school."""
    return await calendar.calendar_at(uow, now)


async def _change(
    uow: UnitOfWork, chat: Chat, now: datetime, apply: Callable[[AsyncSession, Draft], Awaitable[Read]]
) -> Page:
    async with uow.writing() as session:
        row = await _known(session, uow, chat)
        draft, fault = await apply(session, Draft.from_json(row.answers))
        row.answers, row.changed_at = draft.to_json(), now
        session.add(row)
        await session.flush()
        page = replace(await _page(session, row, draft), fault=fault)
        await uow.commit(session)
        return page


async def _first(session: AsyncSession, actor: Actor) -> Draft:
    draft = Draft()
    sections = await _sections(session)
    rows = await session.exec(
        select(Client).where(Client.person_id == actor.person_id).order_by(col(Client.id).desc()).limit(1)
    )
    client = rows.first()
    if client is not None:
        draft = replace(
            draft,
            professional=client.professional,
            name=client.name,
            phone=client.phone,
            email=client.email,
            siret=client.siret,
            open_steps=() if client.siret or not client.professional else (Step.SIRET.value,),
        )
    if len(sections) == 1:
        draft = await _in_section(session, draft, sections[0][0])
    return draft


async def _in_section(session: AsyncSession, draft: Draft, section_id: int) -> Draft:
    section = await session.get(Section, section_id)
    if section is None:
        raise NotAllowed
    trade = Trade(section.trade) if section.trade in set(Trade) else None
    return asking.in_section(draft, section_id, section.name, trade, tuple(section.works))


async def _sections(session: AsyncSession) -> tuple[tuple[int, str], ...]:
    rows = await session.exec(select(Section).order_by(col(Section.id)))
    return tuple((row.id or 0, row.name) for row in rows.all())


async def _page(session: AsyncSession, row: RequestDraft, draft: Draft) -> Page:
    files = await session.exec(select(func.count()).select_from(RequestFile).where(RequestFile.draft_id == row.id))
    sections = await _sections(session) if draft.step is Step.SECTION else ()
    return Page(draft, sections, files.one())


async def _room(session: AsyncSession, uow: UnitOfWork, chat: Chat, now: datetime) -> RequestDraft:
    row = await _known(session, uow, chat)
    files = await session.exec(select(func.count()).select_from(RequestFile).where(RequestFile.draft_id == row.id))
    await check_room(session, row.chat_index, files.one(), now)
    return row


async def _known(session: AsyncSession, uow: UnitOfWork, chat: Chat) -> RequestDraft:
    row = await _row(session, uow, chat)
    if row is None:
        raise NotAllowed
    return row


async def _row(session: AsyncSession, uow: UnitOfWork, chat: Chat) -> RequestDraft | None:
    rows = await session.exec(select(RequestDraft).where(RequestDraft.chat_index == _index(uow, chat)))
    return rows.first()


def _index(uow: UnitOfWork, chat: Chat) -> str:
    return chat_index(uow.cipher, chat.door, chat.chat_id)
