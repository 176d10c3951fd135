"""A student at the workshop: what to do now, what to wear for it, begin, finish, and what one can do already.

Refuses a long page: one step is one card.
"""

from datetime import datetime

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Italic, Text

from domain.orders import Verdict
from domain.people import Actor, Role
from domain.school import School
from handlers.lesson_card import equipment_words
from handlers.menus import MY_WORK, BarKey, home_bar
from handlers.notices.outgoing import key_rows
from handlers.order_keys import BeginWork, FinishWork, ListMyWork, ShareThanks, ShowMyWork
from handlers.order_words import hand_sign, skill_words
from handlers.policy import SpeakingAs, allow
from handlers.receiving import Sent
from locales import _, formats
from services import UnitOfWork
from services.documents.wearing import draw_wearing, print_skills
from services.orders import lessons, skills, thanks
from services.orders.lessons import Work


class Finishing(StatesGroup):
    """A word about what was made is awaited; which work is in the state's data."""

    word = State()


async def list_work(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, state: FSMContext) -> None:
    await state.clear()
    found = await lessons.my_work(uow, actor)
    words = _("Ton travail à l'atelier :") if found else _("Rien à faire à l'atelier pour le moment.")
    keys = key_rows(*([(_line(work), ShowMyWork(work_id=work.work_id).pack())] for work in found))
    message = event
    if isinstance(event, CallbackQuery):
        await event.answer()
        message = event.message  # type: ignore[assignment]
    if isinstance(message, Message):
        await message.answer(words, reply_markup=keys)


def _line(work: Work) -> str:
    sign = hand_sign(work.begun, work.finished, work.verdict)
    return f"{work.icon} {formats.name(work.label)} · {formats.name(work.order[:30])} {sign}".strip()


def _words(work: Work) -> Text:
    parts: list[Text | str] = [Bold(f"{work.icon} {formats.name(work.label)}"), "\n", "🧾 ", formats.name(work.order)]
    if work.verdict is Verdict.AGAIN:
        parts += ["\n", Bold(_("🔁 À reprendre : parles-en avec ton formateur ou ta formatrice."))]
    elif work.finished:
        parts += ["\n", _("🔵 C'est fini de ton côté. Ton formateur ou ta formatrice va regarder.")]
    elif not work.begun and work.equipment:
        parts += ["\n", equipment_words(work.equipment)]
    for words in skill_words(work.skills):
        parts += ["\n🎓 ", words]
    if work.word:
        parts += ["\n", Italic(formats.name(work.word))]
    return Text(*parts)


def _keys(work: Work) -> InlineKeyboardMarkup:
    rows: list[list[tuple[str, str]]] = []
    if not work.begun or work.verdict is Verdict.AGAIN:
        rows.append([(_("▶ Commencer"), BeginWork(work_id=work.work_id).pack())])
    elif not work.finished:
        rows.append([(_("🏁 J'ai fini"), FinishWork(work_id=work.work_id, sure=False).pack())])
    rows.append([(_("⬅ Mon travail"), ListMyWork().pack())])
    return key_rows(*rows)


async def show_work(callback: CallbackQuery, callback_data: ShowMyWork, actor: Actor, uow: UnitOfWork) -> None:
    """What to wear as a picture, and only then the key to begin."""
    work = await lessons.see_work(uow, actor, callback_data.work_id)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    waits = not work.begun or work.verdict is Verdict.AGAIN
    picture = await draw_wearing(work.equipment) if waits else None
    if picture is None:
        await callback.message.answer(reply_markup=_keys(work), **_words(work).as_kwargs())
        return
    await callback.message.answer_photo(
        BufferedInputFile(picture, "epi.png"), reply_markup=_keys(work), **_words(work).as_caption_kwargs()
    )


