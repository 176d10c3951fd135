"""A copy of what was written to many: what it says to one reader, and the keys under it.

Refuses to speak of another reader: each sees their own answer, and nobody else's.
"""

from aiogram.types import InlineKeyboardMarkup, MessageEntity
from aiogram.utils.formatting import Bold, Italic, Text

from domain.broadcasts import Body, Kind
from handlers.broadcast_keys import AnswerBroadcast, SeeBroadcast, key_rows
from locales import NAMES, _, current, formats
from services.broadcasts.answering import Copy


def body_text(body: Body) -> Text:
    """An author's words with their formatting, as nodes: nothing in them can become a tag."""
    return Text.from_entities(body.text, [MessageEntity(**entity) for entity in body.entities])


def answer_words(number: int, words: str | None) -> str:
    """An answer to choose from; without words of its own it is yes, then no."""
    if words is not None:
        return formats.name(words)
    return _("Non") if number else _("Oui")


def copy_words(copy: Copy, *, again: bool = False) -> Text:
    """What a reader reads, in the current language; the author's words as they were written. `again`: it is a reminder."""
    name = formats.name(copy.author)
    title = (
        _("Petit rappel, de {name} 🔔", name=name) if again else _("Information de l'école, par {name} 📣", name=name)
    )
    parts: list[Text | str] = [Bold(title)]
    if copy.body.text:
        if current() != copy.language:
            parts += ["\n", _("Langue d'origine : {language}", language=formats.name(NAMES[copy.language]))]
        parts += ["\n\n", body_text(copy.body)]
    if copy.kind is Kind.CONFIRM:
        parts += ["\n\n", _("Un appui sur « ✅ Vu » suffit.")]
    if copy.kind is Kind.ANSWER:
        wanted = _("Une réponse est attendue : un appui suffit.")
        if copy.answer_until is not None:
            day = formats.day_in_full(copy.answer_until)
            wanted = _("Une réponse est attendue, jusqu'au soir : {day}.", day=day)
        parts += ["\n\n", wanted]
    if copy.corrected:
        parts += ["\n\n", Italic(_("Ce message a été corrigé."))]
    return Text(*parts)


def copy_keys(copy: Copy) -> InlineKeyboardMarkup | None:
    """What a reader can say with one tap; what they said is ticked."""
    if copy.kind is Kind.CONFIRM:
        words = _("☑ Vu, merci") if copy.seen else _("✅ Vu")
        return key_rows([(words, SeeBroadcast(broadcast_id=copy.broadcast_id).pack())])
    if copy.kind is Kind.INFORMATION:
        return None
    keys = [
        (
            f"{'☑ ' if copy.answer == number else ''}{answer_words(number, words)}",
            AnswerBroadcast(broadcast_id=copy.broadcast_id, choice=number).pack(),
        )
        for number, words in enumerate(copy.choices or (None, None))
    ]
    return key_rows(*([key] for key in keys)) if copy.choices else key_rows(keys)
