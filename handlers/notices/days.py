"""The words of notices about a student's day: the evening question, and a trainer's answer.

Refuses to ask about a day that was told.
"""

from datetime import datetime

from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.notices import EveningPrompt, Notice, ReplyReceived
from domain.people import PersonId
from domain.reflections import ReplyKind
from handlers.buttons import TellMyDay
from handlers.notices.outgoing import Outgoing, Render, one_key
from handlers.vocabulary import reply_words
from locales import _, formats
from services import UnitOfWork, reflections, replies


async def evening_prompt(notice: EveningPrompt, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    if notice.day != local_date(now) or await reflections.has_told(uow, reader, notice.day):
        return None
    text = Text(
        Bold(_("Ta journée : {day}", day=formats.day_in_full(notice.day))),
        "\n",
        _("Qu'est-ce que tu as réussi ? Qu'est-ce qui était difficile ? Tu choisis qui peut voir."),
    )
    return Outgoing(text, one_key(_("📔 Raconter ma journée"), TellMyDay().pack()))


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


RENDERERS: dict[type[Notice], Render] = {EveningPrompt: evening_prompt, ReplyReceived: reply_received}
