"""The same message for those whom no chat reaches: plain words in an e-mail or an SMS.

Refuses keys, pictures and voices: a letter is read, and nobody reads what is answered to it.
"""

from dataclasses import dataclass

from handlers.notices.outgoing import Outgoing
from locales import _

LONGEST_SMS = 459
"""Three parts of a long SMS in the GSM alphabet (3GPP TS 23.040: 153 signs each)."""


@dataclass(frozen=True)
class Letter:
    """`subject` is empty where there is none."""

    subject: str
    body: str


def plain(outgoing: Outgoing) -> str:
    """The words, where struck ones would otherwise read as if they held: the old hour beside the new one."""
    words, entities = outgoing.text.render()
    units = words.encode("utf-16-le")  # entities count in UTF-16 units (Bot API, MessageEntity)
    for entity in sorted(entities, key=lambda one: one.offset, reverse=True):
        if entity.type == "strikethrough":
            start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
            before = _("(avant : {words})", words=units[start:end].decode("utf-16-le"))
            units = units[:start] + before.encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


def as_letter(outgoing: Outgoing, school: str) -> Letter:
    """An e-mail, in the current language."""
    words = plain(outgoing)
    closing = _("Ce message est automatique : les réponses ne sont pas lues.")
    return Letter(_("Message de l'école : {school}", school=school), f"{words}\n\n-- \n{school}\n{closing}\n")


def as_text_message(outgoing: Outgoing) -> Letter:
    """An SMS, in the current language; what does not fit is cut."""
    words = plain(outgoing)
    return Letter("", words if len(words) <= LONGEST_SMS else words[: LONGEST_SMS - 1] + "…")
