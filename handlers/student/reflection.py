"""A student tells the day: a face, what was done, a voice or a photo or nothing, who may see it, sent.

Refuses to need a typed character, and to forget anything: every step is kept, every step has a way back.
"""

from datetime import date, datetime
from typing import Any, cast

from aiogram import Router
from aiogram.enums import ContentType, ParseMode
from aiogram.filters import Command
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Italic, Text
from aiogram_dialog import Dialog, DialogManager, ShowMode, StartMode, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Button, Group, ManagedMultiselect, Multiselect, Row, Select, SwitchTo

from domain import reflections as rules
from domain.errors import ReflectionRead
from domain.people import Actor, Role
from domain.reflections import Audience, Draft, Mood
from handlers.buttons import TellMyDay
from handlers.errors import explain
from handlers.menus import MY_DAY, BarKey
from handlers.policy import SpeakingAs, allow, allow_whole
from handlers.student.questions import question_words
from handlers.student.shown_days import list_key
from handlers.student.story import STORY, VoiceOrPhoto, keep_story
from handlers.vocabulary import mood_key
from handlers.widgets import Words, help_key, key_words
from locales import _, formats, ngettext
from services import UnitOfWork, reflections, shown_days
from services.reflections import Page


class Telling(StatesGroup):
    """The four steps."""

    mood = State()
    tasks = State()
    story = State()
    summary = State()


async def tell_my_day(
    event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime, dialog_manager: DialogManager
) -> None:
    """Open the page of the day; a page half told is shown where it was left. One that was read can still be hidden."""
    try:
        page = await reflections.open_page(uow, actor, now)
    except ReflectionRead as error:
        message = event.message if isinstance(event, CallbackQuery) else event
        if not isinstance(message, Message) or not await shown_days.mine(uow, actor, now):
            raise
        if isinstance(event, CallbackQuery):
            await event.answer()
        await message.answer(explain(error), reply_markup=list_key())
        return
    if isinstance(event, CallbackQuery):
        await event.answer()
    if dialog_manager.has_context() and _page_of(dialog_manager).get("day") == page.day.isoformat():
        await dialog_manager.show(ShowMode.DELETE_AND_SEND)
        return
    await dialog_manager.start(Telling.mood, data=_page_data(page), mode=StartMode.RESET_STACK, show_mode=ShowMode.SEND)


def _page_data(page: Page) -> dict[str, Any]:
    """The page as the conversation keeps it: JSON only."""
    return {
        "day": page.day.isoformat(),
        "question": page.question,
        "sessions": list(dict.fromkeys(session.title for session in page.sessions)),
        "orders": [order.title for order in page.orders],
        "tasks": [
            {"id": task.task_id, "words": f"{task.icon} {task.label}".strip()}
            for order in page.orders
            for task in order.tasks
        ],
        "draft": page.draft
        and {
            "mood": page.draft.mood,
            "tasks": sorted(page.draft.task_ids),
            "text": page.draft.text,
            "media": list(page.draft.media_ids),
            "trainer": page.draft.audience.trainer,
            "family": page.draft.audience.family,
        },
    }


def _page_of(manager: DialogManager) -> dict[str, Any]:
    return cast(dict[str, Any], manager.start_data)


def _tasks_of(manager: DialogManager) -> ManagedMultiselect[str]:
    return cast(ManagedMultiselect[str], manager.find("tasks"))


async def _take_up_draft(start_data: Any, manager: DialogManager) -> None:
    """Fill the steps with what was told before, if anything."""
    draft = start_data.get("draft")
    if draft:
        manager.dialog_data.update({key: draft[key] for key in ("mood", "text", "trainer", "family")})
        manager.dialog_data["media"] = list(draft["media"])
        for task in draft["tasks"]:
            await _tasks_of(manager).set_checked(str(task), True)
    if start_data.get("early"):
        _add_story(manager, start_data["early"])


async def _step(dialog_manager: DialogManager, **_middleware: Any) -> dict[str, Any]:
    """What the windows show."""
    start, told = _page_of(dialog_manager), dialog_manager.dialog_data
    media = told.get("media", [])
    checked = {str(item) for item in _tasks_of(dialog_manager).get_checked()}
    return {
        "day": date.fromisoformat(start["day"]),
        "question": start["question"],
        "sessions": start["sessions"],
        "orders": start["orders"],
        "tasks": start["tasks"],
        "moods": list(Mood),
        "mood": told.get("mood"),
        "text": told.get("text"),
        "media": len(media),
        "done": [task["words"] for task in start["tasks"] if str(task["id"]) in checked],
        "trainer": told.get("trainer", True),
        "family": told.get("family", False),
        "has_story": bool(media or told.get("text")),
    }


def _progress(step: int) -> str:
    return "●" * step + "○" * (4 - step)


