"""Asking for work: one question after the other, in keys or in words, kept at every step and sent with one tap.

Refuses to lose what was begun: after a restart, a week or another conversation it is where it was.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from aiogram import Bot, Router
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local, local_date
from domain.errors import MediaRefused, NotAllowed, PlanNotTaken, RequestError
from domain.people import Actor, DoorKind, Grant, PersonId, Role
from domain.requests import FILE_LIMIT_MB
from domain.work import Step
from handlers.business import form
from handlers.errors import explain
from handlers.in_place import show_in_place
from handlers.menus import QUOTE, BarKey, home_bar, is_bar_key, set_menu
from handlers.notices.outgoing import one_key
from handlers.policy import allow
from handlers.receiving import download
from handlers.request_keys import AnswerStep, AskForWork, ShowMyRequest
from locales import _, formats
from services import UnitOfWork
from services.requests import drafting
from services.requests.drafting import Farewell, Page
from services.requests.files import Attachment
from services.requests.sending import Chat

CLIENTS = (Role.VISITOR, Role.BUSINESS, Role.GUARDIAN)
"""Who may ask for work: anybody from outside, and families too."""

FILES = (ContentType.PHOTO, ContentType.DOCUMENT)


class Asking(StatesGroup):
    """A request is being written: what comes belongs to it."""

    open = State()


class Typed(Filter):
    """Filter: words, and no command and no key of the bar."""

    async def __call__(self, message: Message) -> bool:
        text = message.text or ""
        return bool(text.strip()) and not text.startswith("/") and not is_bar_key(text)


class Sent(Filter):
    """Filter: a photo or a document."""

    async def __call__(self, message: Message) -> bool:
        return message.content_type in FILES


class Unfit(Filter):
    """Filter: what is neither words nor a file that can be kept."""

    async def __call__(self, message: Message) -> bool:
        return message.content_type not in (*FILES, ContentType.TEXT)


def chat_of(message: Message, door: DoorKind) -> Chat:
    return Chat(door, message.chat.id)


def called(message: Message) -> str:
    """What the chat calls its person."""
    return message.chat.full_name or ""


async def begin(
    event: Message | CallbackQuery,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    door: DoorKind,
    state: FSMContext,
    callback_data: AskForWork | None = None,
) -> None:
    """The first question, or the one where it was left."""
    message = event if isinstance(event, Message) else event.message
    if not isinstance(message, Message):
        return
    anew = callback_data is not None and callback_data.anew
    page = await drafting.begin(uow, actor, chat_of(message, door), now, anew=anew)
    if isinstance(event, CallbackQuery):
        await event.answer()
    await state.set_state(Asking.open)
    await _show(message, page, uow, now, state)


async def press(
    callback: CallbackQuery,
    callback_data: AnswerStep,
    bot: Bot,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    door: DoorKind,
    state: FSMContext,
) -> None:
    """A key of a question."""
    message = callback.message
    if not isinstance(message, Message) or callback_data.step not in set(Step):
        await callback.answer()
        return
    chat, step, value = chat_of(message, door), Step(callback_data.step), callback_data.value
    if step is Step.SUMMARY and value == "send":
        await _send(callback, message, bot, actor, uow, now, door, state)
        return
    if step is Step.SUMMARY and value == "drop":
        await drafting.give_up(uow, chat, now)
        await state.set_state(None)
        await callback.answer()
        key = one_key(_("📝 Une autre demande"), AskForWork().pack())
        await show_in_place(callback, Text(_("C'est abandonné. Rien n'est parti.")), key)
        return
    if step is Step.FILES and value == "none":
        page = await drafting.forget_files(uow, chat, now)
    else:
        page = await _chosen(uow, chat, step, value, now, called(message))
    await callback.answer()
    await state.set_state(Asking.open)
    if await _show_aside(callback, page, step, value, uow, now):
        return
    days, today = await drafting.days_for(uow, now), local_date(now)
    shown = await show_in_place(
        callback, form.form_words(page), form.form_keys(page, days, today, called=called(message))
    )
    await state.update_data({"card": shown, "group": None})


async def _chosen(uow: UnitOfWork, chat: Chat, step: Step, value: str, now: datetime, name: str) -> Page:
    try:
        return await drafting.choose(uow, chat, step, value, now, name)
    except ValueError:  # a date there is none of: no key of ours
        raise NotAllowed from None


async def _show_aside(
    callback: CallbackQuery, page: Page, step: Step, value: str, uow: UnitOfWork, now: datetime
) -> bool:
    """What only looks: another month, the numbers of a size, the list of answers."""
    if step is Step.DATE and value.startswith("m"):
        with suppress(ValueError):
            month = date.fromisoformat(value[1:])
            keys = form.month_keys(await drafting.days_for(uow, now), month, local_date(now))
            title, hint = form.question(Step.DATE, page)
            await show_in_place(callback, Text(Bold(title), "\n", hint, "\n", formats.month(month)), keys)
            return True
    if step is Step.TYRE and value.startswith("w"):
        chosen = [part for part in value[1:].split("-") if part.isdecimal()][:2]
        await show_in_place(callback, form.tyre_words(chosen), form.tyre_keys(chosen))
        return True
    if step is Step.SUMMARY and value == "change":
        await show_in_place(callback, Text(Bold(_("Que voulez-vous changer ?"))), form.change_keys(page.draft))
        return True
    return False


async def type_in(
    message: Message, actor: Actor, uow: UnitOfWork, now: datetime, door: DoorKind, state: FSMContext
) -> None:
    """Words: the answer to the question at hand."""
    page = await drafting.type_in(uow, chat_of(message, door), message.text or "", now)
    await _show(message, page, uow, now, state)


async def receive_file(
    message: Message, actor: Actor, uow: UnitOfWork, now: datetime, door: DoorKind, state: FSMContext
) -> None:
    """A photo or a plan, whenever it comes; where it cannot be kept, that is said and the question asked again below."""
    chat = chat_of(message, door)
    try:
        page = await drafting.attach(uow, chat, await attachment(message), message.caption, now)
    except (RequestError, MediaRefused) as error:
        await message.answer(explain(error))
        page = replace(await drafting.begin(uow, actor, chat, now), taken_up=False)
    await _show(message, page, uow, now, state, message.media_group_id)


async def attachment(message: Message) -> Attachment:
    """The file of a message. Raises `MediaRefused` before anything too big is fetched, `PlanNotTaken`."""
    if message.photo:
        return Attachment(await download(message, message.photo[-1], "photo", FILE_LIMIT_MB), "photo.jpg", photo=True)
    if message.document is None:
        raise PlanNotTaken
    data = await download(message, message.document, "document", FILE_LIMIT_MB)
    return Attachment(data, message.document.file_name or "document")


async def refuse(message: Message) -> None:
    await message.answer(_("Ici, je prends du texte, des photos, un PDF ou un DXF."))


async def _show(
    message: Message, page: Page, uow: UnitOfWork, now: datetime, state: FSMContext, group: str | None = None
) -> None:
    """The question below what was sent last; the card of before goes, and pictures of one album share one card."""
    kept = await state.get_data()
    card, bot = kept.get("card"), message.bot
    words = form.form_words(page)
    days = await drafting.days_for(uow, now)
    keys = form.form_keys(page, days, local_date(now), called=called(message))
    if card is not None and bot is not None:
        with suppress(TelegramBadRequest):
            if group is not None and group == kept.get("group"):
                await bot.edit_message_text(
                    chat_id=message.chat.id, message_id=card, reply_markup=keys, **words.as_kwargs()
                )
                return
            await bot.delete_message(message.chat.id, card)
    sent = await message.answer(reply_markup=keys, **words.as_kwargs())
    await state.update_data({"card": sent.message_id, "group": group})


async def _send(
    callback: CallbackQuery,
    message: Message,
    bot: Bot,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    door: DoorKind,
    state: FSMContext,
) -> None:
    await state.set_state(None)
    await state.update_data({"card": None, "group": None})
    done = await drafting.send(uow, actor, chat_of(message, door), called(message), now)
    await callback.answer()
    words = _farewell(done)
    key = one_key(_("👀 Voir ma demande"), ShowMyRequest(request_id=done.sent.request_id).pack())
    await show_in_place(callback, words, key)
    if done.sent.newcomer:
        member = Actor(
            actor.language, (Grant(Role.BUSINESS),), PersonId(done.sent.person_id), active_role=Role.BUSINESS
        )
        await set_menu(bot, message.chat.id, member)
        again = _("Pour la retrouver : « 📋 Mes demandes », en bas.")
        await message.answer(again, reply_markup=home_bar(Role.BUSINESS))


def _farewell(done: Farewell) -> Text:
    """What happens next, and when."""
    title = _("✅ Demande {reference} envoyée.", reference=formats.isolate_ltr(done.sent.reference))
    lines: list[Text | str] = [Bold(title)]
    if not done.is_open:
        lines.append("\n" + _("L'école est fermée. Elle lit votre demande {day}.", day=_day(done.opens_at)))
    by = local(done.answer_by)
    lines.append(
        "\n" + _("Vous avez une réponse au plus tard {day} à {hour}.", day=_day(by), hour=formats.hour(by.time()))
    )
    lines.append("\n" + _("Rien n'est commandé avant votre accord sur un devis."))
    return Text(*lines)


def _day(at: datetime) -> str:
    return formats.day_in_full(local(at).date())


def build_router() -> Router:
    router = Router(name="asking for work")
    only = allow(*CLIENTS)
    router.message.register(begin, Command("devis"), flags=only)
    router.message.register(begin, BarKey(QUOTE), flags=only)
    router.callback_query.register(begin, AskForWork.filter(), flags=only)
    router.callback_query.register(press, AnswerStep.filter(), flags=only)
    open_form = StateFilter(Asking.open)
    router.message.register(type_in, open_form, Typed(), flags=only)
    router.message.register(receive_file, open_form, Sent(), flags=only)
    router.message.register(refuse, open_form, Unfit(), flags=only)
    return router
