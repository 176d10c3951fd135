"""The help card: numbers that answer, and an adult of the school. One tap away, always, whatever is going on.

Refuses to ask what is wrong, and to pretend: this is a robot and it calls nobody in an emergency.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.people import EVERYONE, Actor, Role
from domain.school import School
from handlers.buttons import Leave, WantToTalk
from handlers.menus import HELP, BarKey
from handlers.policy import allow
from locales import _, formats
from services import UnitOfWork, talks

REVIEWED = "2026-11-23"
"""When numbers and hours were last compared with solidarites.gouv.fr/node/2219 (119, 3018), 3114.fr and 112/114.

A test fails one year later.
"""


def card(actor: Actor, school: School) -> Text:
    """The help card in the current language: in the second person for students, neutral for everyone else."""
    number = formats.isolate_ltr
    student = Role.STUDENT in actor.roles
    title = _("Ça ne va pas ? Tu as peur ? Tu peux parler à un adulte de l'école.") if student else _("Besoin d'aide ?")
    lines = [
        _("Danger maintenant : {n112}, ou SMS au {n114}.", n112=number("112"), n114=number("114")),
        _("Jeune en danger : {n119}, jour et nuit.", n119=number("119")),
        _("Harcèlement ou problème sur internet : {n3018}, de 9 h à 23 h.", n3018=number("3018")),
        _("Envie de mourir : {n3114}, jour et nuit.", n3114=number("3114")),
        _("C'est gratuit. Ici, c'est un robot : il n'appelle pas les secours."),
    ]
    if school.contact:
        lines.insert(0, _("L'école : {contact}", contact=formats.isolate_ltr(school.contact)))
    return Text(Bold(title), "\n\n", "\n".join(lines))


def card_keys(actor: Actor) -> InlineKeyboardMarkup | None:
    """The way to an adult, for students."""
    if Role.STUDENT not in actor.roles:
        return None
    key = InlineKeyboardButton(text=_("🗣 Parler à un adulte de l'école"), callback_data=WantToTalk(sure=False).pack())
    return InlineKeyboardMarkup(inline_keyboard=[[key]])


async def ask_for_help(message: Message, actor: Actor, school: School) -> None:
    await message.answer(reply_markup=card_keys(actor), **card(actor, school).as_kwargs())


async def want_to_talk(
    callback: CallbackQuery, callback_data: WantToTalk, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """First press: say what will happen. Second: let it happen."""
    if not isinstance(callback.message, Message):
        await callback.answer()
        return
    if not callback_data.sure:
        await callback.answer()
        keys = [
            [InlineKeyboardButton(text=_("Oui, préviens un adulte"), callback_data=WantToTalk(sure=True).pack())],
            [InlineKeyboardButton(text=_("Non, pas maintenant"), callback_data=Leave().pack())],
        ]
        await callback.message.answer(
            _("La direction saura que tu veux parler. Rien d'autre n'est dit, et ta famille n'est pas prévenue."),
            reply_markup=InlineKeyboardMarkup(inline_keyboard=keys),
        )
        return
    await talks.ask_to_talk(uow, actor, now)
    await callback.answer()
    await callback.message.edit_text(
        _(
            "C'est envoyé à la direction. Quelqu'un viendra te parler. Danger maintenant : {n112}.",
            n112=formats.isolate_ltr("112"),
        )
    )


async def leave(callback: CallbackQuery) -> None:
    """Nothing was asked for, nothing is done."""
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_text(_("D'accord. L'aide reste ici, à tout moment."))


def build_router() -> Router:
    router = Router(name="help")
    router.message.register(ask_for_help, Command("help", "aide"), flags=allow(*EVERYONE))
    router.message.register(ask_for_help, BarKey(HELP), flags=allow(*EVERYONE))
    router.callback_query.register(want_to_talk, WantToTalk.filter(), flags=allow(Role.STUDENT))
    router.callback_query.register(leave, Leave.filter(), flags=allow(*EVERYONE))
    return router
