"""Shows a draft exactly as its readers will get it, once in each of their languages.

Refuses to show what nobody will see: languages without a reader are left out.
"""

from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Text

from handlers.notices.broadcasts import copy_message, file_of
from handlers.notices.outgoing import File, Outgoing
from locales import use_language
from services import UnitOfWork
from services.broadcasts import answering
from services.broadcasts.drafting import Draft


async def show_preview(message: Message, author: str, uow: UnitOfWork, view: Draft) -> None:
    """Send what readers will get: the files once, the words in every language of the audience."""
    uploaded: dict[str, str] = {}
    shown: set[str] = set()
    for language in sorted(view.languages, key=lambda one: one is not view.language):
        copy = answering.preview(author, view, language)
        for piece in copy.before:
            if piece.file_key not in shown:
                shown.add(piece.file_key)
                await _show(message, Outgoing(Text(), file=file_of(uow, piece)), uploaded)
        with use_language(language):
            await _show(message, copy_message(uow, copy), uploaded)


async def _show(message: Message, outgoing: Outgoing, uploaded: dict[str, str]) -> None:
    if outgoing.file is None:
        await message.answer(reply_markup=outgoing.keyboard, **outgoing.text.as_kwargs())
        return
    sent = await _send(message, outgoing, outgoing.file, uploaded.get(outgoing.file.key))
    held = sent.photo[-1] if sent.photo else sent.voice or sent.document
    if held is not None:
        uploaded[outgoing.file.key] = held.file_id


async def _send(message: Message, outgoing: Outgoing, file: File, known: str | None) -> Message:
    what = known or BufferedInputFile(await file.read(), file.name)
    words = outgoing.text.as_caption_kwargs()
    match file.kind:
        case "photo":
            return await message.answer_photo(what, reply_markup=outgoing.keyboard, **words)
        case "voice":
            return await message.answer_voice(what, duration=file.seconds, reply_markup=outgoing.keyboard, **words)
        case _:
            return await message.answer_document(what, reply_markup=outgoing.keyboard, **words)
