"""The direction reads along, takes up a wish to talk, and sees what is stuck.

Refuses to be a secret: the people concerned were told that the direction can read.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local, local_date
from domain.people import Actor, Role
from domain.reflections import ReplyKind
from handlers.broadcast_keys import ReadWords
from handlers.buttons import ListUnreachable, OlderExchanges, ReadExchange, TakeTalk
from handlers.menus import EXCHANGES, HEALTH, BarKey
from handlers.notices.outgoing import one_key
from handlers.policy import SpeakingAs, allow
from handlers.vocabulary import reply_words
from locales import _, formats, ngettext
from services import UnitOfWork, calendar, oversight, reachability, replies, talks
from services.reachability import Unreachable, Unreached
from services.replies import Exchange

_MOST = 40
"""Lines that one message holds with long names."""


def _key(item: Exchange) -> InlineKeyboardButton:
    mark = "🎤" if item.kind is ReplyKind.VOICE else "💬"
    written = local(item.written_at)
    when = f"{formats.day_in_full(written.date())}, {formats.hour(written.time())}"
    words = f"{mark} {formats.name(item.trainer)} → {formats.name(item.student)}, {when}"
    return InlineKeyboardButton(text=words, callback_data=ReadExchange(reply_id=item.reply_id).pack())


async def read_exchanges(message: Message, actor: Actor, uow: UnitOfWork) -> None:
    await _list_exchanges(message, await replies.exchanges(uow, actor))


async def read_older_exchanges(
    callback: CallbackQuery, callback_data: OlderExchanges, actor: Actor, uow: UnitOfWork
) -> None:
    older = await replies.exchanges(uow, actor, callback_data.before)
    await callback.answer()
    if isinstance(callback.message, Message):
        await _list_exchanges(callback.message, older)


async def _list_exchanges(message: Message, exchanges: list[Exchange]) -> None:
    announced = InlineKeyboardButton(text=_("📣 Réponses aux annonces"), callback_data=ReadWords(before=0).pack())
    if not exchanges:
        alone = InlineKeyboardMarkup(inline_keyboard=[[announced]])
        await message.answer(_("Aucune réponse d'adulte à lire."), reply_markup=alone)
        return
    keys = [[announced], *([_key(item)] for item in exchanges)]
    if len(exchanges) == replies.PAGE:
        older = OlderExchanges(before=exchanges[-1].reply_id).pack()
        keys.append([InlineKeyboardButton(text=_("⬇ Plus anciennes"), callback_data=older)])
    await message.answer(
        _("Les réponses des adultes aux élèves, la plus récente d'abord."),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=keys),
    )


async def read_exchange(callback: CallbackQuery, callback_data: ReadExchange, actor: Actor, uow: UnitOfWork) -> None:
    """One answer as the student received it: its whole text, or its voice."""
    exchange = await replies.access_exchange(uow, actor, callback_data.reply_id)
    voice = await replies.voice_of(uow, exchange)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    names = f"{formats.name(exchange.trainer)} → {formats.name(exchange.student)}"
    title = Text(Bold(names), f", {formats.day_in_full(exchange.day)}")
    if voice is not None:
        file = BufferedInputFile(voice, "voice.ogg")
        await callback.message.answer_voice(file, duration=exchange.seconds, **title.as_caption_kwargs())
        return
    words = exchange.text if exchange.kind is ReplyKind.TEXT else reply_words(exchange.kind)
    await callback.message.answer(**Text(title, "\n", words or "").as_kwargs())


async def see_health(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    health = await oversight.health(uow, actor)
    known = (await calendar.calendar_at(uow, now)).known_until or local_date(now)
    lines = [
        _("Envies de parler sans réponse : {count}", count=health.open_wishes_to_talk),
        _("Messages en attente d'envoi : {count}", count=health.waiting_notices),
        _("Messages qui ne sont pas partis : {count}", count=health.undelivered_notices),
        _("Personnes qu'on ne peut plus joindre ici : {count}", count=health.closed_doors),
        _("Messages reçus illisibles, mis de côté : {count}", count=health.unreadable_updates),
        _("Vacances scolaires connues jusqu'au {day} {year}", day=formats.day_in_full(known), year=known.year),
    ]
    keys = one_key(_("📵 Qui est injoignable ?"), ListUnreachable().pack())
    text = Text(Bold(_("L'état du service")), "\n", "\n".join(lines))
    await message.answer(reply_markup=keys, **text.as_kwargs())


async def see_unreachable(message: Message, actor: Actor, uow: UnitOfWork) -> None:
    await _list_unreachable(message, await reachability.unreachable(uow, actor))


async def press_unreachable(callback: CallbackQuery, actor: Actor, uow: UnitOfWork) -> None:
    lost = await reachability.unreachable(uow, actor)
    await callback.answer()
    if isinstance(callback.message, Message):
        await _list_unreachable(callback.message, lost)


async def _list_unreachable(message: Message, lost: list[Unreachable]) -> None:
    if not lost:
        await message.answer(_("✅ Tout le monde peut être joint."))
        return
    lines = [
        f"{_unreachable(one)} ({_('une adresse ou un numéro est connu')})" if one.letters else _unreachable(one)
        for one in lost[:_MOST]
    ]
    if len(lost) > _MOST:
        lines.append(ngettext("… et {count} autre", "… et {count} autres", len(lost) - _MOST))
    text = Text(Bold(_("📵 Personnes injoignables")), "\n", "\n".join(lines))
    await message.answer(**text.as_kwargs())


def _unreachable(one: Unreachable) -> str:
    name = formats.name(" ".join(filter(None, (one.first_name, one.last_name))))
    since = formats.day_in_full(local(one.since).date())
    match one.reason:
        case Unreached.NEVER_CAME:
            return _("{name} : n'a pas encore ouvert de lien, depuis {since}", name=name, since=since)
        case Unreached.BOUNCED:
            return _("{name} : l'adresse ne marche pas, depuis {since}", name=name, since=since)
        case Unreached.BLOCKED:
            return _("{name} : la conversation est bloquée, depuis {since}", name=name, since=since)


async def take_talk(
    callback: CallbackQuery, callback_data: TakeTalk, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    talk = await talks.take_talk(uow, actor, callback_data.request_id, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _(
            "{adult} s'occupe de la demande de {student}.",
            adult=formats.name(talk.taken_by or ""),
            student=formats.name(talk.student),
        )
        await callback.message.edit_text(f"✅ {words}")


def build_router() -> Router:
    router = Router(name="oversight")
    direction = SpeakingAs(Role.DIRECTION)
    only = allow(Role.DIRECTION)
    router.message.register(read_exchanges, Command("echanges"), direction, flags=only)
    router.message.register(read_exchanges, BarKey(EXCHANGES), direction, flags=only)
    router.message.register(see_health, Command("etat"), direction, flags=only)
    router.message.register(see_health, BarKey(HEALTH), direction, flags=only)
    router.callback_query.register(read_exchange, ReadExchange.filter(), flags=only)
    router.callback_query.register(read_older_exchanges, OlderExchanges.filter(), flags=only)
    router.message.register(see_unreachable, Command("injoignables"), direction, flags=only)
    router.callback_query.register(press_unreachable, ListUnreachable.filter(), flags=only)
    router.callback_query.register(take_talk, TakeTalk.filter(), flags=only)
    return router
