"""What a trainer writes or photographs for an order: work found on the way, the finished piece, what went into it, the thanks.

Refuses to lose what was typed: a number that is not understood is asked for again.
"""

from datetime import datetime

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.errors import AmountUnclear
from domain.orders import TYRE_KG, Made, Stuff
from domain.people import Actor, Role
from domain.reflections import PHOTO_LIMIT_MB
from handlers.in_place import show_in_place
from handlers.notices.outgoing import key_rows, one_key
from handlers.order_keys import AddOrderPhoto, AskAgreement, NoteMaterial, PassThanks, ShowMaterials, ShowOrder
from handlers.order_words import amount_words, explain_order, order_card, plain_number, price_words, stuff_name
from handlers.policy import allow
from handlers.receiving import Sent, download
from handlers.trainer.orders import order_page_keys
from locales import _, formats
from services import UnitOfWork
from services.orders import found, making, materials, thanks
from services.orders.making import OrderView

_LEADERS = (Role.TRAINER, Role.DIRECTION)


class Entering(StatesGroup):
    """Something about an order is awaited; its id and what is known already are in the state's data."""

    found = State()
    price = State()
    photo = State()
    amount = State()


async def ask_what(
    callback: CallbackQuery, callback_data: AskAgreement, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    await making.look(uow, actor, callback_data.order_id)
    await state.set_state(Entering.found)
    await state.set_data({"order": callback_data.order_id})
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(_("Qu'avez-vous vu ? Envoyez une photo avec quelques mots, ou quelques mots."))


async def receive_found(message: Message, state: FSMContext) -> None:
    """The words, and the photo by its id in the chat until the price is known."""
    data = await state.get_data()
    words = (message.text or message.caption or "").strip() or data.get("words", "")
    photo = message.photo[-1].file_id if message.photo else data.get("photo")
    await state.update_data(words=words, photo=photo)
    if not words:
        await message.answer(_("Et en quelques mots ?"))
        return
    await state.set_state(Entering.price)
    await message.answer(_("Combien en plus, taxes comprises ? Exemple : 45 ou 12,50."))


async def receive_price(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """The price; then the client is asked."""
    try:
        price = found.read_price(message.text or "")
    except AmountUnclear as unclear:
        await message.answer(explain_order(unclear))
        return
    data = await state.get_data()
    photo = None
    if data.get("photo") and message.bot is not None:
        file = await message.bot.download(data["photo"])
        photo = None if file is None else file.read()
    asked = await found.ask(uow, actor, int(data["order"]), str(data["words"]), price, photo, now)
    await state.clear()
    words = _("C'est demandé au client : {price}. La commande attend sa réponse.", price=price_words(asked.price))
    await message.answer(words, reply_markup=one_key(_("⬅ La commande"), ShowOrder(order_id=asked.order_id).pack()))


async def ask_photo(
    callback: CallbackQuery, callback_data: AddOrderPhoto, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    await making.look(uow, actor, callback_data.order_id)
    await state.set_state(Entering.photo)
    await state.set_data({"order": callback_data.order_id})
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.answer(
            _("Envoyez la photo du travail fini, sans visage ni plaque. Elle ira avec le merci du client.")
        )


async def receive_photo(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    if not message.photo:
        await message.answer(_("J'attends une photo."))
        return
    order_id = int((await state.get_data())["order"])
    data = await download(message, message.photo[-1], "photo", PHOTO_LIMIT_MB)
    await making.add_photo(uow, actor, order_id, data, now)
    await state.clear()
    key = one_key(_("⬅ La commande"), ShowOrder(order_id=order_id).pack())
    await message.answer(_("C'est gardé."), reply_markup=key)


async def show_materials(callback: CallbackQuery, callback_data: ShowMaterials, actor: Actor, uow: UnitOfWork) -> None:
    view = await making.look(uow, actor, callback_data.order_id)
    await callback.answer()
    rows = [
        [(_material_words(view, stuff, made), NoteMaterial(order_id=view.order_id, stuff=stuff, made=made).pack())]
        for stuff in Stuff
        for made in Made
    ]
    rows.append([(_("⬅ La commande"), ShowOrder(order_id=view.order_id).pack())])
    words = Text(
        Bold(_("Ce qui est entré dans la commande")),
        "\n",
        _("Pneus : on compte. Métal : on pèse. Un pneu : {kg} kg (filière française, 2016).", kg=plain_number(TYRE_KG)),
    )
    await show_in_place(callback, words, key_rows(*rows))


def _material_words(view: OrderView, stuff: Stuff, made: Made) -> str:
    amount = next((amount for one, way, amount in view.materials if (one, way) == (stuff, made)), 0)
    return f"{stuff_name(stuff, made)} : {amount_words(stuff, amount)}"


async def ask_amount(
    callback: CallbackQuery, callback_data: NoteMaterial, actor: Actor, uow: UnitOfWork, state: FSMContext
) -> None:
    await making.look(uow, actor, callback_data.order_id)
    await state.set_state(Entering.amount)
    await state.set_data(
        {"order": callback_data.order_id, "stuff": callback_data.stuff.value, "made": callback_data.made.value}
    )
    await callback.answer()
    if isinstance(callback.message, Message):
        name = stuff_name(callback_data.stuff, callback_data.made)
        tyres = callback_data.stuff is Stuff.TYRE
        words = (
            _("{what} : combien en tout ?", what=name) if tyres else _("{what} : combien de kg en tout ?", what=name)
        )
        await callback.message.answer(words)


async def receive_amount(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    data = await state.get_data()
    stuff, made = Stuff(data["stuff"]), Made(data["made"])
    try:
        amount = materials.read_amount_of(stuff, message.text or "")
    except AmountUnclear as unclear:
        await message.answer(explain_order(unclear))
        return
    view = await materials.note(uow, actor, int(data["order"]), stuff, made, amount, now)
    await state.clear()
    await message.answer(reply_markup=order_page_keys(view), **order_card(view).as_kwargs())


async def pass_thanks(
    callback: CallbackQuery, callback_data: PassThanks, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if callback_data.on:
        word = await thanks.pass_on(uow, actor, callback_data.thanks_id, now)
        words = _("C'est transmis : {names}.", names=formats.listed(word.makers))
        await callback.answer(words[:200])
        if isinstance(callback.message, Message):
            await callback.message.edit_reply_markup(reply_markup=None)
    else:
        await thanks.hold(uow, actor, callback_data.thanks_id, now)
        await callback.answer(_("Gardé. Les élèves ne le voient pas."))


def build_router() -> Router:
    router = Router(name="order entries")
    only = allow(*_LEADERS)
    router.callback_query.register(ask_what, AskAgreement.filter(), flags=only)
    router.callback_query.register(ask_photo, AddOrderPhoto.filter(), flags=only)
    router.callback_query.register(show_materials, ShowMaterials.filter(), flags=only)
    router.callback_query.register(ask_amount, NoteMaterial.filter(), flags=only)
    router.callback_query.register(pass_thanks, PassThanks.filter(), flags=only)
    sent = Sent(ContentType.TEXT, ContentType.PHOTO)
    router.message.register(receive_found, StateFilter(Entering.found), sent, flags=only)
    router.message.register(receive_price, StateFilter(Entering.price), sent, flags=only)
    router.message.register(receive_photo, StateFilter(Entering.photo), sent, flags=only)
    router.message.register(receive_amount, StateFilter(Entering.amount), sent, flags=only)
    return router