def _mood_words(data: dict[str, Any]) -> Text:
    day = _("Ta journée : {day}", day=formats.day_in_full(data["day"]))
    sessions = _("Au programme : {sessions}", sessions=formats.listed(data["sessions"]))
    return Text(_progress(1), "\n", Bold(day), "\n", sessions, "\n", _("Comment tu te sens ?"))


def _tasks_words(data: dict[str, Any]) -> Text:
    orders = formats.listed(data["orders"])
    return Text(
        _progress(2),
        "\n",
        Bold(_("Qu'est-ce que tu as fait ?")),
        "\n",
        _("Le travail du jour : {orders}", orders=orders),
        "\n",
        _("Tu peux choisir plusieurs réponses."),
    )


def _story_words(data: dict[str, Any]) -> Text:
    return Text(
        _progress(3),
        "\n",
        Bold(question_words(data["question"])),
        "\n",
        _("Envoie un message vocal, une photo ou quelques mots. Ou passe."),
    )


def _summary_words(data: dict[str, Any]) -> Text:
    lines: list[Text | str] = [mood_key(Mood(data["mood"]))]
    lines += [f"✔ {words}" for words in data["done"]]
    if data["media"]:
        lines.append(
            "📎 " + ngettext("{count} photo ou message vocal", "{count} photos ou messages vocaux", data["media"])
        )
    parts: list[Any] = [_progress(4), "\n", Bold(_("Voilà ta journée. On l'envoie ?")), "\n"]
    for line in lines:
        parts += [line, "\n"]
    if data["text"]:
        parts += [Italic(data["text"]), "\n"]
    parts += ["\n", _("Qui peut voir ?"), " ", Bold(_audience_words(data["trainer"], data["family"]))]
    return Text(*parts)


def _audience_words(trainer: bool, family: bool) -> str:
    match trainer, family:
        case True, True:
            return _("Ton formateur ou ta formatrice, et ta famille.")
        case True, False:
            return _("Ton formateur ou ta formatrice.")
        case False, True:
            return _("Ta famille.")
        case _:
            return _("Toi, et personne d'autre. 🔒")


def _ticked(yes: bool, words: str) -> str:
    return f"☑ {words}" if yes else f"☐ {words}"


async def choose_mood(_callback: CallbackQuery, _select: Any, manager: DialogManager, mood: str) -> None:
    manager.dialog_data["mood"] = Mood(mood).value
    await manager.switch_to(Telling.tasks if _page_of(manager)["tasks"] else Telling.story)


