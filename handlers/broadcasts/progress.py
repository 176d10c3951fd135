"""Following what was written to many: live numbers, names, pause, a reminder, a correction, a recall, a table, paper.

Refuses a recall by a slip of the thumb: that one is asked twice.
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, Message
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import Body, Kind, Outcome, Reader
from domain.people import Actor, Language
from domain.school import School
from handlers.broadcast_card import answer_words
from handlers.broadcast_keys import CorrectText, Follow, ListBroadcasts, Remind, WriteBroadcast, key_rows
from handlers.broadcast_progress import chart_of, progress_keys, progress_words
from handlers.broadcast_words import became_words, one_reader, outcome_words
from handlers.broadcasts.compose import AUTHORS, Written
from handlers.in_place import show_in_place
from handlers.policy import SpeakingAs, allow
from locales import NAMES, _, formats, ngettext
from services import UnitOfWork
from services.broadcasts import changing, following, sending
from services.broadcasts.following import Line
from services.documents.chart import draw_results
from services.documents.handout import print_handouts
from services.documents.results import results_table

_NAMES = 30


class Correcting(StatesGroup):
    """The author's next message is what every copy says from now on."""

    waiting = State()


async def list_broadcasts(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """What was written lately, to follow one."""
    found = await following.recent(uow, actor, now)
    rows = [
        [(f"📣 {formats.name(seen.excerpt or '📎')}", Follow(broadcast_id=seen.broadcast_id, what="show").pack())]
        for seen in found
    ]
    rows.append([(_("📣 Un autre message"), WriteBroadcast().pack())])
    words = _("📋 Les annonces, la plus récente d'abord.") if found else _("Aucune annonce pour le moment.")
    await callback.answer()
    await show_in_place(callback, Text(Bold(words)), key_rows(*rows))


async def follow(
    callback: CallbackQuery,
    callback_data: Follow,
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    state: FSMContext,
    school: School,
) -> None:
    """A key under the progress of a broadcast."""
    key = callback_data.broadcast_id
    match callback_data.what:
        case "pause":
            await sending.pause(uow, actor, key, now)
        case "resume":
            await sending.resume(uow, actor, key, now)
        case "stop":
            await sending.stop(uow, actor, key, now)
        case "sure":
            count = await changing.recall(uow, actor, key, now)
            await callback.answer(ngettext("{count} message à retirer.", "{count} messages à retirer.", count))
        case "names":
            await _names(callback, actor, uow, key)
            return
        case "correct":
            await _ask_correction(callback, actor, uow, key, now, state)
            return
        case "recall":
            await _ask_recall(callback, actor, uow, key, now)
            return
        case "table":
            await _table(callback, actor, uow, key, now)
            return
        case "late":
            words = _("Un message se retire pendant 48 h s'il a un fichier, 13 jours sinon. Vous pouvez le corriger.")
            await callback.answer(words, show_alert=True)
            return
        case "chart":
            await _chart(callback, actor, uow, key, now)
            return
        case "paper":
            await _paper(callback, actor, uow, key, school, now)
            return
    await _show(callback, actor, uow, key, now)


async def _show(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int, now: datetime) -> None:
    seen = await following.progress(uow, actor, key, now)
    await callback.answer()
    await show_in_place(callback, progress_words(seen), progress_keys(seen))


async def remind(callback: CallbackQuery, callback_data: Remind, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """Remind only those who have not tapped; twice at most."""
    count = await following.remind(uow, actor, callback_data.broadcast_id, callback_data.number, now)
    await callback.answer(
        ngettext("Rappel à {count} personne.", "Rappel à {count} personnes.", count)
        if count
        else _("Rien de plus à rappeler.")
    )
    await _show(callback, actor, uow, callback_data.broadcast_id, now)


async def _names(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int) -> None:
    """Who has not tapped, and whom it did not reach, by name."""
    listed = await following.lines(uow, actor, key)
    whole = await following.whole(uow, actor, key)
    parts: list[Text | str] = []
    if whole.kind is not Kind.INFORMATION:
        silent = [line for line in listed if line.outcome in (Outcome.SENT, Outcome.UNCERTAIN) and not _tapped(line)]
        words = _("👁 On attend encore :") if silent else _("👁 Toutes les personnes jointes ont répondu.")
        parts += [Bold(words), *_named(silent)]
    for outcome in (Outcome.BLOCKED, Outcome.PAPER, Outcome.UNCERTAIN, Outcome.FAILED, Outcome.HELD):
        there = [line for line in listed if line.outcome is outcome]
        if there:
            parts += ["\n\n" if parts else "", Bold(outcome_words(outcome, len(there))), *_named(there)]
    await callback.answer()
    text = Text(*parts) if parts else Text(_("Tout est arrivé."))
    back = [(_("⬅ Retour"), Follow(broadcast_id=key, what="show").pack())]
    await show_in_place(callback, text, key_rows(back))


def _tapped(line: Line) -> bool:
    return line.seen_at is not None or line.family_answered


def _named(listed: list[Line]) -> list[str]:
    names = [f"\n· {_full(line)} ({one_reader(line.reader)})" for line in listed[:_NAMES]]
    more = len(listed) - _NAMES
    return [*names, "\n" + ngettext("et {count} autre", "et {count} autres", more)] if more > 0 else names


def _full(line: Line) -> str:
    return formats.name(f"{line.first_name} {line.last_name}" if line.last_name else line.first_name)


async def _ask_correction(
    callback: CallbackQuery,
    actor: Actor,
    uow: UnitOfWork,
    key: int,
    now: datetime,
    state: FSMContext,
    language: Language | None = None,
) -> None:
    await following.progress(uow, actor, key, now)
    await state.set_state(Correcting.waiting)
    await state.set_data({"broadcast": key, "language": language and str(language)})
    await callback.answer()
    if isinstance(callback.message, Message):
        words = _("Écrivez le texte juste, en entier. Il remplacera l'ancien partout, avec la mention « corrigé ».")
        rows = []
        texts = (await following.whole(uow, actor, key)).texts
        if language is not None:
            words = _("Écrivez le texte juste en {language}, en entier.", language=formats.name(NAMES[language]))
        elif texts:
            more = _("Qui l'a reçu dans une autre langue lira ce texte, jusqu'à ce que le sien soit corrigé aussi.")
            words = f"{words} {more}"
            rows = [[(f"✏ {NAMES[one]}", CorrectText(broadcast_id=key, language=one).pack()) for one in texts]]
        back = [(_("⬅ Retour"), Follow(broadcast_id=key, what="show").pack())]
        await callback.message.answer(words, reply_markup=key_rows(*rows, back))


async def correct_text(
    callback: CallbackQuery, callback_data: CorrectText, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext
) -> None:
    await _ask_correction(callback, actor, uow, callback_data.broadcast_id, now, state, callback_data.language)


async def receive_correction(message: Message, actor: Actor, uow: UnitOfWork, now: datetime, state: FSMContext) -> None:
    """What every copy says from now on."""
    kept = await state.get_data()
    key, language = int(kept["broadcast"]), kept.get("language")
    entities = message.entities or message.caption_entities or []
    plain = [{"type": one.type, "offset": one.offset, "length": one.length, "url": one.url} for one in entities]
    body = Body.of(message.text or message.caption or "", plain)
    count = await changing.correct(uow, actor, key, body, now, Language(language) if language else None)
    await state.clear()
    words = ngettext("✅ {count} message va être corrigé.", "✅ {count} messages vont être corrigés.", count)
    show = Follow(broadcast_id=key, what="show").pack()
    await message.answer(words, reply_markup=key_rows([(_("📣 Suivre"), show)]))


async def _ask_recall(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int, now: datetime) -> None:
    await following.progress(uow, actor, key, now)
    words = Text(
        Bold(_("Retirer ce message partout ?")),
        "\n",
        _("Le texte sera remplacé par « L'école a retiré cette information », les fichiers seront effacés."),
        " ",
        _("Certaines personnes l'ont peut-être déjà lu."),
    )
    sure = Follow(broadcast_id=key, what="sure").pack()
    show = Follow(broadcast_id=key, what="show").pack()
    await callback.answer()
    await show_in_place(callback, words, key_rows([(_("↩ Oui, retirer partout"), sure)], [(_("⬅ Retour"), show)]))


async def _table(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int, now: datetime) -> None:
    listed = await following.lines(uow, actor, key)
    whole = await following.whole(uow, actor, key)
    choices = [answer_words(number, words) for number, words in enumerate(whole.choices or (None, None))]
    became = {outcome: became_words(outcome) for outcome in Outcome}
    data = results_table(listed, choices, became, {reader: one_reader(reader) for reader in Reader})
    await callback.answer()
    if isinstance(callback.message, Message):
        name = _("annonce-{number}.csv", number=key)
        await callback.message.answer_document(BufferedInputFile(data, name))


async def _chart(callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int, now: datetime) -> None:
    """The results as a picture, to show in a meeting: numbers only."""
    seen = await following.progress(uow, actor, key, now)
    picture = await draw_results(chart_of(seen, now))
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    if picture is None:
        await callback.message.answer(**progress_words(seen).as_kwargs())
        return
    name = _("annonce-{number}.png", number=key)
    await callback.message.answer_photo(BufferedInputFile(picture, name))


async def _paper(
    callback: CallbackQuery, actor: Actor, uow: UnitOfWork, key: int, school: School, now: datetime
) -> None:
    people = await following.for_paper(uow, actor, key)
    whole = await following.whole(uow, actor, key)
    pages = await print_handouts(school.name, people, whole, now) if people else None
    await callback.answer()
    if not isinstance(callback.message, Message):
        return
    if pages is None:
        await callback.message.answer(_("Il n'y a rien à imprimer maintenant."))
        return
    words = ngettext(
        "Une feuille à remettre en main propre.", "{count} feuilles à remettre en main propre.", len(people)
    )
    await callback.message.answer_document(
        BufferedInputFile(pages, _("annonce-{number}.pdf", number=key)), caption=words
    )


def build_router() -> Router:
    router = Router(name="broadcast progress")
    only = allow(*AUTHORS)
    router.callback_query.register(list_broadcasts, ListBroadcasts.filter(), flags=only)
    router.callback_query.register(follow, Follow.filter(), flags=only)
    router.callback_query.register(correct_text, CorrectText.filter(), flags=only)
    router.callback_query.register(remind, Remind.filter(), flags=only)
    correcting = StateFilter(Correcting.waiting)
    router.message.register(receive_correction, correcting, SpeakingAs(*AUTHORS), Written(), flags=only)
    return router
