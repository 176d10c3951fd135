"""The words of notices about a day that was told: a trainer's answer.

Refuses to hide that the direction can read it.
"""

from datetime import datetime

from aiogram.utils.formatting import Bold, Text

from domain.notices import Notice, ReplyReceived
from domain.people import PersonId
from domain.reflections import ReplyKind
from handlers.notices.outgoing import Outgoing, Render
from handlers.vocabulary import reply_words
from locales import _, formats
from services import UnitOfWork, replies


async def reply_received(notice: ReplyReceived, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    found = await replies.reply_of(uow, notice.reply_id)
    if found is None:
        return None
    title = Bold(
        _("{name} répond à ta journée : {day}", name=formats.name(found.trainer), day=formats.day_in_full(found.day))
    )
    overseen = _("La direction peut lire cette réponse.")
    if found.kind is ReplyKind.VOICE:
        return Outgoing(Text(title, "\n", overseen), voice=await replies.voice_of(uow, found), seconds=found.seconds)
    words = found.text if found.kind is ReplyKind.TEXT else reply_words(found.kind)
    return Outgoing(Text(title, "\n", words or "", "\n\n", overseen))


RENDERERS: dict[type[Notice], Render] = {ReplyReceived: reply_received}
