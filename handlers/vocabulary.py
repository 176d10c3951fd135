"""The words for the school's own values: roles, moods, answers. One word for one thing, everywhere.

Refuses words without a picture where a person who does not read must choose.
"""

from domain.people import DoorKind, Role
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


def door_name(kind: DoorKind | None) -> str:
    """A way to reach a person, in words; None: no chat is linked yet."""
    match kind:
        case DoorKind.TELEGRAM:
            return _("Telegram")
        case DoorKind.WEBCHAT:
            return _("la page de l'école")
        case DoorKind.EMAIL:
            return _("courriel")
        case DoorKind.SMS:
            return _("SMS")
        case None:
            return _("pas encore relié")


def notice_name(kind: str) -> str:
    """What a kind of notice is called when it is counted or listed; the kind itself for one that has no name yet."""
    return {
        "evening_prompt": _("Question sur la journée"),
        "second_prompt": _("Question sur la journée, une seconde fois"),
        "reply_received": _("Réponse à une journée"),
        "invitation_redeemed": _("Conversation reliée"),
        "talk_wanted": _("Envie de parler"),
        "talk_taken": _("Réponse à l'envie de parler"),
        "timetable_changed": _("Emploi du temps changé"),
        "timetable_changed_now": _("Emploi du temps changé, tout de suite"),
        "day_decided": _("Jour sans école, ou avec école"),
        "day_decided_now": _("Jour sans école, ou avec école"),
        "sunday_digest": _("La semaine, le dimanche"),
        "evening_card": _("Carte du soir pour demain"),
        "morning_nudge": _("Rappel du matin"),
        "trainer_session": _("Début de séance"),
        "trainer_to_read": _("Journées à lire"),
        "calendar_ends": _("Fin du calendrier connu"),
        "roll_proposed": _("Appel à faire"),
        "roll_redrawn": _("Appel redessiné"),
        "roll_unfinished": _("Appel non confirmé"),
        "roll_doubted": _("Appel à vérifier"),
        "still_expected": _("Retard annoncé, à vérifier"),
        "absence_told": _("Absence"),
        "absence_told_elsewhere": _("Absence, par courriel ou SMS"),
        "absence_corrected": _("Absence corrigée"),
        "absence_corrected_elsewhere": _("Absence corrigée, par courriel ou SMS"),
        "absence_answered": _("Réponse à une absence"),
        "absence_announced": _("Absence annoncée"),
        "announced_by_student": _("Absence annoncée par l'élève"),
        "call_wanted": _("Famille à appeler"),
        "broadcast_told": _("Annonce"),
        "broadcast_asked": _("Annonce qui attend une réponse"),
        "broadcast_urgent": _("Message urgent"),
        "broadcast_elsewhere": _("Message urgent, par courriel ou SMS"),
        "broadcast_second_asked": _("Message urgent à confirmer"),
        "broadcast_second_answered": _("Réponse à un message urgent"),
        "broadcast_urgent_reported": _("Message urgent envoyé"),
        "broadcast_calls_wanted": _("Personnes à appeler"),
        "broadcast_word_said": _("Réponse privée à une annonce"),
        "many_unexplained": _("Absences sans raison connue"),
        "turns_eighteen": _("18 ans bientôt"),
        "adult_now": _("18 ans : choisir"),
        "story_told": _("Nouvelles du vendredi"),
        "day_shown": _("Journée montrée à la famille"),
        "stories_ready": _("Nouvelles du vendredi, à relire"),
        "no_good_news": _("Famille sans nouvelles"),
        "agreement_needed": _("Accord du client demandé"),
        "agreement_reminded": _("Accord du client demandé, une seconde fois"),
        "order_ready": _("Commande prête"),
        "found_answered": _("Réponse du client"),
        "thanks_given": _("Merci d'un client, à relire"),
        "thanks_received": _("Merci d'un client"),
        "request_arrived": _("Demande d'un client"),
        "request_moved": _("Nouvelle d'une demande"),
        "request_asked": _("Question à un client"),
        "request_answered": _("Réponse d'un client"),
        "request_withdrawn": _("Demande retirée"),
    }.get(kind, kind)


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
