"""The words of an absence that notices, cards and keys share: a half-day, and what a family can say.

Refuses details: « malade » never says of what.
"""

from datetime import date

from domain.absences import Answer
from domain.rollcall import Half
from locales import _, formats
from services.announced import Said


def when(day: date, half: Half) -> str:
    """A half-day in full: « mardi 24 novembre, le matin »."""
    words = formats.day_in_full(day)
    if half is Half.MORNING:
        return _("{day}, le matin", day=words)
    return _("{day}, l'après-midi", day=words)


def answer_name(answer: Answer) -> str:
    """What a guardian can say, on a key and in a list."""
    match answer:
        case Answer.SEEN:
            return _("✅ J'ai vu")
        case Answer.ILL:
            return _("🤒 Malade")
        case Answer.CONTAGION_AT_HOME:
            return _("🏠 Maladie contagieuse à la maison")
        case Answer.FAMILY_GATHERING:
            return _("👪 Réunion de famille")
        case Answer.TRANSPORT:
            return _("🚌 Transports")
        case Answer.GUARDIANS_AWAY:
            return _("🧳 Responsables absents")
        case Answer.APPOINTMENT:
            return _("📅 Rendez-vous")
        case Answer.OTHER:
            return _("Autre raison")
        case Answer.DID_NOT_KNOW:
            return _("❓ Je ne savais pas")
        case Answer.CALL_ME:
            return _("📞 Appelez-moi")


def said_when(said: Said) -> str:
    """The half-day of an announcement, or the whole day: « mercredi 25 novembre, toute la journée »."""
    if said.whole_day:
        return _("{day}, toute la journée", day=formats.day_in_full(said.day))
    return when(said.day, said.half)
