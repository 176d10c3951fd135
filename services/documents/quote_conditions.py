"""The conditions on a quote: what every client reads, and what only a consumer or only a professional does.

Refuses « gratuit » by default, and a clause of one kind of client on the paper of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.money import Discount, Totals, VatMode, rounded
from domain.quote_terms import Agreement, Terms
from domain.quotes import Accepted, PartsChoice
from locales import formats

DEPOSIT = "Acompte."


@dataclass(frozen=True)
class Conditions:
    """What decides which clauses stand on a quote."""

    terms: Terms
    professional: bool
    vehicle: bool
    totals: Totals
    ready_on: date
    parts: str | None


def conditions(of: Conditions) -> list[tuple[str, str]]:
    """The clauses, each as (title, words); in the current language, which is French."""
    common = [
        _cost(of.terms),
        deposit_clause(of.terms.deposit, of.totals.total),
        ("Paiement.", of.terms.payment),
        _delay(of),
    ]
    theirs = _professional(of) if of.professional else _consumer(of)
    return [*common, *theirs]


def _cost(terms: Terms) -> tuple[str, str]:
    if not terms.charged:
        return "Devis gratuit.", "Établir ce devis ne coûte rien."
    price = formats.money(terms.cost)
    after = (
        "Cette somme est déduite de la facture si les travaux sont faits ici."
        if terms.deducted
        else "Cette somme n'est pas déduite de la facture."
    )
    return "Devis payant.", f"L'établissement de ce devis coûte {price} TTC. {after}"


def deposit_clause(percent: Decimal, total: Decimal) -> tuple[str, str]:
    """The deposit on what is agreed to."""
    if not percent:
        return DEPOSIT, "Aucun acompte n'est demandé."
    amount = formats.money(rounded(total * percent / 100))
    return DEPOSIT, f"{formats.number(percent)} % à la commande, soit {amount}."


def _delay(of: Conditions) -> tuple[str, str]:
    day = f"{formats.day_in_full(of.ready_on)} {of.ready_on.year}"
    return (
        "Délai.",
        f"Travail prévu pour le {day}. Des élèves le réalisent avec leur formateur : l'école prévient si ça change.",
    )


def _consumer(of: Conditions) -> list[tuple[str, str]]:
    terms = of.terms
    found = [
        (
            "Garanties légales.",
            "Garantie légale de conformité de deux ans (art. L.217-3 et suivants du code de la consommation) et garantie "
            "contre les vices cachés (art. 1641 et suivants du code civil), à l'adresse de l'école ci-dessus.",
        ),
        (
            "Réclamation et médiation.",
            f"Écrivez d'abord à l'école. Sans accord, le client peut saisir gratuitement le médiateur de la consommation : "
            f"{terms.mediator} (art. L.612-1 du code de la consommation).",
        ),
    ]
    if of.parts is not None:
        found.append(("Pièces d'occasion.", of.parts))
    if terms.agreement is Agreement.CHAT:
        found.append(
            (
                "Rétractation (contrat à distance, art. L.221-5 et L.221-18 du code de la consommation).",
                "Si ce devis est accepté à distance, le client a 14 jours pour se rétracter, sans donner de raison, en "
                "l'écrivant à l'école (adresse, courriel ou conversation) : « Je me rétracte du devis n° …, accepté le …, "
                "nom, adresse, date ». Les sommes versées sont remboursées sous 14 jours. Le travail commence après ces "
                "14 jours, sauf demande expresse du client ; il paie alors ce qui est déjà fait (art. L.221-25). Pas de "
                "rétractation pour un service terminé à sa demande (art. L.221-28 1°), ni pour un objet fabriqué sur "
                "mesure (art. L.221-28 3°).",
            )
        )
    else:
        found.append(
            ("Accord.", "Ce devis s'accepte sur papier : imprimé, daté, signé avec la mention « Bon pour accord ».")
        )
    return found


def _professional(of: Conditions) -> list[tuple[str, str]]:
    return [
        (
            "Retard de paiement (entre professionnels).",
            f"Pénalités de retard : {of.terms.late_penalty}, exigibles sans rappel dès le lendemain de l'échéance, et "
            "indemnité forfaitaire de 40 € pour frais de recouvrement (art. L.441-10 et D.441-5 du code de commerce).",
        ),
        ("Vices cachés.", "Garantie des articles 1641 et suivants du code civil."),
        *(
            [
                (
                    "Facture.",
                    "Établie par le service comptable de l'école ; SIREN et adresse de livraison à vérifier ici.",
                )
            ]
            if of.terms.mode is VatMode.LIABLE
            else []
        ),
    ]


def parts_clause(families: Sequence[str], parts: PartsChoice | None, sentence: str) -> str:
    """What the law wants said about second-hand parts, and what the client chose (L.224-67)."""
    chosen = {
        PartsChoice.NEW: "Choix du client : pièces neuves.",
        PartsChoice.REUSED: "Choix du client : pièces issues de l'économie circulaire.",
        None: "Le client choisit avant son accord : pièces neuves, ou pièces issues de l'économie circulaire.",
    }[parts]
    named = ", ".join(families)
    return f"{chosen} Concerné ici : {named} (art. L.224-67 du code de la consommation). {sentence}"


def agreement_notes(accepted: Accepted, families: Sequence[str], parts: PartsChoice | None) -> list[str]:
    """What stands under the name of whoever agreed."""
    notes = []
    if accepted.on_paper:
        notes.append("Accord donné sur papier signé, gardé par l'école.")
    if accepted.start_now:
        notes.append("Le client demande que le travail commence avant la fin des 14 jours de rétractation (L.221-25).")
    if families and parts is PartsChoice.NEW:
        notes.append("Pièces : le client a choisi des pièces neuves.")
    if families and parts is PartsChoice.REUSED:
        notes.append("Pièces : le client a choisi des pièces issues de l'économie circulaire.")
    return notes


def discount_words(discount: Discount) -> str | None:
    """« 10 % » on the page; nothing for an amount, which stands beside it."""
    return f"{discount.percent.normalize():f} %".replace(".", ",") if discount.percent else None


def at_the_workshop(terms: Terms) -> str:
    """The place of a work that is done at the school."""
    return f"à l'atelier de l'école, {terms.address}"
