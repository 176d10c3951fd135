"""The twenty questions of the day, in four families: the craft, safety, the client, the team.

Refuses questions that can be answered by yes or no, or that look for a fault.
"""

from domain.reflections import QUESTIONS, QuestionFamily
from locales import _

ICONS = {
    QuestionFamily.CRAFT: "🔧",
    QuestionFamily.SAFETY: "🦺",
    QuestionFamily.CLIENT: "🤝",
    QuestionFamily.TEAM: "👥",
}


def question_words(index: int) -> str:
    """The question of `domain.reflections.QUESTIONS[index]`, with the picture of its family."""
    family, number = QUESTIONS[index]
    return f"{ICONS[family]} {_words(family)[number]}"


def _words(family: QuestionFamily) -> tuple[str, ...]:
    match family:
        case QuestionFamily.CRAFT:
            return (
                _("Quel geste as-tu le mieux réussi aujourd'hui ?"),
                _("Quel outil as-tu utilisé, et pour quoi faire ?"),
                _("Quelle étape était la plus difficile ?"),
                _("Qu'est-ce que tu sais faire maintenant que tu ne savais pas faire avant ?"),
                _("Si tu refais ce travail demain, que fais-tu autrement ?"),
            )
        case QuestionFamily.SAFETY:
            return (
                _("Quel équipement t'a protégé aujourd'hui ?"),
                _("À quel moment as-tu fait très attention ?"),
                _("Comment as-tu rangé ton poste de travail ?"),
                _("Quel danger as-tu vu dans l'atelier ?"),
                _("Quelle règle de sécurité expliques-tu à un nouveau ?"),
            )
        case QuestionFamily.CLIENT:
            return (
                _("Pour qui est le travail d'aujourd'hui ?"),
                _("Qu'est-ce que le client va aimer dans ton travail ?"),
                _("Comment sais-tu que le travail est bien fait ?"),
                _("Quelle question poses-tu au client ?"),
                _("Qu'est-ce qui reste à faire avant la livraison ?"),
            )
        case QuestionFamily.TEAM:
            return (
                _("Qui t'a aidé aujourd'hui, et comment ?"),
                _("Qui as-tu aidé aujourd'hui ?"),
                _("Qu'est-ce que tu as appris d'un autre ?"),
                _("Quand avez-vous bien travaillé ensemble ?"),
                _("À qui dis-tu merci aujourd'hui ?"),
            )
