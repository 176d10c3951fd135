"""Something urgent: the author says why, a second adult agrees or not, and whoever did not see it is called.

Refuses to let anything leave by the author's tap alone.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from domain.people import Actor
from domain.urgent import Alarm
from handlers.broadcast_keys import ChooseAlarm, ListUrgentCalls, LookAtUrgent, Second, UrgentCalled, key_rows
from handlers.broadcasts.compose import AUTHORS, Composing, Written, back_to_card, show_card
from handlers.broadcasts.draft_card import step
from handlers.broadcasts.previewing import show_preview
from handlers.broadcasts.urgent_card import calls_keys, calls_words, proposal_keys, proposal_words, settled_words
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from locales import _
from services import UnitOfWork
from services.broadcasts import alarms, drafting, seconding


class Alarming(StatesGroup):
    """The author's next message says why it cannot wait."""

    waiting = State()


async def choose_alarm(
    callback: CallbackQuery, callback_data: ChooseAlarm, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    """A reason, and room for a few words of one's own."""
    key, alarm = callback_data.broadcast_id, callback_data.alarm
    if alarm is Alarm.OTHER:
        view = await drafting.draft(uow, actor, key, now)
    else:
        view = await seconding.mark_urgent(uow, actor, key, alarm, "", now)
    await state.set_state(Alarming.waiting)
    await state.set_data({"broadcast": key, "alarm": str(alarm)})
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    if alarm is Alarm.OTHER:
        await back_to_card(callback, view, None)
        await callback.message.answer(_("Écrivez en quelques mots pourquoi c'est urgent."))
        return
    await back_to_card(callback, view, None)
    words = _("Vous pouvez écrire quelques mots pour l'adulte qui confirmera, ou continuer.")
    await callback.message.answer(words, reply_markup=key_rows([step(view, _("✅ Continuer"), "card")]))


async def receive_reason(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """The author's words for why it cannot wait."""
    kept = await state.get_data()
    view = await seconding.mark_urgent(
        uow, actor, int(kept["broadcast"]), Alarm(kept["alarm"]), message.text or "", now
    )
    await state.set_state(Composing.content)
    await show_card(message, view, state, {})


async def look(
    callback: CallbackQuery, callback_data: LookAtUrgent, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """A second adult sees it as its readers will; the question stands below it again."""
    found = await seconding.proposal(uow, actor.member_id, callback_data.broadcast_id, now)
    if found is None:
        await callback.answer(_("C'est déjà réglé : il n'y a plus rien à confirmer."), show_alert=True)
        return
    asked, view = found
    await callback.answer()
    if isinstance(callback.message, Message):
        await show_preview(callback.message, asked.author, uow, view)
        await callback.message.answer(reply_markup=proposal_keys(view), **proposal_words(asked, view).as_kwargs())


async def second(callback: CallbackQuery, callback_data: Second, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """It leaves by this tap, or does not."""
    asked = await seconding.answer(uow, actor, callback_data.broadcast_id, callback_data.agreed, now)
    await callback.answer()
    await show_in_place(callback, settled_words(asked), None)


async def list_calls(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    lines = await alarms.calls(uow, actor, now)
    await callback.answer()
    await show_in_place(callback, calls_words(lines), calls_keys(lines))


async def note_call(
    callback: CallbackQuery, callback_data: UrgentCalled, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await alarms.called(uow, actor, callback_data.alarm_id, callback_data.reached, now)
    lines = await alarms.calls(uow, actor, now)
    await callback.answer(_("C'est noté. Merci !") if callback_data.reached else _("C'est noté."))
    await show_in_place(callback, calls_words(lines), calls_keys(lines))


def build_router() -> Router:
    router = Router(name="urgent broadcasts")
    only = allow(*AUTHORS)
    router.callback_query.register(choose_alarm, ChooseAlarm.filter(), flags=only)
    router.callback_query.register(look, LookAtUrgent.filter(), flags=only)
    router.callback_query.register(second, Second.filter(), flags=only)
    router.callback_query.register(list_calls, ListUrgentCalls.filter(), flags=only)
    router.callback_query.register(note_call, UrgentCalled.filter(), flags=only)
    waiting = StateFilter(Alarming.waiting)
    router.message.register(receive_reason, waiting, SpeakingAs(*AUTHORS), Written(), flags=only)
    return router
