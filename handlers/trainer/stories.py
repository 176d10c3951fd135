"""A trainer looks at the stories of the week before families do: changes one, holds it, or lets it leave at once.

Refuses words of the trainer's own: a story is made of what the student chose to show.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
)
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.errors import NotAllowed
from domain.people import Actor, Role
from domain.stories import STORY_AT, StoryState, friday_of, monday_of
from handlers.buttons import ChangeStory, HoldStory, ListStories, SendStory, ShowStory
from handlers.notices.stories import story_words
from handlers.policy import SpeakingAs, allow
from locales import _, formats
from services import UnitOfWork, stories, story_post
from services.stories import Story

_SIGNS = {StoryState.READY: "📨", StoryState.HELD: "⏸", StoryState.SENT: "✅"}


def _key(words: str, data: ChangeStory | HoldStory | SendStory | ShowStory | ListStories) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=words, callback_data=data.pack())


def _state_words(story: Story) -> str:
    if story.state is StoryState.SENT:
        return _("✅ C'est parti vers la famille.")
    if story.state is StoryState.HELD:
        return _("⏸ Ces nouvelles ne partent pas.")
    day = formats.day_in_full(friday_of(story.monday))
    return _("📨 Départ vers la famille : {day}, {hour}.", day=day, hour=formats.hour(STORY_AT))


def _words(story: Story) -> Text:
    """What the family will read, and under it what becomes of it."""
    return Text(story_words(story), "\n\n", _state_words(story))


def _keys(story: Story) -> InlineKeyboardMarkup:
    data = {"student_id": story.student_id, "monday": story.monday.isoformat()}
    rows: list[list[InlineKeyboardButton]] = []
    if story.state is not StoryState.SENT:
        photo, task = (
            _next(story.photo_id, story.other_photos),
            _next(story.task_id, [key for key, _ in story.other_tasks]),
        )
        if photo is not None:
            rows.append([_key(_("🖼 Une autre photo"), ChangeStory(**data, photo=photo))])
        if story.photo_id is not None and story.task_id is not None:
            rows.append([_key(_("🚫 Sans photo"), ChangeStory(**data, photo=0))])
        if task is not None:
            rows.append([_key(_("🔧 Un autre travail"), ChangeStory(**data, task=task))])
        rows.append([_key(_("❓ Une autre question"), ChangeStory(**data, question=True))])
        if story.state is StoryState.HELD:
            rows.append([_key(_("▶ Laisser partir vendredi"), HoldStory(**data, held=False))])
        else:
            rows.append([_key(_("⏸ Garder : ne pas envoyer"), HoldStory(**data, held=True))])
        rows.append([_key(_("📨 Envoyer maintenant"), SendStory(**data))])
    rows.append([_key(_("⬅ Toutes les nouvelles"), ListStories(monday=story.monday.isoformat()))])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _next(current: int | None, others: tuple[int, ...] | list[int]) -> int | None:
    """The id after the current one, and after the last the first: every choice comes by."""
    return min((one for one in others if one > (current or 0)), default=min(others, default=None))


async def _list(message: Message, found: list[Story], today: date) -> None:
    if not found:
        words = _("Rien à raconter cette semaine pour le moment : les familles ne reçoivent rien.")
        await message.answer(f"{words} {_('Une journée montrée à la famille suffit.')}")
        return
    keys = [
        [
            _key(
                f"{_SIGNS[story.state]} {formats.name(story.first_name)}",
                ShowStory(student_id=story.student_id, monday=story.monday.isoformat()),
            )
        ]
        for story in found
    ]
    day, hour = formats.day_in_full(friday_of(monday_of(today))), formats.hour(STORY_AT)
    title = Text(
        Bold(_("Les nouvelles de la semaine")),
        "\n",
        _("Elles partent seules : {day}, {hour}. Touchez un prénom pour voir ou changer.", day=day, hour=hour),
    )
    await message.answer(reply_markup=InlineKeyboardMarkup(inline_keyboard=keys), **title.as_kwargs())


async def start(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    await _list(message, await stories.of_week(uow, actor, now), local_date(now))


async def list_stories(
    callback: CallbackQuery, callback_data: ListStories, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if await _is_past(callback, callback_data.monday, now):
        return
    found = await stories.of_week(uow, actor, now)
    await callback.answer()
    if isinstance(callback.message, Message):
        await _list(callback.message, found, local_date(now))


async def show(callback: CallbackQuery, callback_data: ShowStory, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """As a message of its own: the list stays."""
    if await _is_past(callback, callback_data.monday, now):
        return
    story = await stories.preview(uow, actor, callback_data.student_id, now)
    await callback.answer(None if story is not None else _nothing_left())
    if story is not None and isinstance(callback.message, Message):
        await _send(callback.message, story, uow)


async def change(
    callback: CallbackQuery, callback_data: ChangeStory, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    wanted = callback_data

    async def verb() -> Story | None:
        return await stories.change(
            uow,
            actor,
            wanted.student_id,
            now,
            photo_id=wanted.photo if wanted.photo >= 0 else None,
            task_id=wanted.task if wanted.task >= 0 else None,
            next_question=wanted.question,
        )

    await _do(callback, wanted.student_id, wanted.monday, verb, actor, uow, now)


async def hold(callback: CallbackQuery, callback_data: HoldStory, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    async def verb() -> Story | None:
        return await stories.hold(uow, actor, callback_data.student_id, callback_data.held, now)

    await _do(callback, callback_data.student_id, callback_data.monday, verb, actor, uow, now)


async def send_now(
    callback: CallbackQuery, callback_data: SendStory, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if await _is_past(callback, callback_data.monday, now):
        return
    readers = await story_post.send_now(uow, actor, callback_data.student_id, now)
    story = await stories.preview(uow, actor, callback_data.student_id, now)
    if readers or (story is not None and story.state is StoryState.SENT):
        await callback.answer(_("C'est parti vers la famille."))
    else:
        words = _("Rien n'est parti : personne de la famille n'est inscrit pour ces nouvelles.")
        await callback.answer(words, show_alert=True)
    await _show_again(callback, story, uow)


async def _do(
    callback: CallbackQuery,
    student_id: int,
    monday: str,
    verb: Callable[[], Awaitable[Story | None]],
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
) -> None:
    """One change; what has left meanwhile is shown as it left."""
    if await _is_past(callback, monday, now):
        return
    try:
        story = await verb()
    except NotAllowed:
        story = await stories.preview(uow, actor, student_id, now)
        if story is None or story.state is not StoryState.SENT:
            raise
        await callback.answer(_state_words(story))
    else:
        await callback.answer(None if story is not None else _nothing_left())
    await _show_again(callback, story, uow)


async def _is_past(callback: CallbackQuery, monday: str, now: datetime) -> bool:
    """Whether a key is of another week: nothing of it can be changed any more."""
    if date.fromisoformat(monday) == monday_of(local_date(now)):
        return False
    await callback.answer(_("Cette semaine est passée. Les nouvelles d'une semaine partent le vendredi."))
    return True


def _nothing_left() -> str:
    return _("Il n'y a plus rien à raconter : l'élève a changé d'avis.")


async def _send(message: Message, story: Story, uow: UnitOfWork) -> None:
    words, keys, photo = _words(story), _keys(story), await stories.photo_of(uow, story)
    if photo is None:
        await message.answer(reply_markup=keys, **words.as_kwargs())
    else:
        file = BufferedInputFile(photo, "photo.jpg")
        await message.answer_photo(file, reply_markup=keys, **words.as_caption_kwargs())


async def _show_again(callback: CallbackQuery, story: Story | None, uow: UnitOfWork) -> None:
    """The message becomes the story as it is now; a picture cannot become words, so a new message follows then."""
    message = callback.message
    if not isinstance(message, Message):
        return
    if story is not None and (story.photo is not None) == bool(message.photo):
        with suppress(TelegramBadRequest):  # a second tap asks for what is already there: "message is not modified"
            await _edit(message, story, uow)
        return
    with suppress(TelegramBadRequest):
        await message.edit_reply_markup(reply_markup=None)
    if story is not None:
        await _send(message, story, uow)


async def _edit(message: Message, story: Story, uow: UnitOfWork) -> None:
    photo = await stories.photo_of(uow, story)
    if photo is None:
        await message.edit_text(reply_markup=_keys(story), **_words(story).as_kwargs())
        return
    caption, entities = _words(story).render()
    media = InputMediaPhoto(media=BufferedInputFile(photo, "photo.jpg"), caption=caption, caption_entities=entities)
    await message.edit_media(media, reply_markup=_keys(story))


def build_router() -> Router:
    router = Router(name="stories")
    only = allow(Role.TRAINER)
    router.message.register(start, Command("nouvelles"), SpeakingAs(Role.TRAINER), flags=only)
    router.callback_query.register(list_stories, ListStories.filter(), flags=only)
    router.callback_query.register(show, ShowStory.filter(), flags=only)
    router.callback_query.register(change, ChangeStory.filter(), flags=only)
    router.callback_query.register(hold, HoldStory.filter(), flags=only)
    router.callback_query.register(send_now, SendStory.filter(), flags=only)
    return router
