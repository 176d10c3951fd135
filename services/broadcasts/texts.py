"""The same message in another language: written or dictated by its author, or proposed by a machine and decided about.

Refuses to send what nobody decided about: a proposal is read back first, or leaves with the words that nobody has read it.
"""

from datetime import datetime
from typing import Protocol

from domain.broadcasts import TEXT_LIMIT, Body, FileKind, TextSource, units
from domain.errors import FileNotTaken, NotAllowed, NothingToSay, NotTranslated, TextTooLong
from domain.people import Actor, Language
from services import audit
from services.broadcasts.drafting import Draft, kept, own_draft
from services.broadcasts.files import Attached, checked
from services.broadcasts.written import read_words, write_words
from storage.tables import BroadcastText
from storage.unit_of_work import UnitOfWork


class Translator(Protocol):
    """Whoever can say the same in another language: a setting of the school."""

    async def translate(self, text: str, source: Language, target: Language) -> str:
        """The text in `target`. Raises `NotTranslated`."""


async def write(
    uow: UnitOfWork,
    actor: Actor,
    broadcast_id: int,
    language: Language,
    body: Body,
    file: Attached | None,
    now: datetime,
) -> Draft:
    """The author's own words in a language, or their voice; what was there before gives way.

    Raises `NotAllowed`, `NothingToSay`, `TextTooLong`, and `FileNotTaken` for a file that is no voice.
    """
    voice = None if file is None else await checked(file)
    if voice is not None and voice.kind is not FileKind.VOICE:
        raise FileNotTaken
    if not body.text.strip() and voice is None:
        raise NothingToSay
    if units(body.text) > TEXT_LIMIT:
        raise TextTooLong(TEXT_LIMIT)
    key = None if voice is None else await uow.files.keep(voice.data)
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        if language is row.language:
            raise NotAllowed
        text = await session.get(BroadcastText, (broadcast_id, language))
        if text is None:
            text = BroadcastText(broadcast_id=broadcast_id, language=language, source=TextSource.OWN, words="")
        text.source, text.words, text.outdated = TextSource.OWN, write_words(body), False
        text.file_key, text.size, text.seconds = None, None, None
        if voice is not None:
            text.file_key, text.size, text.seconds = key, len(voice.data), voice.seconds
        session.add(text)
        subject = f"broadcast:{broadcast_id}"
        audit.record(session, now, "write_text", subject, actor_id=actor.member_id, language=language)
        return await kept(session, uow, actor, row, now)


async def propose(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, language: Language, translator: Translator, now: datetime
) -> Draft:
    """Let a machine propose the text of a language, for its author to decide about. Raises `NotAllowed`, `NothingToSay`,
    `NotTranslated`.
    """
    async with uow.reading() as session:
        row = await own_draft(session, actor, broadcast_id, look=True)
        source, original = row.language, read_words(row.words)
    if not original.text.strip() or language is source:
        raise NothingToSay
    said = (await translator.translate(original.text, source, language)).strip()
    if not said or units(said) > TEXT_LIMIT:
        raise NotTranslated
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        if read_words(row.words) != original:
            raise NotTranslated
        text = await session.get(BroadcastText, (broadcast_id, language))
        if text is None:
            text = BroadcastText(broadcast_id=broadcast_id, language=language, source=TextSource.PROPOSED, words="")
        text.source, text.words, text.outdated = TextSource.PROPOSED, write_words(Body(said)), False
        text.file_key, text.size, text.seconds = None, None, None
        session.add(text)
        subject = f"broadcast:{broadcast_id}"
        audit.record(session, now, "propose_text", subject, actor_id=actor.member_id, language=language)
        return await kept(session, uow, actor, row, now)


async def decide(
    uow: UnitOfWork, actor: Actor, broadcast_id: int, language: Language, source: TextSource | None, now: datetime
) -> Draft:
    """A proposal was read back (`READ`), may leave as nobody read it (`UNREAD`), or a text is taken away (None).

    Raises `NotAllowed`. Only what a machine proposed can be decided so.
    """
    async with uow.writing() as session:
        row = await own_draft(session, actor, broadcast_id)
        text = await session.get(BroadcastText, (broadcast_id, language))
        if text is not None and source is None:
            await session.delete(text)
        elif text is not None and text.source is not TextSource.OWN and source in (TextSource.READ, TextSource.UNREAD):
            text.source = source
            session.add(text)
        subject, decided = f"broadcast:{broadcast_id}", source or "taken away"
        audit.record(session, now, "decide_text", subject, actor_id=actor.member_id, language=language, decided=decided)
        return await kept(session, uow, actor, row, now)
