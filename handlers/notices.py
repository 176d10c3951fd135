"""Puts a notice into words at the moment it is delivered, in its reader's language.

Refuses to send: it returns what is to be sent, or nothing when the notice is not true any more.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.notices import EveningPrompt, InvitationRedeemed, Notice, ReplyReceived, TalkTaken, TalkWanted
from domain.people import PersonId
from domain.reflections import ReplyKind
from handlers.buttons import TakeTalk, TellMyDay
from handlers.vocabulary import reply_words
from locales import _, formats
from services import UnitOfWork, people, reflections, replies, talks


@dataclass(frozen=True)
class Outgoing:
    """A message ready to leave. With `voice` (OGG/Opus) the text is its caption; `seconds` is its length."""

    text: Text
    keyboard: InlineKeyboardMarkup | None = None
    voice: bytes | None = None
    seconds: int | None = None


def one_key(words: str, data: str) -> InlineKeyboardMarkup:
    """A keyboard of one key."""
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=words, callback_data=data)]])


async def render(notice: Notice, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    """The message for a notice in the current language; None when it is not true any more."""
    match notice:
        case EveningPrompt(day=day):
            return await _evening_prompt(day, reader, uow, now)
        case ReplyReceived(reply_id=reply_id):
            return await _reply_received(reply_id, uow)
        case InvitationRedeemed(person_id=person_id):
            name = await people.first_name_of(uow, person_id)
            if name is None:
                return None
            return Outgoing(Text(_("{name} a ouvert son lien : la conversation est reliée.", name=formats.name(name))))
        case TalkWanted(request_id=request_id):
            talk = await talks.talk_of(uow, request_id)
            if talk is None or talk.taken_by is not None:
                return None
            words = _("🆘 {name} voudrait parler avec un adulte de l'école.", name=formats.name(talk.student))
            return Outgoing(Text(words), one_key(_("Je m'en occupe"), TakeTalk(request_id=request_id).pack()))
        case TalkTaken(request_id=request_id):
            talk = await talks.talk_of(uow, request_id)
            if talk is None or talk.taken_by is None:
                return None
            name = formats.name(talk.taken_by)
            return Outgoing(Text(_("{name} a vu ta demande et va venir te parler.", name=name)))
        case _:
            raise LookupError(f"no words for {notice.kind}")


def labelled_again(outgoing: Outgoing, reference: str) -> Outgoing:
    """The same message, marked as perhaps a second copy: one reference, one event."""
    note = _("(Renvoi possible, référence {reference})", reference=formats.isolate_ltr(reference))
    return replace(outgoing, text=Text(outgoing.text, "\n", note))


async def _evening_prompt(day: date, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    if day != local_date(now) or await reflections.has_told(uow, reader, day):
        return None
    text = Text(
        Bold(_("Ta journée : {day}", day=formats.day_in_full(day))),
        "\n",
        _("Qu'est-ce que tu as réussi ? Qu'est-ce qui était difficile ? Tu choisis qui peut voir."),
    )
    return Outgoing(text, one_key(_("📔 Raconter ma journée"), TellMyDay().pack()))


async def _reply_received(reply_id: int, uow: UnitOfWork) -> Outgoing | None:
    found = await replies.reply_of(uow, reply_id)
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
