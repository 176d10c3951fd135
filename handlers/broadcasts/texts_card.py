"""The texts of a draft in other languages, as a list and one by one.

Refuses to call a proposal a text: until its author decided about it, the original goes out.
"""

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import TextSource
from domain.people import Language
from handlers.broadcast_card import body_text
from handlers.broadcast_keys import DecideText, OpenText, WriteText, key_rows
from handlers.broadcasts.draft_card import step
from locales import NAMES, _, formats
from services.broadcasts.drafting import Draft
from services.broadcasts.layout import Version


def texts_words(view: Draft) -> Text:
    """What the languages are for."""
    return Text(
        Bold(_("🌍 Dans quelle langue ?")),
        "\n",
        _("Vous pouvez écrire ou dicter le message dans une autre langue."),
        " ",
        _("Sans texte, c'est l'original qui part, et sa langue est dite."),
    )


def texts_keys(view: Draft) -> InlineKeyboardMarkup:
    """The languages of the readers first, then the others."""
    others = [one for one in Language if one is not view.language]
    others.sort(key=lambda one: one not in view.languages)
    rows = [
        [
            (
                f"{_mark(view.version(one), one in view.languages)} {formats.name(NAMES[one])}",
                OpenText(broadcast_id=view.broadcast_id, language=one).pack(),
            )
        ]
        for one in others
    ]
    return key_rows(*rows, [step(view, _("✅ C'est bon"), "card")])


def _mark(version: Version | None, read: bool) -> str:
    if version is None:
        return "👤" if read else "·"
    return "✅" if version.holds else "⚠"


def text_words(view: Draft, language: Language) -> Text:
    """The text of one language, and what happens with it."""
    version, name = view.version(language), formats.name(NAMES[language])
    parts: list[Text | str] = [Bold(f"🌍 {name}")]
    if version is None:
        return Text(*parts, "\n", _("Pas de texte : l'original partira, et sa langue est dite."))
    if version.body.text:
        parts += ["\n\n", body_text(version.body), "\n"]
    if version.voice is not None:
        parts += ["\n", _("🎤 Un message vocal va avec.")]
    return Text(*parts, "\n", _stands(version))


def _stands(version: Version) -> str:
    if version.outdated:
        return _("⚠ L'original a changé depuis. Sans un nouveau texte, c'est l'original qui part.")
    match version.source:
        case TextSource.OWN:
            return _("✅ C'est votre texte.")
        case TextSource.READ:
            return _("✅ Traduit par une machine, relu par vous : ce sera dit.")
        case TextSource.UNREAD:
            return _("⚠ Traduit par une machine, pas relu : ce sera dit.")
        case TextSource.PROPOSED:
            return _("⚠ Proposé par une machine. Relisez-le avant l'envoi, sinon c'est l'original qui part.")


def text_keys(view: Draft, language: Language, *, machine: bool) -> InlineKeyboardMarkup:
    """Write it, let it be proposed (`machine`: there is a translator), decide about it, take it away."""
    key, version = view.broadcast_id, view.version(language)
    rows = [[(_("✍ Écrire ou dicter"), WriteText(broadcast_id=key, language=language, machine=False).pack())]]
    if machine and view.body.text.strip():
        proposing = WriteText(broadcast_id=key, language=language, machine=True).pack()
        rows.append([(_("🤖 Proposer une traduction"), proposing)])

    def decided(words: str, source: TextSource | None) -> tuple[str, str]:
        return words, DecideText(broadcast_id=key, language=language, source=source).pack()

    if version is not None and version.source is not TextSource.OWN and not version.outdated:
        if version.source is not TextSource.READ:
            rows.insert(0, [decided(_("✅ Je l'ai relu, il peut partir"), TextSource.READ)])
        if version.source is not TextSource.UNREAD:
            rows.append([decided(_("⚠ L'envoyer non relu, en le disant"), TextSource.UNREAD)])
    if version is not None:
        rows.append([decided(_("✖ Sans ce texte"), None)])
    return key_rows(*rows, [step(view, _("⬅ Retour"), "texts")])
