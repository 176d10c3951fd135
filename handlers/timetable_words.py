"""The words for what can be wrong with a timetable: a file, an event, a row, an address. Always where, what, and why.

Refuses blame: a file is as a program wrote it.
"""

from domain import errors
from domain.timetable import AddressReason, FileReason, Problem, Trouble
from locales import _, formats


def explain_timetable(error: errors.TimetableError) -> str:
    """The words for a timetable that could not be read, applied or undone."""
    match error:
        case errors.FileUnreadable(reason=reason):
            return _file_words(reason)
        case errors.GroupUnclear():
            return _("Pour quel groupe est cet emploi du temps ?")
        case errors.ProposalGone():
            return _("Cet import est déjà réglé. Les calendriers sont sous « 📅 Emploi du temps ».")
        case errors.ProposalOld():
            return _("L'emploi du temps a changé depuis cet aperçu. Envoyez le fichier encore une fois.")
        case errors.LaterImport():
            return _("Un import plus récent est venu après. Annulez d'abord le plus récent.")
        case errors.AddressRefused(reason=reason):
            return address_words(reason)
        case _:
            return _("Cet emploi du temps ne peut pas être lu ici.")


def _file_words(reason: FileReason) -> str:
    match reason:
        case FileReason.TOO_BIG:
            return _("Ce fichier est trop grand pour un emploi du temps : 5 Mo au plus.")
        case FileReason.EMPTY:
            return _("Ce fichier ne contient aucune séance.")
        case FileReason.NO_COLUMNS:
            return _(
                "Il manque des colonnes : date, début et fin. Le modèle est sous « 📅 Emploi du temps », "
                "il s'ouvre dans un tableur."
            )
        case FileReason.NO_EXCEL:
            return _("Les fichiers Excel ne peuvent pas être lus ici. Enregistrez la feuille en CSV.")
        case FileReason.GONE:
            return _("Ce fichier n'est plus là. Envoyez-le encore une fois.")
        case _:
            return _("Ce fichier n'est pas un emploi du temps : un calendrier .ics, ou un tableau .csv ou .xlsx.")


def address_words(reason: AddressReason) -> str:
    """Why an address cannot be read."""
    match reason:
        case AddressReason.NOT_HTTPS:
            return _("L'adresse doit commencer par https:// ou webcal://.")
        case AddressReason.PRIVATE:
            return _("Cette adresse n'est pas sur Internet : elle ne peut pas être lue.")
        case AddressReason.UNREACHABLE:
            return _("Cette adresse ne répond pas. On peut réessayer plus tard.")
        case AddressReason.REFUSED:
            return _("Cette adresse refuse de répondre. Elle a peut-être changé : copiez-la de nouveau.")
        case AddressReason.TOO_BIG:
            return _("Ce calendrier est trop grand : 5 Mo au plus.")
        case AddressReason.KNOWN:
            return _("Cette adresse est déjà suivie.")
        case _:
            return _("À cette adresse, il n'y a pas de calendrier iCalendar (.ics).")


def trouble_words(trouble: Trouble) -> str:
    """One line about one event or row: « ligne 12, Maths : pas d'heure de début »."""
    what = formats.name(trouble.what) if trouble.what else ""
    if trouble.line and what:
        where = _("ligne {line}, {what}", line=trouble.line, what=what)
    elif trouble.line:
        where = _("ligne {line}", line=trouble.line)
    else:
        where = what
    why = _why(trouble)
    return _("{where} : {why}", where=where, why=why) if where else why


def _why(trouble: Trouble) -> str:
    value = formats.name(trouble.value)
    match trouble.problem:
        case Problem.BROKEN:
            return _("illisible ou coupé au milieu")
        case Problem.NO_START:
            return _("pas de début")
        case Problem.BAD_START:
            return _("début illisible « {value} »", value=value)
        case Problem.BAD_END:
            return _("fin illisible « {value} »", value=value)
        case Problem.NO_END:
            return _("pas de fin : une heure a été comptée")
        case Problem.ENDS_BEFORE:
            return _("la fin est avant le début")
        case Problem.OVER_MIDNIGHT:
            return _("dure plus d'une journée")
        case Problem.BAD_RULE:
            return _("répétition illisible")
        case Problem.TOO_OFTEN:
            return _("se répète trop souvent pour un emploi du temps")
        case Problem.BAD_EXCEPTION:
            return _("une date d'exception est illisible « {value} »", value=value)
        case Problem.UNKNOWN_ZONE:
            return _("fuseau horaire inconnu « {value} » : lu à l'heure de l'école", value=value)
        case _:
            return _why_of_a_row(trouble, value)


def _why_of_a_row(trouble: Trouble, value: str) -> str:
    match trouble.problem:
        case Problem.ALL_DAY:
            return _("journée entière, sans heure ({days})", days=_days(trouble))
        case Problem.DAY_OFF:
            return _("jour sans école ? ({days}) À noter dans le calendrier de l'école.", days=_days(trouble))
        case Problem.NO_GROUP:
            return _("aucun groupe reconnu")
        case Problem.NO_TITLE:
            return _("pas de titre")
        case Problem.BAD_DAY:
            return _("colonne « {column} », date illisible « {value} »", column=trouble.column, value=value)
        case Problem.BAD_HOUR:
            return _("colonne « {column} », heure illisible « {value} »", column=trouble.column, value=value)
        case Problem.FORMULA:
            return _("colonne « {column} », une formule : écrivez la valeur", column=trouble.column)
        case Problem.TWICE:
            return _("deux fois la même séance : gardée une fois")
        case Problem.TOO_MANY:
            return _("trop de séances : la suite n'est pas lue")
        case Problem.EXTRA_COLUMN:
            return _("colonne « {column} » non utilisée", column=trouble.column)
        case _:
            return trouble.problem.value


def _days(trouble: Trouble) -> str:
    if trouble.day is None:
        return ""
    first = formats.day_in_full(trouble.day)
    if trouble.until is None or trouble.until == trouble.day:
        return first
    return _("du {first} au {last}", first=first, last=formats.day_in_full(trouble.until))