async def back_from_story(_callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    await manager.switch_to(Telling.tasks if _page_of(manager)["tasks"] else Telling.mood)


async def receive_story(message: Message, _input: MessageInput, manager: DialogManager) -> None:
    """A voice note, a photo or some words: kept at once, and on to the summary."""
    _add_story(manager, await keep_story(message, *_who_and_when(manager)))
    await manager.switch_to(Telling.summary)


async def receive_early_story(message: Message, _input: MessageInput, manager: DialogManager) -> None:
    """The same, before it was asked for: kept for its step, and the question at hand is asked again."""
    _add_story(manager, await keep_story(message, *_who_and_when(manager)))
    await message.answer(_("C'est gardé pour la fin. On continue."))


async def begin_with_story(
    message: Message, actor: Actor, uow: UnitOfWork, now: datetime, dialog_manager: DialogManager
) -> None:
    """A voice note or a photo out of the blue opens the page of the day, with itself already on it."""
    page = await reflections.open_page(uow, actor, now)
    data = _page_data(page) | {"early": await keep_story(message, actor, uow, now)}
    await dialog_manager.start(Telling.mood, data=data, mode=StartMode.RESET_STACK, show_mode=ShowMode.SEND)


def _who_and_when(manager: DialogManager) -> tuple[Actor, UnitOfWork, datetime]:
    return manager.middleware_data["actor"], manager.middleware_data["uow"], manager.middleware_data["now"]


def _add_story(manager: DialogManager, told: dict[str, Any]) -> None:
    if told["text"]:
        manager.dialog_data["text"] = told["text"]
    if told["media"]:
        media = manager.dialog_data.setdefault("media", [])
        media.append(told["media"])
        del media[: -rules.MEDIA_LIMIT]


async def refuse_story(message: Message, _input: MessageInput, manager: DialogManager) -> None:
    await message.answer(_("Ici, je garde les messages vocaux, les photos et le texte."))


async def start_story_again(_callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    """Take back words, photos and voices; the rest stays."""
    manager.dialog_data["text"] = None
    manager.dialog_data["media"] = []
    await manager.switch_to(Telling.story)


async def keep_for_me(_callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    manager.dialog_data.update(trainer=False, family=False)


async def show_trainer(_callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    manager.dialog_data["trainer"] = not manager.dialog_data.get("trainer", True)


async def show_family(_callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    manager.dialog_data["family"] = not manager.dialog_data.get("family", False)


async def send_my_day(callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    """Keep it; thanks are said when it is kept."""
    actor, uow, now = _who_and_when(manager)
    told = manager.dialog_data
    audience = Audience(trainer=told.get("trainer", True), family=told.get("family", False))
    draft = Draft(
        mood=Mood(told["mood"]) if told.get("mood") else None,
        task_ids=frozenset(int(task) for task in _tasks_of(manager).get_checked()),
        text=told.get("text"),
        media_ids=tuple(told.get("media", [])),
        audience=audience,
    )
    await reflections.write(uow, actor, date.fromisoformat(_page_of(manager)["day"]), draft, now)
    await manager.done(show_mode=ShowMode.NO_UPDATE)
    if isinstance(callback.message, Message):
        thanks = Text(
            Bold(_("Merci, c'est gardé. ✅")),
            "\n",
            _("Qui peut voir ?"),
            " ",
            _audience_words(audience.trainer, audience.family),
            "\n",
            _("Tu peux changer ta journée tant qu'elle n'est pas lue."),
        )
        await callback.message.edit_text(**thanks.as_kwargs(replace_parse_mode=True))


def _back(state: State) -> SwitchTo:
    return SwitchTo(key_words(lambda _data: _("⬅ Retour")), id="back", state=state)


def _early_story() -> tuple[MessageInput, MessageInput]:
    return (
        MessageInput(receive_early_story, content_types=STORY),
        MessageInput(refuse_story, content_types=[ContentType.ANY]),
    )


def build_dialog() -> Dialog:
    mood = Window(
        Words(_mood_words),
        Group(
            Select(
                key_words(lambda data: mood_key(data["item"])),
                id="mood",
                items="moods",
                item_id_getter=lambda mood: mood.value,
                on_click=choose_mood,
            ),
            width=2,
        ),
        help_key(),
        *_early_story(),
        state=Telling.mood,
        parse_mode=ParseMode.HTML,
    )
    tasks = Window(
        Words(_tasks_words),
        Group(
            Multiselect(
                key_words(lambda data: f"☑ {data['item']['words']}"),
                key_words(lambda data: f"☐ {data['item']['words']}"),
                id="tasks",
                items="tasks",
                item_id_getter=lambda task: task["id"],
            ),
            width=2,
        ),
        SwitchTo(key_words(lambda _data: _("Continuer ➡")), id="next", state=Telling.story),
        Row(_back(Telling.mood), help_key()),
        *_early_story(),
        state=Telling.tasks,
        parse_mode=ParseMode.HTML,
    )
    story = Window(
        Words(_story_words),
        MessageInput(receive_story, content_types=STORY),
        MessageInput(refuse_story, content_types=[ContentType.ANY]),
        SwitchTo(
            key_words(lambda data: _("Continuer ➡") if data["has_story"] else _("Passer ➡")),
            id="next",
            state=Telling.summary,
        ),
        Row(Button(key_words(lambda _data: _("⬅ Retour")), id="back", on_click=back_from_story), help_key()),
        state=Telling.story,
        parse_mode=ParseMode.HTML,
    )
    summary = Window(
        Words(_summary_words),
        MessageInput(receive_story, content_types=STORY),
        MessageInput(refuse_story, content_types=[ContentType.ANY]),
        Button(key_words(lambda _data: _("✅ Envoyer")), id="send", on_click=send_my_day),
        Button(
            key_words(lambda data: _ticked(data["trainer"], _("👷 Montrer à mon formateur"))),
            id="trainer",
            on_click=show_trainer,
        ),
        Button(
            key_words(lambda data: _ticked(data["family"], _("🏠 Montrer à ma famille"))),
            id="family",
            on_click=show_family,
        ),
        Button(
            key_words(lambda data: _ticked(not (data["trainer"] or data["family"]), _("🔒 Garder pour moi"))),
            id="me",
            on_click=keep_for_me,
        ),
        Button(
            key_words(lambda _data: _("🗑 Recommencer mon message")),
            id="again",
            on_click=start_story_again,
            when="has_story",
        ),
        Row(_back(Telling.story), help_key()),
        state=Telling.summary,
        parse_mode=ParseMode.HTML,
    )
    dialog = Dialog(mood, tasks, story, summary, on_start=_take_up_draft, getter=_step, name="reflection")
    allow_whole(dialog, Role.STUDENT)
    return dialog


def build_router() -> Router:
    router = Router(name="reflection")
    student = SpeakingAs(Role.STUDENT)
    router.message.register(tell_my_day, Command("journee"), student, flags=allow(Role.STUDENT))
    router.message.register(tell_my_day, BarKey(MY_DAY), student, flags=allow(Role.STUDENT))
    router.callback_query.register(tell_my_day, TellMyDay.filter(), flags=allow(Role.STUDENT))
    router.include_router(build_dialog())
    # After the dialog: what comes while a page is open belongs to that page.
    late = Router(name="out of the blue")
    late.message.register(begin_with_story, student, VoiceOrPhoto(), flags=allow(Role.STUDENT))
    router.include_router(late)
    return router
