"""Who has to be called, live: the list, one call with its numbers, « j'ai appelé », and the same on paper.

Refuses to close a call by a slip: it is opened first, and then somebody says what came of it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.escalation import Why
from domain.people import Actor, Role
from domain.rollcall import RollState
from domain.school import School
from handlers.broadcast_keys import ListUrgentCalls
from handlers.in_place import show_in_place
from handlers.menus import CALLS, BarKey
from handlers.notices.attendance import why_words
from handlers.policy import SpeakingAs, allow
from handlers.roll_buttons import Called, ListCalls, OpenCall, OpenRoll, PrintCalls
from handlers.week_card import shortened
from locales import _, formats, ngettext
from services import UnitOfWork, calls, rollcall
from services.calls import ToCall
from services.documents.call_list import callee_detail, half_day_name, phone, print_call_list, tried

_MOST = 12
"""Calls, and rolls, that one message holds with long names; the paper has them all."""


async def _read(actor: Actor, uow: UnitOfWork, now: datetime) -> tuple[list[ToCall], list[rollcall.ToCall]]:
    uncalled = await rollcall.uncalled(uow, actor, now) if Role.DIRECTION in actor.roles else []
    return await calls.to_call(uow, actor, now), uncalled


def _roll_words(one: rollcall.ToCall, today: date) -> str:
    sign = "❓" if one.state is RollState.DOUBTED else "✋"
    sign = "🕒" if one.expected and one.state not in (None, RollState.OPEN, RollState.DOUBTED) else sign
    return f"{sign} {_session_words(one, today)}"


def _session_words(one: rollcall.ToCall, today: date) -> str:
    at = formats.hour(one.starts)
    if one.day != today:
        at = f"{formats.day_in_full(one.day)}, {at}"
    return f"{at} · {formats.name(shortened(one.group))}"


def _list_words(lines: Sequence[ToCall], uncalled: Sequence[rollcall.ToCall], today: date) -> Text:
    if lines:
        title = ngettext("📞 {count} famille à appeler", "📞 {count} familles à appeler", len(lines))
    else:
        title = _("✅ Personne à appeler pour le moment.")
    parts: list[Text | str] = [Bold(title)]
    for line in lines[:_MOST]:
        name = f"{formats.name(shortened(line.first_name))} ({formats.name(shortened(line.group))})"
        about = [half_day_name(line), why_words(line.why), tried(line)]
        parts += ["\n\n", Bold(name), "\n", "\n".join(words for words in about if words)]
    if len(lines) > _MOST:
        rest = len(lines) - _MOST
        parts += ["\n\n", ngettext("Et {count} autre.", "Et {count} autres.", rest)]
    if uncalled:
        parts += ["\n\n", Bold(_("Appels à faire ✋, à vérifier ❓, ou quelqu'un est encore attendu 🕒"))]
        parts += [f"\n{_roll_words(one, today)} · {formats.name(shortened(one.title))}" for one in uncalled[:_MOST]]
    return Text(*parts)


def _list_keys(
    actor: Actor, lines: Sequence[ToCall], uncalled: Sequence[rollcall.ToCall], today: date
) -> InlineKeyboardMarkup:
    people = [
        InlineKeyboardButton(
            text=f"📞 {formats.name(shortened(line.first_name))}", callback_data=OpenCall(task_id=line.task_id).pack()
        )
        for line in lines[:_MOST]
    ]
    rows = [people[at : at + 2] for at in range(0, len(people), 2)]
    rows += [
        [InlineKeyboardButton(text=_roll_words(one, today), callback_data=OpenRoll(session_id=one.session_id).pack())]
        for one in uncalled[:_MOST]
    ]
    again = InlineKeyboardButton(text=_("🔄 Actualiser"), callback_data=ListCalls().pack())
    paper = InlineKeyboardButton(text=_("🖨 Liste à imprimer"), callback_data=PrintCalls().pack())
    rows.append([InlineKeyboardButton(text=_("🚨 Messages urgents"), callback_data=ListUrgentCalls().pack())])
    rows.append([again, paper] if Role.DIRECTION in actor.roles else [again])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _list_card(
    actor: Actor, lines: Sequence[ToCall], uncalled: Sequence[rollcall.ToCall], now: datetime
) -> tuple[Text, InlineKeyboardMarkup]:
    today = local_date(now)
    return _list_words(lines, uncalled, today), _list_keys(actor, lines, uncalled, today)


async def list_calls(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    lines, uncalled = await _read(actor, uow, now)
    words, keys = _list_card(actor, lines, uncalled, now)
    await message.answer(reply_markup=keys, **words.as_kwargs())


async def show_calls(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    lines, uncalled = await _read(actor, uow, now)
    await callback.answer()
    await show_in_place(callback, *_list_card(actor, lines, uncalled, now))


async def open_call(
    callback: CallbackQuery, callback_data: OpenCall, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    """Why, whom, at which number; a call that is settled meanwhile leads back to the list."""
    task = await calls.task_view(uow, callback_data.task_id, actor.member_id, now)
    if task is None:
        await _back_to_list(callback, actor, uow, now, _("C'est déjà réglé."))
        return
    await callback.answer()
    people = [
        Text("\n\n", Bold(formats.name(one.first_name)), f" · {callee_detail(one)}\n{phone(one.phone)}")
        for one in task.callees
    ] or [Text("\n\n", _("Personne n'est inscrit pour les absences."))]
    title = f"📞 {formats.name(task.first_name)} · {formats.name(task.group)}"
    about = [half_day_name(task), why_words(task.why), tried(task)]
    how = _("« J'ai appelé » : quelqu'un a répondu, et c'est réglé.")
    words = Text(Bold(title), "\n", "\n".join(line for line in about if line), *people, "\n\n", how)

    def key(label: str, data: str) -> list[InlineKeyboardButton]:
        return [InlineKeyboardButton(text=label, callback_data=data)]

    keys = [
        key(_("✅ J'ai appelé"), Called(task_id=task.task_id, reached=True).pack()),
        key(_("Personne n'a répondu"), Called(task_id=task.task_id, reached=False).pack()),
        key(_("⬅ Retour"), ListCalls().pack()),
    ]
    await show_in_place(callback, words, InlineKeyboardMarkup(inline_keyboard=keys))


async def note_call(
    callback: CallbackQuery, callback_data: Called, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    done = await calls.called(uow, actor, callback_data.task_id, callback_data.reached, now)
    if done and not callback_data.reached:
        words = _("C'est déjà réglé.")
    elif done:
        words = _("C'est noté. Merci !")
    else:
        words = _("C'est noté. La famille reste sur la liste.")
    await _back_to_list(callback, actor, uow, now, words)


async def _back_to_list(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, words: str) -> None:
    lines, uncalled = await _read(actor, uow, now)
    await callback.answer(words)
    await show_in_place(callback, *_list_card(actor, lines, uncalled, now))


async def print_calls(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, school: School) -> None:
    lines, uncalled = await _read(actor, uow, now)
    rolls = [f"{_session_words(one, local_date(now))} · {formats.name(one.title)}" for one in uncalled]
    why = {reason: why_words(reason) for reason in Why}
    pages = await print_call_list(school.name, lines, await calls.unlinked(uow, actor, now), rolls, why, now)
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    if pages is None:
        await callback.message.answer(_("La liste ne peut pas être imprimée maintenant. Elle reste lisible ici."))
        return
    name = _("a-appeler-{day}.pdf", day=local_date(now).isoformat())
    words = _("La liste de maintenant, à imprimer. Elle nomme des personnes : à détruire ce soir.")
    await callback.message.answer_document(BufferedInputFile(pages, name), caption=words)


def build_router() -> Router:
    router = Router(name="calls")
    callers = (Role.TRAINER, Role.DIRECTION)
    staff, direction = allow(*callers), allow(Role.DIRECTION)
    router.message.register(list_calls, Command("aappeler"), SpeakingAs(*callers), flags=staff)
    router.message.register(list_calls, BarKey(CALLS), SpeakingAs(*callers), flags=staff)
    router.callback_query.register(show_calls, ListCalls.filter(), flags=staff)
    router.callback_query.register(open_call, OpenCall.filter(), flags=staff)
    router.callback_query.register(note_call, Called.filter(), flags=staff)
    router.callback_query.register(print_calls, PrintCalls.filter(), flags=direction)
    return router
