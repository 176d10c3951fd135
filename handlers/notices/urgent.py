"""The words of something urgent around its copies, and of private answers: who is asked, who is told, who has to call.

Refuses to put anything by e-mail or SMS that was not urgent.
"""

from datetime import datetime

from aiogram.utils.formatting import Bold, Text

from domain.broadcast_notices import (
    BroadcastCallsWanted,
    BroadcastElsewhere,
    BroadcastSecondAnswered,
    BroadcastSecondAsked,
    BroadcastUrgentReported,
    BroadcastWordSaid,
)
from domain.broadcasts import FileKind
from domain.notices import Notice
from domain.people import PersonId
from handlers.broadcast_card import copy_words
from handlers.broadcast_keys import AnswerInPrivate, Follow, ListUrgentCalls, key_rows
from handlers.broadcast_words import alarm_words
from handlers.broadcasts.private import watched_words, word_title
from handlers.broadcasts.urgent_card import answered_keys, answered_words, proposal_keys, proposal_words
from handlers.notices.outgoing import File, Outgoing, Render
from locales import _, formats, ngettext
from services import UnitOfWork
from services.broadcasts import alarms, answering, private, seconding


async def second_asked(
    notice: BroadcastSecondAsked, reader: PersonId, uow: UnitOfWork, now: datetime
) -> Outgoing | None:
    found = await seconding.proposal(uow, reader, notice.broadcast_id, now)
    if found is None:
        return None
    asked, view = found
    return Outgoing(proposal_words(asked, view), proposal_keys(view))


async def second_answered(
    notice: BroadcastSecondAnswered, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    asked = await seconding.asked(uow, notice.broadcast_id)
    return None if asked is None else Outgoing(answered_words(asked), answered_keys(asked))


async def reported(
    notice: BroadcastUrgentReported, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    asked = await seconding.asked(uow, notice.broadcast_id)
    if asked is None or asked.alarm is None:
        return None
    title = _("🚨 Message urgent envoyé par {name}.", name=formats.name(asked.author))
    lines = [_("Raison : {reason}", reason=alarm_words(asked.alarm, asked.reason))]
    if asked.agreed is not None:
        lines.append(_("Confirmé par {name}.", name=formats.name(asked.agreed)))
    keys = key_rows([(_("📣 Suivre"), Follow(broadcast_id=asked.broadcast_id, what="show").pack())])
    return Outgoing(Text(Bold(title), "\n", "\n".join(lines)), keys)


async def elsewhere(notice: BroadcastElsewhere, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    copy = await answering.elsewhere(uow, notice.broadcast_id, reader, now)
    if copy is None:
        return None
    if copy.recalled:
        return Outgoing(Text(_("L'école a retiré cette information."), "\n", copy.body.text))
    parts: list[Text | str] = [copy_words(copy, taps=False)]
    if copy.before or copy.under is not None:
        parts += ["\n", _("Des fichiers vont avec ce message : l'école les montre.")]
    return Outgoing(Text(*parts))


async def calls_wanted(
    notice: BroadcastCallsWanted, reader: PersonId, uow: UnitOfWork, now: datetime
) -> Outgoing | None:
    lines = await alarms.calls_of(uow, reader, now, notice.broadcast_id)
    if not lines:
        return None
    words = ngettext(
        "🚨 Message urgent : {count} appel à faire.", "🚨 Message urgent : {count} appels à faire.", len(lines)
    )
    keys = key_rows([(_("📞 Qui appeler ?"), ListUrgentCalls().pack())])
    return Outgoing(Text(Bold(words), "\n", formats.name(lines[0].about)), keys)


async def word_said(notice: BroadcastWordSaid, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    word = await private.told(uow, notice.word_id, reader, now)
    if word is None:
        return None
    to = 0 if word.answers else word.reader_id
    keys = key_rows(
        [
            (
                _("💬 Répondre à {name}", name=formats.name(word.speaker)),
                AnswerInPrivate(broadcast_id=word.broadcast_id, reader_id=to).pack(),
            )
        ]
    )
    parts: list[Text | str] = [word_title(word)]
    if word.text:
        parts += ["\n\n", word.text]
    if word.watched:
        parts += ["\n\n", watched_words(watched=True)]
    if word.file_key is None:
        return Outgoing(Text(*parts), keys)
    key = word.file_key

    async def read() -> bytes:
        return await uow.files.read(key)

    return Outgoing(Text(*parts), keys, file=File(FileKind.VOICE, key, "voice.ogg", read, word.seconds))


RENDERERS: dict[type[Notice], Render] = {
    BroadcastSecondAsked: second_asked,
    BroadcastSecondAnswered: second_answered,
    BroadcastUrgentReported: reported,
    BroadcastElsewhere: elsewhere,
    BroadcastCallsWanted: calls_wanted,
    BroadcastWordSaid: word_said,
}
