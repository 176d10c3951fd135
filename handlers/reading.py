"""How a reflection is shown to those who may see it: its card, its photos, its voices.

Refuses to decide who that is: it is handed a view that was already allowed.
"""

from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Bold, Italic, Text

from domain.reflections import MediaKind
from handlers.student.questions import question_words
from handlers.vocabulary import FACES, mood_key
from locales import _, formats
from services import UnitOfWork, reading
from services.reading import Line, View


def line_words(line: Line) -> str:
    """A reflection as a key of a list: « 🔵 Léa 🙂 🎤 »."""
    marks = "".join(mark for mark, there in (("🎤", line.has_voice), ("📷", line.has_photo)) if there)
    return " ".join(filter(None, ("🔵" if line.unread else "", formats.name(line.first_name), FACES[line.mood], marks)))


def card(view: View) -> Text:
    """What was told, without its photos and voices."""
    title = _("{name}, {day}", name=formats.name(view.first_name), day=formats.day_in_full(view.day))
    parts: list[Text | str] = [Bold(title), "\n", mood_key(view.mood)]
    for task in view.tasks:
        parts += ["\n", f"✔ {task.icon} {formats.name(task.label)}"]
    if view.text or view.media:
        parts += ["\n\n", Italic(question_words(view.question))]
    if view.text:
        parts += ["\n", view.text]
    return Text(*parts)


async def show_media(message: Message, view: View, uow: UnitOfWork) -> None:
    """Send the photos and voices of a view, in the order they were told."""
    for number, medium in enumerate(view.media, 1):
        data = await reading.media_bytes(uow, medium)
        if medium.kind is MediaKind.PHOTO:
            await message.answer_photo(BufferedInputFile(data, f"photo-{number}.jpg"))
        else:
            await message.answer_voice(BufferedInputFile(data, f"voice-{number}.ogg"), duration=medium.seconds)
