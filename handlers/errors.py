"""Puts every broken rule into words that say how to go on, and every stale button back on its feet.

Refuses blame, codes, and the difference between "forbidden" and "not there".
"""

from aiogram import Router
from aiogram.filters import ExceptionTypeFilter
from aiogram.types import CallbackQuery, ErrorEvent, Message
from aiogram_dialog import DialogManager
from aiogram_dialog.api.exceptions import OutdatedIntent, UnknownIntent, UnknownState

from domain import errors
from domain.calendar import local
from domain.people import Actor
from handlers.broadcast_words import explain_broadcast
from handlers.menus import home_bar
from handlers.order_words import explain_order
from handlers.quotes.words import explain_quote
from handlers.request_words import explain_request
from handlers.timetable_words import explain_timetable
from locales import _, formats, use_language


def explain(error: errors.DomainError) -> str:
    """The words for a broken rule, in the current language."""
    match error:
        case errors.InvitationUnknown():
            return _("Ce lien ne marche pas. L'école peut en donner un nouveau.")
        case errors.InvitationUsed():
            return _("Ce lien a déjà servi. L'école peut en donner un nouveau.")
        case errors.InvitationExpired():
            return _("Ce lien n'est plus valable. L'école peut en donner un nouveau.")
        case errors.TooManyGuesses(retry_at=retry_at):
            return _(
                "Plusieurs liens n'ont pas marché. On attend un peu : nouvel essai à {hour}. L'école peut aider.",
                hour=formats.hour(local(retry_at).time()),
            )
        case errors.TooYoungForTelegram():
            return _(
                "Telegram demande 16 ans. Avant 16 ans, tout se passe sur la page de l'école, sans Telegram. "
                "Le même lien y marche."
            )
        case errors.NothingToTell(next_day=None):
            return _("Pas d'école aujourd'hui : rien à raconter.")
        case errors.NothingToTell(next_day=day) if day is not None:
            return _("Pas d'école aujourd'hui : rien à raconter. À {day} !", day=formats.day_in_full(day))
        case errors.ReflectionRead():
            return _(
                "Ton formateur ou ta formatrice a déjà lu ta journée. Elle reste comme elle est. Tu peux lui en parler."
            )
        case errors.ReflectionIncomplete():
            return _("Il manque une réponse. On reprend ?")
        case errors.RollFinal():
            return _("Cet appel est terminé. Il se corrige nom par nom.")
        case errors.TooLate():
            return _("Cette demi-journée est passée. L'école peut aider : appelez-la.")
        case errors.TooFarAhead():
            return _("Cette date est encore loin. Elle pourra être annoncée plus tard.")
        case errors.BroadcastError():
            return explain_broadcast(error)
        case errors.OrderError():
            return explain_order(error)
        case errors.RequestError():
            return explain_request(error)
        case errors.QuoteError():
            return explain_quote(error)
        case errors.TimetableError():
            return explain_timetable(error)
        case errors.TextTooLong(limit=limit):
            return _("Ce texte est trop long : {limit} signes au plus. Un message vocal va bien aussi.", limit=limit)
        case errors.MediaRefused(limit_mb=limit):
            return _("Ce fichier est trop grand : {limit} Mo au plus. Un fichier plus petit ira bien.", limit=limit)
        case _:
            return _("Ce n'est pas possible ici. Le menu montre ce qui marche.")


async def answer_error(event: ErrorEvent, actor: Actor) -> None:
    """Say what the rule was; what the person had begun stays as it is."""
    error = event.exception
    if not isinstance(error, errors.DomainError):
        raise error
    with use_language(actor.language):
        words = explain(error)
        if event.update.callback_query is not None:
            await _tell_presser(event.update.callback_query, words)
        elif event.update.message is not None:
            await event.update.message.answer(words, reply_markup=home_bar(actor.active_role))


async def answer_stale_button(event: ErrorEvent, actor: Actor, dialog_manager: DialogManager) -> None:
    """A key of a form that is closed, or a second tap on one: say so; what is open stays below, and so does the bar."""
    with use_language(actor.language):
        callback = event.update.callback_query
        if callback is not None:
            await callback.answer(_("Cette question est terminée. La suite est en bas."))
        if isinstance(event.exception, UnknownState):
            await dialog_manager.reset_stack()


async def _tell_presser(callback: CallbackQuery, words: str) -> None:
    # An alert may hold 200 characters (Bot API, answerCallbackQuery); longer words go into the chat.
    if len(words) <= 200:
        await callback.answer(words, show_alert=True)
        return
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(words)


def build_router() -> Router:
    router = Router(name="errors")
    router.errors.register(answer_stale_button, ExceptionTypeFilter(UnknownIntent, OutdatedIntent, UnknownState))
    router.errors.register(answer_error, ExceptionTypeFilter(errors.DomainError))
    return router
