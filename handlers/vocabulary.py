"""The words for the school's own values: roles, moods, answers. One word for one thing, everywhere.

Refuses words without a picture where a person who does not read must choose.
"""

from domain.people import Role
from domain.reflections import Mood, ReplyKind
from locales import _


def role_name(role: Role) -> str:
    """What a person is to the school, in words for them."""
    match role:
        case Role.VISITOR:
            return _("en visite")
        case Role.STUDENT:
            return _("élève")
        case Role.GUARDIAN:
            return _("famille")
        case Role.TRAINER:
            return _("formateur ou formatrice d'atelier")
        case Role.BUSINESS:
            return _("entreprise cliente")
        case Role.DIRECTION:
            return _("direction")


FACES = {Mood.GREAT: "😀", Mood.GOOD: "🙂", Mood.SO_SO: "😐", Mood.TIRED: "😴", Mood.BAD: "😟"}


def mood_name(mood: Mood) -> str:
    """One word for a feeling; the same for everyone."""
    match mood:
        case Mood.GREAT:
            return _("Super")
        case Mood.GOOD:
            return _("Bien")
        case Mood.SO_SO:
            return _("Moyen")
        case Mood.TIRED:
            return _("Fatigue")
        case Mood.BAD:
            return _("Pas bien")


def mood_key(mood: Mood) -> str:
    """A face and its word: « 🙂 Bien »."""
    return f"{FACES[mood]} {mood_name(mood)}"


def reply_words(kind: ReplyKind) -> str:
    """What a short answer says."""
    match kind:
        case ReplyKind.THUMBS_UP:
            return _("👍 Bravo pour ta journée.")
        case ReplyKind.LET_US_TALK:
            return _("💬 On en parle ensemble.")
        case ReplyKind.TEXT:
            return _("Réponse écrite")
        case ReplyKind.VOICE:
            return _("🎤 Message vocal")
