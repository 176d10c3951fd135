"""The words of quotes: what is missing, what was refused, how it stands.

Refuses to soften a price or to hide a total.
"""

from collections.abc import Iterable

from domain import errors
from domain.quote_fields import Particular
from domain.quote_lines import LineFault
from domain.quote_terms import Term
from domain.quotes import QuoteState, Refusal, Standing
from locales import _, formats


def particular_name(which: Particular) -> str:
    """One of the things a quote says."""
    match which:
        case Particular.CLIENT:
            return _("Nom du client")
        case Particular.ADDRESS:
            return _("Adresse du client")
        case Particular.SIREN:
            return _("SIREN du client")
        case Particular.DELIVERY:
            return _("Adresse de livraison")
        case Particular.PLACE:
            return _("Lieu du travail")
        case Particular.PLATE:
            return _("Plaque du véhicule")
        case Particular.MAKE:
            return _("Marque et modèle")
        case Particular.MILEAGE:
            return _("Kilométrage")
        case Particular.WORK:
            return _("Travail à faire")
        case Particular.READY:
            return _("Date prévue")
        case Particular.LINES:
            return _("Au moins une ligne")


def term_name(term: Term) -> str:
    """A decision of the school, as its direction knows it."""
    return {
        Term.NAME: _("nom de l'école"),
        Term.LEGAL_FORM: _("forme juridique"),
        Term.ADDRESS: _("adresse de l'école"),
        Term.SIRET: _("SIRET de l'école"),
        Term.PHONE: _("téléphone de l'école"),
        Term.EMAIL: _("courriel de l'école"),
        Term.VAT_MODE: _("régime de TVA"),
        Term.VAT_NUMBER: _("numéro de TVA"),
        Term.VAT_RATE: _("taux de TVA"),
        Term.VAT_RATES: _("autres taux de TVA"),
        Term.CHARGED: _("devis gratuit ou payant"),
        Term.COST: _("prix du devis"),
        Term.DEDUCTED: _("prix du devis déduit ou non"),
        Term.DEPOSIT: _("acompte"),
        Term.VALIDITY: _("durée de validité"),
        Term.PAYMENT: _("conditions de paiement"),
        Term.HOURLY: _("taux horaire"),
        Term.TRAVEL: _("prix du déplacement"),
        Term.MEDIATOR: _("médiateur de la consommation"),
        Term.AGREEMENT: _("accord dans la conversation ou sur papier"),
        Term.PENALTY: _("pénalités de retard"),
    }[term]


def state_name(state: QuoteState) -> str:
    """Where a version stands, with its picture."""
    match state:
        case QuoteState.DRAFT:
            return _("✏ En préparation")
        case QuoteState.PROPOSED:
            return _("👀 À vérifier")
        case QuoteState.SENT:
            return _("📨 Chez le client")
        case QuoteState.ACCEPTED:
            return _("✅ Accepté")
        case QuoteState.REFUSED:
            return _("✖ Refusé")
        case QuoteState.SUPERSEDED:
            return _("🗂 Remplacé")
        case QuoteState.DROPPED:
            return _("🗑 Abandonné")


def refusal_name(reason: Refusal) -> str:
    """Why not, as a key."""
    match reason:
        case Refusal.PRICE:
            return _("💶 Trop cher pour moi")
        case Refusal.DELAY:
            return _("📅 Trop long")
        case Refusal.NO_NEED:
            return _("🙂 Je n'en ai plus besoin")
        case Refusal.OTHER:
            return _("✏ Une autre raison")
        case Refusal.UNSAID:
            return _("Sans dire pourquoi")


def fault_words(fault: LineFault) -> str:
    """Why a typed line was not taken, and how it goes."""
    match fault:
        case LineFault.NO_PRICE:
            return _("Il manque le prix, à la fin. Exemple : 2 pneus 205/55 R16 89,90")
        case LineFault.NO_LABEL:
            return _("Il manque les mots. Exemple : 4 x montage 12,50")
        case LineFault.NO_QUANTITY:
            return _("Il en faut au moins un peu. Exemple : 4 x montage 12,50")
        case LineFault.TOO_FINE:
            return _("Deux chiffres après la virgule, pas plus. Exemple : 12,50")
        case LineFault.TOO_BIG:
            return _("Ce nombre est trop grand. On vérifie ?")
        case LineFault.TOO_LONG:
            return _("Cette ligne est trop longue : 120 signes au plus.")
        case LineFault.NEGATIVE:
            return _("Un prix n'est pas en dessous de zéro. Pour baisser le prix : remise 10 %")
        case LineFault.WITH_TAX:
            return _("Ici, les prix sont hors taxes (HT). Le devis ajoute la TVA.")
        case LineFault.NO_TIME:
            return _("Il manque le temps. Exemple : main d'œuvre 2h30")
        case LineFault.UNKNOWN_RATE:
            return _("Ce taux de TVA n'est pas un taux de l'école.")


def explain_quote(error: errors.QuoteError) -> str:
    """The words for a broken rule of quotes, in the current language."""
    match error:
        case errors.QuotingNotSet(missing=missing):
            named = formats.listed(term_name(term) for term in missing)
            return _("Pas encore de devis : l'école doit d'abord décider. Il manque : {named}", named=named)
        case errors.QuoteIncomplete(missing=missing):
            return _("Le devis n'est pas complet. Il manque : {named}", named=named_particulars(missing))
        case errors.QuoteClosed(standing=Standing.EXPIRED, valid_until=day) if day is not None:
            return _(
                "Ce devis était valable jusqu'au {day}. L'école peut en faire un nouveau.",
                day=formats.day_in_full(day),
            )
        case errors.QuoteClosed(standing=Standing.ACCEPTED):
            return _("Ce devis est déjà accepté. Merci !")
        case errors.QuoteClosed(standing=Standing.REFUSED):
            return _("Ce devis a été refusé. L'école peut en faire un nouveau.")
        case errors.QuoteClosed(standing=Standing.SUPERSEDED):
            return _("Il y a un devis plus récent. C'est lui qui compte.")
        case errors.QuoteClosed():
            return _("Ce devis est déjà chez le client. Il ne change plus.")
        case errors.LineRefused(fault=fault):
            return fault_words(fault)
        case errors.TooManyLines(limit=limit):
            return _("{limit} lignes au plus. On peut réunir des lignes.", limit=limit)
        case errors.FourEyes():
            return _("Un formateur ou une formatrice vérifie et envoie le devis.")
        case errors.PartsUndecided():
            return _("D'abord une question : pièces neuves, ou pièces d'occasion ?")
        case errors.OnPaperOnly():
            return _("L'accord se fait sur papier : imprimez le devis, signez-le et apportez-le à l'école.")
        case _:
            return _("Le devis n'a pas pu être imprimé. Rien n'est parti. On réessaie ?")


def named_particulars(missing: Iterable[Particular]) -> str:
    """What is missing, in a line."""
    return formats.listed(particular_name(one) for one in missing)