async def begin_work(
    callback: CallbackQuery, callback_data: BeginWork, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    work = await lessons.begin(uow, actor, callback_data.work_id, now)
    await callback.answer(_("C'est parti. Bon travail !"))
    if isinstance(callback.message, Message):
        await callback.message.edit_reply_markup(reply_markup=_keys(work))


async def finish_work(
    callback: CallbackQuery,
    callback_data: FinishWork,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
) -> None:
    """Finished at once; a word may follow."""
    work = await lessons.finish(uow, actor, callback_data.work_id, now)
    await callback.answer(_("C'est noté. ✅"))
    if not isinstance(callback.message, Message):
        return
    await callback.message.edit_reply_markup(reply_markup=_keys(work))
    if callback_data.sure:
        await state.clear()
        return
    await state.set_state(Finishing.word)
    await state.set_data({"work": work.work_id})
    skip = key_rows([(_("Passer ➡"), FinishWork(work_id=work.work_id, sure=True).pack())])
    await callback.message.answer(_("Un mot sur ton travail ? Comment tu as fait ?"), reply_markup=skip)


async def receive_word(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    work_id = int((await state.get_data())["work"])
    await lessons.finish(uow, actor, work_id, now, message.text)
    await state.clear()
    await message.answer(_("Merci, c'est gardé. ✅"), reply_markup=home_bar(actor.active_role))


async def show_skills(message: Message, actor: Actor, uow: UnitOfWork, school: School) -> None:
    can = await skills.of_me(uow, actor)
    if not can.done:
        await message.answer(_("Ici, tu verras ce que tu sais faire, après ton premier travail conforme."))
        return
    parts: list[Text | str] = [Bold(_("Ce que je sais faire"))]
    for one in can.done[:15]:
        parts += ["\n✅ ", f"{one.icon} {formats.name(one.label)} · {formats.name(one.order[:40])}"]
    if can.known:
        parts += ["\n\n", Bold(formats.isolate_ltr(can.diploma or ""))]
    for words in skill_words([known.skill for known in can.known]):
        parts += ["\n🎓 ", words]
    await message.answer(**Text(*parts).as_kwargs())
    paper = await print_skills(can, school.name)
    if paper is not None:
        words = _("La même chose sur papier, pour un employeur.")
        await message.answer_document(BufferedInputFile(paper, "ce-que-je-sais-faire.pdf"), caption=words)


async def share_thanks(
    callback: CallbackQuery, callback_data: ShareThanks, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    await thanks.show_family(uow, actor, callback_data.thanks_id, callback_data.shown, now)
    shown = _("Ta famille le verra vendredi."), _("Gardé pour toi. 🔒")
    await callback.answer(shown[0] if callback_data.shown else shown[1])
    if isinstance(callback.message, Message):
        await callback.message.edit_reply_markup(reply_markup=share_keys(callback_data.thanks_id, callback_data.shown))


def share_keys(thanks_id: int, shown: bool) -> InlineKeyboardMarkup:
    """The key that shows a client's thanks to the family, or takes it back."""
    words = _("☑ Montrer à ma famille") if shown else _("☐ Montrer à ma famille")
    return key_rows([(words, ShareThanks(thanks_id=thanks_id, shown=not shown).pack())])


def build_router() -> Router:
    router = Router(name="work")
    student, only = SpeakingAs(Role.STUDENT), allow(Role.STUDENT)
    router.message.register(list_work, Command("travail"), student, flags=only)
    router.message.register(list_work, BarKey(MY_WORK), student, flags=only)
    router.message.register(show_skills, Command("savoirfaire"), student, flags=only)
    router.callback_query.register(list_work, ListMyWork.filter(), flags=only)
    router.callback_query.register(show_work, ShowMyWork.filter(), flags=only)
    router.callback_query.register(begin_work, BeginWork.filter(), flags=only)
    router.callback_query.register(finish_work, FinishWork.filter(), flags=only)
    router.callback_query.register(share_thanks, ShareThanks.filter(), flags=only)
    router.message.register(receive_word, StateFilter(Finishing.word), Sent(ContentType.TEXT), flags=only)
    return router
