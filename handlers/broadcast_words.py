"""The words around what is written to many: its kinds, its readers, its numbers, and what was met on the way.

Refuses to count people as percentages: « 10 familles, il en manque 2 ».
"""

from domain import errors
from domain.broadcasts import Audience, Kind, Outcome, Reach, Reader, State
from domain.calendar import local
from domain.urgent import Alarm
from locales import _, formats, ngettext
from services.broadcasts.drafting import Draft


def explain_broadcast(error: errors.BroadcastError) -> str:
    """The words for what cannot be written, sent or changed so."""
    match error:
        case errors.NothingToSay():
            return _("Il manque le message : quelques mots, une photo, un document ou un message vocal.")
        case errors.NobodyToReach():
            return _("Personne n'est choisi. « 👥 Pour qui » montre qui peut recevoir ce message.")
        case errors.NobodyToAsk():
            return _("Il n'y a pas d'autre adulte à qui demander. Sans deuxième adulte, un message urgent ne part pas.")
        case errors.ReasonMissing():
            return _("Un message urgent dit pourquoi, et il part tout de suite. Choisissez une raison.")
        case errors.NotTranslated():
            return _("La traduction n'est pas venue. Vous pouvez écrire ou dicter le texte, ou essayer plus tard.")
        case errors.FileNotTaken():
            return _("Ce fichier ne peut pas partir d'ici. Une photo, un PDF ou un document bureautique ira bien.")
        case errors.QuietThen(allowed=allowed):
            at = local(allowed)
            return _(
                "À cette heure-là, l'école n'écrit à personne. Le prochain moment possible : {day}, {hour}.",
                day=formats.day_in_full(at.date()),
                hour=formats.hour(at.time()),
            )
        case _:
            return _("C'est trop tard pour cela. Un mot à l'école, et on trouve une solution.")


def kind_name(kind: Kind) -> str:
    """What is expected of the readers, on a key."""
    match kind:
        case Kind.INFORMATION:
            return _("Information")
        case Kind.CONFIRM:
            return _("À confirmer")
        case Kind.ANSWER:
            return _("À répondre")


def reader_name(reader: Reader) -> str:
    """A kind of readers, on a key."""
    match reader:
        case Reader.STUDENTS:
            return _("Élèves")
        case Reader.FAMILIES:
            return _("Familles")
        case Reader.TRAINERS:
            return _("Formateurs, formatrices")
        case Reader.CLIENTS:
            return _("Clients avec une commande en cours")


def one_reader(reader: Reader) -> str:
    """What one of them is, beside a name."""
    match reader:
        case Reader.STUDENTS:
            return _("élève")
        case Reader.FAMILIES:
            return _("famille")
        case Reader.TRAINERS:
            return _("adulte de l'école")
        case Reader.CLIENTS:
            return _("client")


def became_words(outcome: Outcome) -> str:
    """What became of one copy, beside a name."""
    match outcome:
        case Outcome.WAITING:
            return _("En route")
        case Outcome.HELD:
            return _("Pas parti")
        case Outcome.BLOCKED:
            return _("Conversation fermée par la personne")
        case Outcome.UNCERTAIN:
            return _("Peut-être arrivé")
        case Outcome.LEFT:
            return _("Plus concerné")
        case Outcome.FAILED:
            return _("Pas arrivé")
        case Outcome.PAPER:
            return _("Sans conversation (papier)")
        case Outcome.SENT:
            return _("Arrivé")


def alarm_name(alarm: Alarm) -> str:
    """Why a message cannot wait, on a key."""
    match alarm:
        case Alarm.CLOSED:
            return _("École fermée")
        case Alarm.TRANSPORT:
            return _("Transports")
        case Alarm.SAFETY:
            return _("Sécurité")
        case Alarm.WEATHER:
            return _("Météo")
        case Alarm.OTHER:
            return _("Autre raison")


def alarm_words(alarm: Alarm, reason: str) -> str:
    """The same with the author's words: « École fermée : panne de chauffage »."""
    if not reason:
        return alarm_name(alarm)
    if alarm is Alarm.OTHER:
        return formats.name(reason)
    return f"{alarm_name(alarm)} · {formats.name(reason)}"


def state_words(state: State) -> str | None:
    """What there is to say of a state; nothing of the usual ones."""
    match state:
        case State.ASKED:
            return _("🚨 En attente d'un deuxième adulte. Rien n'est parti.")
        case State.PAUSED:
            return _("⏸ En pause : le reste attend.")
        case State.STOPPED:
            return _("⏹ Arrêté : le reste ne partira pas.")
        case State.RECALLED:
            return _("↩ Retiré : les messages arrivés sont remplacés ou effacés.")
        case State.REFUSED:
            return _("🚫 Pas parti : son auteur ne peut plus écrire à ces personnes.")
        case _:
            return None


def outcome_words(outcome: Outcome, count: int) -> str:
    """How many copies did not simply arrive, and why."""
    match outcome:
        case Outcome.WAITING:
            return _("En route : {count}", count=count)
        case Outcome.HELD:
            return _("Pas partis : {count}", count=count)
        case Outcome.BLOCKED:
            return _("Conversation fermée par la personne : {count}", count=count)
        case Outcome.UNCERTAIN:
            return _("Peut-être arrivés : {count}", count=count)
        case Outcome.LEFT:
            return _("Plus concernés : {count}", count=count)
        case Outcome.FAILED:
            return _("Pas arrivés : {count}", count=count)
        case Outcome.PAPER:
            return _("Sans conversation (papier) : {count}", count=count)
        case Outcome.SENT:
            return _("Arrivés : {count}", count=count)


def counted(view: Draft) -> str:
    """Whom a draft reaches: « 12 familles, 3 élèves »."""
    parts = []
    if view.families:
        parts.append(ngettext("{count} famille", "{count} familles", view.families))
    if view.students:
        parts.append(ngettext("{count} élève", "{count} élèves", view.students))
    if view.trainers:
        parts.append(ngettext("{count} adulte de l'école", "{count} adultes de l'école", view.trainers))
    if view.clients:
        parts.append(ngettext("{count} client", "{count} clients", view.clients))
    return formats.listed(parts) if parts else _("personne")


def counts_line(view: Draft) -> str:
    """The same with languages and paper: « 12 familles, 3 langues, 1 injoignable (papier) »."""
    parts = [counted(view)]
    if len(view.languages) > 1:
        parts.append(ngettext("{count} langue", "{count} langues", len(view.languages)))
    if view.unreachable:
        unreachable = ngettext("{count} injoignable (papier)", "{count} injoignables (papier)", view.unreachable)
        parts.append(unreachable)
    return formats.listed(parts)


def audience_words(audience: Audience, reach: Reach) -> str:
    """Where the readers are: « toute l'école », or sections and groups by name; nothing where none is chosen."""
    if audience.whole and reach.whole:
        return _("toute l'école")
    names = [reach.sections[key] for key in sorted(audience.sections) if key in reach.sections]
    names += [reach.groups[key][1] for key in sorted(audience.groups) if key in reach.groups]
    return formats.listed(names)
