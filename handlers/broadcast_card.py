"""A copy of what was written to many: what it says to one reader, and the keys under it.

Refuses to speak of another reader: each sees their own answer, and nobody else's.
"""

from dataclasses import replace

from aiogram.types import InlineKeyboardMarkup, MessageEntity
from aiogram.utils.formatting import Bold, Italic, Text

from domain.broadcasts import Body, Kind, Reader, TextSource
from handlers.broadcast_keys import AnswerBroadcast, AnswerInPrivate, SeeBroadcast, ShowOriginal, key_rows
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


def _title(copy: Copy, *, again: bool) -> str:
    name = formats.name(copy.author)
    if copy.urgent:
        return _("Message urgent de l'école, par {name} 🚨", name=name)
    if again:
        return _("Petit rappel, de {name} 🔔", name=name)
    return _("Information de l'école, par {name} 📣", name=name)


def _where_from(copy: Copy) -> str | None:
    """Whose words these are, where they are not the author's own."""
    match copy.source:
        case TextSource.READ:
            return _("Traduit par une machine, relu par {name}.", name=formats.name(copy.author))
        case TextSource.UNREAD:
            return _("Traduit par une machine. Personne ne l'a relu : il peut y avoir des erreurs.")
        case _:
            return None


def copy_words(copy: Copy, *, again: bool = False, taps: bool = True) -> Text:
    """What a reader reads, in the current language; the author's words as they were written. `again`: it is a reminder.

    `taps`: there are keys under it.
    """
    title = _title(copy, again=again)
    parts: list[Text | str] = [Bold(title)]
    if copy.body.text:
        if current() != copy.language:
            parts += ["\n", _("Langue d'origine : {language}", language=formats.name(NAMES[copy.language]))]
        parts += ["\n\n", body_text(copy.body)]
    whose = _where_from(copy)
    if whose is not None:
        parts += ["\n\n", Italic(whose)]
    if copy.kind is Kind.CONFIRM and taps:
        parts += ["\n\n", _("Un appui sur « ✅ Vu » suffit.")]
    if copy.kind is Kind.ANSWER and taps:
        wanted = _("Une réponse est attendue : un appui suffit.")
        if copy.answer_until is not None:
            day = formats.day_in_full(copy.answer_until)
            wanted = _("Une réponse est attendue, jusqu'au soir : {day}.", day=day)
        parts += ["\n\n", wanted]
    if copy.corrected:
        parts += ["\n\n", Italic(_("Ce message a été corrigé."))]
    return Text(*parts)


def copy_keys(copy: Copy, *, original: bool = False) -> InlineKeyboardMarkup | None:
    """What a reader can say with one tap; what they said is ticked. `original`: the author's own words are shown now."""
    rows = [*_tap_rows(copy), _original_row(copy, original=original)]
    if copy.reader is not Reader.TRAINERS:
        answer = AnswerInPrivate(broadcast_id=copy.broadcast_id, reader_id=0).pack()
        rows.append([(_("💬 Répondre à {name}", name=formats.name(copy.author)), answer)])
    return key_rows(*rows) if any(rows) else None


def _original_row(copy: Copy, *, original: bool) -> list[tuple[str, str]]:
    if copy.original is None:
        return []
    if original:
        back = _("⬅ {language}", language=formats.name(NAMES[copy.language]))
        return [(back, ShowOriginal(broadcast_id=copy.broadcast_id, original=False).pack())]
    language = formats.name(NAMES[copy.original[1]])
    words = _("🔤 Texte d'origine : {language}", language=language)
    return [(words, ShowOriginal(broadcast_id=copy.broadcast_id, original=True).pack())]


def _tap_rows(copy: Copy) -> list[list[tuple[str, str]]]:
    if copy.kind is Kind.CONFIRM:
        words = _("☑ Vu, merci") if copy.seen else _("✅ Vu")
        return [[(words, SeeBroadcast(broadcast_id=copy.broadcast_id).pack())]]
    if copy.kind is Kind.INFORMATION:
        return []
    keys = [
        (
            f"{'☑ ' if copy.answer == number else ''}{answer_words(number, words)}",
            AnswerBroadcast(broadcast_id=copy.broadcast_id, choice=number).pack(),
        )
        for number, words in enumerate(copy.choices or (None, None))
    ]
    return [[key] for key in keys] if copy.choices else [keys]


def as_original(copy: Copy) -> Copy:
    """The same with the words its author wrote."""
    if copy.original is None:
        return copy
    body, language = copy.original
    return replace(copy, body=body, language=language, source=None)
