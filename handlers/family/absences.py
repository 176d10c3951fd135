"""A guardian answers the notice of an absence with one tap, changes the answer, and looks at what came.

Refuses written words, photos and papers about an absence: a tap says enough, and a paper goes to the school.
"""

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.absences import Answer, Ended
from domain.errors import NotAllowed
from domain.people import Actor, Role
from handlers.absence_words import answer_name, when
from handlers.announce_card import PAPER, paper_words
from handlers.buttons import AnswerAbsence, ListReceipts, MoreReasons
from handlers.in_place import show_in_place
from handlers.notices.attendance import answer_keys, told_words
from handlers.notices.outgoing import one_key
from handlers.policy import allow
from locales import _, formats
from services import UnitOfWork, absences
from services.absences import Answered, Receipt, Told

_AS_MANY = 10


def _notice(answered: Answered) -> Text:
    told = Told(answered.telling_id, answered.first_name, answered.day, answered.half, answered.own)
    return told_words(told)


def _thanks(answered: Answered) -> str:
    """What becomes of an answer."""
    given, own = answered.answer, answered.own
    if answered.needs_a_person:
        return _("Merci. L'école va t'appeler.") if own else _("Merci. L'école va vous appeler.")
    if given is Answer.SEEN:
        return _("Merci. Tu peux encore donner la raison.") if own else _("Merci. Vous pouvez encore donner la raison.")
    if given is Answer.OTHER:
        return _("Merci. Une personne de l'école va regarder.")
    if given is not None and given.motive in PAPER:
        return f"{_('Merci.')} {paper_words(own)}"
    return _("Merci. L'école connaît la raison.")


def ended_words(answered: Answered) -> str:
    """There is no absence any more, and nothing to answer."""
    name = formats.name(answered.first_name)
    if answered.own:
        return _("C'est déjà corrigé : ta présence est notée. Tu n'as rien à faire.")
    if answered.ended is Ended.CAME_LATE:
        return _("{name} est maintenant à l'école. Vous n'avez rien à faire.", name=name)
    return _("C'est déjà corrigé : {name} était à l'école. Vous n'avez rien à faire.", name=name)


def card(answered: Answered) -> Text:
    """The notice, and the answer that stands."""
    title = Bold(f"{formats.name(answered.first_name)} · {when(answered.day, answered.half)}")
    if answered.ended is not None:
        return Text(title, "\n", ended_words(answered))
    if answered.answer is None:
        return _notice(answered)
    said = answer_name(answered.answer)
    line = _("Ta réponse : {answer}.", answer=said) if answered.own else _("Votre réponse : {answer}.", answer=said)
    return Text(title, "\n", line, "\n", _thanks(answered))


def card_keys(answered: Answered) -> InlineKeyboardMarkup | None:
    """One key to change the answer; the answers themselves while there is none."""
    if answered.ended is not None:
        return None
    if answered.answer is None:
        return answer_keys(answered.telling_id)
    words = _("➕ Donner la raison") if answered.answer is Answer.SEEN else _("✏ Changer la réponse")
    return one_key(words, MoreReasons(telling_id=answered.telling_id, more=False).pack())


async def answer(
    callback: CallbackQuery, callback_data: AnswerAbsence, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """One tap, one answer: the message says which one stands."""
    try:
        answered = await absences.answer(uow, actor, callback_data.telling_id, callback_data.answer, now)
    except NotAllowed:
        await _no_answer_wanted(callback)
        return
    await callback.answer(_("Merci !"))
    await show_in_place(callback, card(answered), card_keys(answered))


async def turn_page(
    callback: CallbackQuery, callback_data: MoreReasons, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """The other reasons, or the first answers again; the answer that stands goes on standing."""
    try:
        answered = await absences.look(uow, actor, callback_data.telling_id, now)
    except NotAllowed:
        await _no_answer_wanted(callback)
        return
    await callback.answer()
    if answered.ended is not None:
        await show_in_place(callback, card(answered), None)
        return
    words = card(answered) if answered.answer is not None else _notice(answered)
    await show_in_place(callback, words, answer_keys(answered.telling_id, more=callback_data.more))


async def _no_answer_wanted(callback: CallbackQuery) -> None:
    """A key of a notice that is forgotten, or that is not for this reader any more: nothing is said of whose it was."""
    words = _("Ce message ne demande plus de réponse. Pour une question, appelez l'école.")
    await callback.answer(words, show_alert=True)
    if isinstance(callback.message, Message) and callback.message.reply_markup is not None:
        await callback.message.edit_reply_markup(reply_markup=None)


def _receipt(one: Receipt) -> str:
    if one.answer is not None:
        state = answer_name(one.answer)
    elif one.seen:
        state = _("✅ vu")
    else:
        state = _("📨 envoyé, pas encore vu") if one.sent else _("📭 pas arrivé ici")
    return f"{formats.name(one.first_name)} · {when(one.day, one.half)} : {state}"


async def list_receipts(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """One's own notices of absences of this school year, the newest first; those of another guardian are theirs."""
    receipts = await absences.receipts(uow, actor, now)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    title = Bold(_("📬 Les messages d'absence que vous avez reçus"))
    if not receipts:
        words = Text(title, "\n", _("Aucun message d'absence cette année scolaire."))
    else:
        words = Text(title, *(f"\n{_receipt(one)}" for one in receipts[:_AS_MANY]))
    await callback.message.answer(**words.as_kwargs())


def build_router() -> Router:
    router = Router(name="absences")
    told = allow(Role.GUARDIAN, Role.STUDENT)  # an adult student hears of their own
    router.callback_query.register(answer, AnswerAbsence.filter(), flags=told)
    router.callback_query.register(turn_page, MoreReasons.filter(), flags=told)
    router.callback_query.register(list_receipts, ListReceipts.filter(), flags=allow(Role.GUARDIAN))
    return router
