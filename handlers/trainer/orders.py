"""A trainer leads the orders: the list, the card, the next state, who does which step, and the check.

Refuses typing where a key will do.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Italic, Text

from domain.errors import OrderMoved
from domain.orders import Answer, Verdict, may_return, next_state
from domain.people import Actor, Role
from domain.school import OrderState
from handlers.in_place import show_in_place
from handlers.lesson_card import equipment_words
from handlers.menus import ORDERS, BarKey
from handlers.notices.outgoing import key_rows
from handlers.order_keys import (
    AddOrderPhoto,
    AskAgreement,
    CheckWork,
    GiveTask,
    ListOrders,
    MoveOrder,
    RegulateTask,
    SeeWork,
    SettleFound,
    ShowMaterials,
    ShowOrder,
    ShowTask,
)
from handlers.order_words import (
    explain_order,
    hand_sign,
    line_words,
    order_card,
    order_state,
    regulated_name,
    skill_words,
    verdict_name,
)
from handlers.policy import SpeakingAs, allow
from locales import _, formats
from services import UnitOfWork
from services.orders import found, lessons, making
from services.orders.lessons import TaskPage
from services.orders.making import OrderView

_LEADERS = (Role.TRAINER, Role.DIRECTION)


async def list_orders(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    await state.clear()
    lines = await making.in_hand(uow, actor)
    words = Text(Bold(_("Les commandes en cours"))) if lines else Text(_("Aucune commande en cours."))
    keys = key_rows(*([(line_words(line), ShowOrder(order_id=line.order_id).pack())] for line in lines))
    if isinstance(event, CallbackQuery):
        await event.answer()
        await show_in_place(event, words, keys)
    else:
        await event.answer(reply_markup=keys, **words.as_kwargs())


def order_page_keys(view: OrderView) -> InlineKeyboardMarkup:
    rows: list[list[tuple[str, str]]] = []
    after = next_state(view.state)
    if view.waiting_id is not None:
        answers = (Answer.YES, _("📞 Le client dit oui")), (Answer.NO, _("📞 Le client dit non"))
        rows.append([(words, SettleFound(found_id=view.waiting_id, answer=said).pack()) for said, words in answers])
    elif after is not None:
        rows.append([(f"➡ {order_state(after)}", MoveOrder(order_id=view.order_id, state=after).pack())])
    if may_return(view.state):
        back = MoveOrder(order_id=view.order_id, state=OrderState.WORKSHOP).pack()
        rows.append([(_("↩ Retour à l'atelier"), back)])
    if view.state is not OrderState.DELIVERED:
        steps = [(f"{task.icon} {task.label}", ShowTask(task_id=task.task_id).pack()) for task in view.tasks]
        rows += [steps[index : index + 2] for index in range(0, len(steps), 2)]
    if view.has_client and view.state in (OrderState.ACCEPTED, OrderState.PREPARED, OrderState.WORKSHOP):
        rows.append([(_("🔍 Autre chose à faire ?"), AskAgreement(order_id=view.order_id).pack())])
    rows.append(
        [
            (_("📷 Photo"), AddOrderPhoto(order_id=view.order_id).pack()),
            (_("♻ Matières"), ShowMaterials(order_id=view.order_id).pack()),
        ]
    )
    rows.append([(_("⬅ Les commandes"), ListOrders().pack())])
    return key_rows(*rows)


async def show_order(
    callback: CallbackQuery, callback_data: ShowOrder, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    view = await making.look(uow, actor, callback_data.order_id)
    await state.clear()
    await callback.answer()
    await show_in_place(callback, order_card(view), order_page_keys(view))


async def move_order(
    callback: CallbackQuery, callback_data: MoveOrder, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """To the next state; what has moved meanwhile is shown as it is."""
    try:
        view = await making.move(uow, actor, callback_data.order_id, callback_data.state, now)
        await callback.answer(order_state(view.state))
    except OrderMoved as moved:
        view = await making.look(uow, actor, callback_data.order_id)
        await callback.answer(explain_order(moved), show_alert=True)
    await show_in_place(callback, order_card(view), order_page_keys(view))


def _task_words(page: TaskPage) -> Text:
    parts: list[Text | str] = [
        Bold(f"{page.icon} {formats.name(page.label)}"),
        "\n",
        formats.isolate_ltr(page.reference),
    ]
    if page.regulated is not None:
        parts += [
            "\n",
            _("🛡 Travail réglementé : {why}. Il faut trois feux verts.", why=regulated_name(page.regulated)),
        ]
    if page.equipment:
        parts += ["\n", equipment_words(page.equipment)]
    parts += ["\n\n", _("Qui le fait ? Touchez un prénom.")]
    return Text(*parts)


def _task_keys(page: TaskPage) -> InlineKeyboardMarkup:
    names = [
        (
            f"{'☑' if one.given else '☐'} {formats.name(one.first_name)}",
            GiveTask(task_id=page.task_id, student_id=one.student_id).pack(),
        )
        for one in page.candidates
    ]
    rows = [names[index : index + 2] for index in range(0, len(names), 2)]
    for hand in page.hands:
        if hand.finished or hand.verdict is not None:
            sign = hand_sign(hand.begun, hand.finished, hand.verdict)
            words = _("{sign} Vérifier : {name}", sign=sign, name=formats.name(hand.first_name))
            rows.append([(words, SeeWork(work_id=hand.work_id).pack())])
    if page.regulated is None:
        rows.append([(_("🛡 C'est un travail réglementé"), RegulateTask(task_id=page.task_id, regulated=True).pack())])
    else:
        rows.append([(_("🛡 Ce n'est pas réglementé"), RegulateTask(task_id=page.task_id, regulated=False).pack())])
    rows.append([(_("⬅ La commande"), ShowOrder(order_id=page.order_id).pack())])
    return key_rows(*rows)


async def show_task(
    callback: CallbackQuery, callback_data: ShowTask, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await lessons.task_page(uow, actor, callback_data.task_id, now)
    await callback.answer()
    await show_in_place(callback, _task_words(page), _task_keys(page))


async def give_task(
    callback: CallbackQuery, callback_data: GiveTask, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await lessons.give(uow, actor, callback_data.task_id, callback_data.student_id, now)
    await callback.answer()
    await show_in_place(callback, _task_words(page), _task_keys(page))


async def regulate_task(
    callback: CallbackQuery, callback_data: RegulateTask, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await lessons.regulate(uow, actor, callback_data.task_id, callback_data.regulated, now)
    await callback.answer()
    await show_in_place(callback, _task_words(page), _task_keys(page))


async def see_work(callback: CallbackQuery, callback_data: SeeWork, actor: Actor, uow: UnitOfWork) -> None:
    work = await lessons.see_work(uow, actor, callback_data.work_id)
    await callback.answer()
    parts: list[Text | str] = [Bold(formats.name(work.student)), f" · {work.icon} {formats.name(work.label)}"]
    if work.word:
        parts += ["\n", Italic(formats.name(work.word))]
    for words in skill_words(work.skills):
        parts += ["\n· ", words]
    keys = key_rows(
        [(verdict_name(one), CheckWork(work_id=work.work_id, verdict=one).pack()) for one in Verdict],
    )
    await show_in_place(callback, Text(*parts), keys)


async def check_work(
    callback: CallbackQuery, callback_data: CheckWork, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    page = await lessons.check(uow, actor, callback_data.work_id, callback_data.verdict, now)
    await callback.answer(verdict_name(callback_data.verdict))
    await show_in_place(callback, _task_words(page), _task_keys(page))


async def settle_found(
    callback: CallbackQuery, callback_data: SettleFound, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    settled = await found.settle(uow, actor, callback_data.found_id, callback_data.answer, now)
    view = await making.look(uow, actor, settled.order_id)
    await callback.answer(_("C'est noté."))
    await show_in_place(callback, order_card(view), order_page_keys(view))


def build_router() -> Router:
    router = Router(name="orders")
    leading, only = SpeakingAs(*_LEADERS), allow(*_LEADERS)
    router.message.register(list_orders, Command("commandes"), leading, flags=only)
    router.message.register(list_orders, BarKey(ORDERS), leading, flags=only)
    router.callback_query.register(list_orders, ListOrders.filter(), flags=only)
    router.callback_query.register(show_order, ShowOrder.filter(), flags=only)
    router.callback_query.register(move_order, MoveOrder.filter(), flags=only)
    router.callback_query.register(show_task, ShowTask.filter(), flags=only)
    router.callback_query.register(give_task, GiveTask.filter(), flags=only)
    router.callback_query.register(regulate_task, RegulateTask.filter(), flags=only)
    router.callback_query.register(see_work, SeeWork.filter(), flags=only)
    router.callback_query.register(check_work, CheckWork.filter(), flags=only)
    router.callback_query.register(settle_found, SettleFound.filter(), flags=only)
    return router
