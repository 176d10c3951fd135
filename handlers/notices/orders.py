"""The words of notices about orders: the client's agreement, the work that is ready, the thanks on their way to the students.

Refuses to repeat what is not so any more, and to show a student what no trainer has read.
"""

from datetime import datetime

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Italic, Text

from domain.notices import Notice
from domain.order_notices import (
    AgreementNeeded,
    AgreementReminded,
    FoundAnswered,
    OrderReady,
    ThanksGiven,
    ThanksReceived,
)
from domain.orders import Answer
from domain.people import PersonId
from handlers.notices.outgoing import Outgoing, Render, key_rows, one_key
from handlers.order_keys import AnswerFound, GiveThanks, PassThanks, ShareThanks, ShowMyOrder, ShowOrder
from handlers.order_words import answer_name, client_card, found_card, price_words
from locales import _, formats
from services import UnitOfWork
from services.orders import found, making, thanks
from services.orders.thanks import Word


async def agreement_needed(
    notice: AgreementNeeded, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    one = await found.told(uow, notice.found_id)
    if one is None or one.answer is not None:
        return None
    keys = key_rows([(answer_name(said), AnswerFound(found_id=one.found_id, answer=said).pack()) for said in Answer])
    return Outgoing(found_card(one), keys, photo=await found.photo_of(uow, one))


async def order_ready(notice: OrderReady, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    view = await making.ready_order(uow, notice.order_id)
    if view is None:
        return None
    keys = key_rows(
        [(_("👀 Ma commande"), ShowMyOrder(order_id=view.order_id).pack())],
        [(_("💬 Un mot pour les élèves"), GiveThanks(order_id=view.order_id).pack())],
    )
    return Outgoing(Text(Bold(_("Votre commande est prête.")), "\n", client_card(view)), keys)


async def found_answered(notice: FoundAnswered, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    one = await found.told(uow, notice.found_id)
    if one is None or one.answer is None:
        return None
    words = Text(
        Bold(_("Le client répond : {answer}", answer=answer_name(one.answer))),
        "\n",
        _(
            "Commande {reference} : {title}",
            reference=formats.isolate_ltr(one.reference),
            title=formats.name(one.title),
        ),
        "\n",
        Italic(formats.name(one.words)),
        f" · {price_words(one.price)}",
    )
    return Outgoing(words, one_key(_("👀 La commande"), ShowOrder(order_id=one.order_id).pack()))


def _word(word: Word) -> list[Text | str]:
    parts: list[Text | str] = ["\n", "⭐" * word.stars]
    if word.words:
        parts += ["\n", Italic(formats.name(word.words))]
    return parts


async def _with_file(uow: UnitOfWork, word: Word, text: Text, keys: InlineKeyboardMarkup) -> Outgoing:
    """A voice goes with the message; a picture does when there is no voice: a message carries one of them."""
    voice = await thanks.open_file(uow, word.voice)
    if voice is not None:
        return Outgoing(text, keys, voice=voice, seconds=word.seconds)
    return Outgoing(text, keys, photo=await thanks.open_file(uow, word.photo))


async def thanks_given(notice: ThanksGiven, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    word = await thanks.read_word(uow, notice.thanks_id)
    if word is None or word.passed or word.held:
        return None
    title = Bold(_("Un client a un mot pour les élèves : {title}", title=formats.name(word.title)))
    names = formats.listed(word.makers) or "—"
    parts = [title, *_word(word), "\n\n", _("Pour : {names}. Ils ne l'ont pas encore.", names=names)]
    keys = key_rows(
        [(_("✅ Transmettre aux élèves"), PassThanks(thanks_id=word.thanks_id, on=True).pack())],
        [(_("🔒 Garder"), PassThanks(thanks_id=word.thanks_id, on=False).pack())],
    )
    return await _with_file(uow, word, Text(*parts), keys)


async def thanks_received(notice: ThanksReceived, reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    word = await thanks.word_for(uow, notice.thanks_id, reader)
    if word is None:
        return None
    title = Bold(_("Un client te dit merci pour ton travail : {title}", title=formats.name(word.title)))
    keys = key_rows([(_("☐ Montrer à ma famille"), ShareThanks(thanks_id=word.thanks_id, shown=True).pack())])
    return await _with_file(uow, word, Text(title, *_word(word)), keys)


RENDERERS: dict[type[Notice], Render] = {
    AgreementNeeded: agreement_needed,
    AgreementReminded: agreement_needed,
    OrderReady: order_ready,
    FoundAnswered: found_answered,
    ThanksGiven: thanks_given,
    ThanksReceived: thanks_received,
}
