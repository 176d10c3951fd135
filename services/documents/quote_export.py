"""Accepted quotes as files: a CSV with a line per line, and a JSON with the same facts, for the accounting tool.

Refuses formulas in a cell, and to call any of it an invoice.
"""

import json
from collections.abc import Iterable
from decimal import Decimal

from domain.calendar import local
from domain.money import EXEMPTION
from domain.quotes import Category, LineKind
from services.documents.tables import csv_table
from services.quotes.exporting import AcceptedQuote

_CATEGORIES = {Category.GOODS: "biens", Category.SERVICES: "services", Category.MIXED: "mixte"}
_KINDS = {
    LineKind.GOODS: "bien",
    LineKind.SERVICE: "service",
    LineKind.LABOUR: "main-d'œuvre",
    LineKind.TRAVEL: "déplacement",
}
_HEADER = (
    "Devis",
    "Version",
    "Demande",
    "Envoyé le",
    "Accepté le",
    "Client",
    "Professionnel",
    "SIREN",
    "SIRET",
    "Adresse",
    "Adresse de livraison",
    "Section",
    "Catégorie",
    "Sorte",
    "Désignation",
    "Quantité",
    "Unité",
    "Prix unitaire HT",
    "Taux TVA",
    "Montant HT",
    "Remise du devis HT",
    "Total HT du devis",
    "TVA du devis",
    "Total TTC du devis",
    "Mention TVA",
)


def accepted_table(quotes: Iterable[AcceptedQuote]) -> bytes:
    """A CSV as French spreadsheets open it, a row per accepted line; the totals of the quote stand on each of its rows."""
    rows: list[list[object]] = []
    for one in quotes:
        rows += [
            [
                one.number,
                one.version,
                one.reference,
                f"{local(one.sent_at):%Y-%m-%d}",
                f"{local(one.accepted_at):%Y-%m-%d %H:%M}",
                one.client,
                "oui" if one.professional else "non",
                one.siren,
                one.siret,
                one.address,
                one.delivery,
                one.section,
                _CATEGORIES[one.category],
                _KINDS[line.kind],
                line.label,
                _figure(line.quantity),
                line.unit,
                _figure(line.price),
                _figure(line.rate),
                _figure(line.amount),
                _figure(one.totals.discount),
                _figure(one.totals.net),
                _figure(one.totals.tax),
                _figure(one.totals.total),
                EXEMPTION.get(one.mode, ""),
            ]
            for line in one.lines
        ]
    return csv_table(_HEADER, rows)


def accepted_json(quotes: Iterable[AcceptedQuote]) -> bytes:
    """The same as JSON: amounts are strings with two decimals, instants are ISO 8601."""
    found = [
        {
            "number": one.number,
            "version": one.version,
            "request": one.reference,
            "sent_at": one.sent_at.isoformat(),
            "accepted_at": one.accepted_at.isoformat(),
            "agreed_copy_sha256": one.sha256,
            "client": {
                "name": one.client,
                "professional": one.professional,
                "siren": one.siren or None,
                "siret": one.siret or None,
                "address": one.address,
                "delivery_address": one.delivery,
            },
            "section": one.section,
            "category": one.category.value,
            "vat_mode": one.mode.value,
            "vat_mention": EXEMPTION.get(one.mode),
            "lines": [
                {
                    "kind": line.kind.value,
                    "label": line.label,
                    "quantity": str(line.quantity),
                    "unit": line.unit,
                    "unit_price": str(line.price),
                    "vat_rate": str(line.rate),
                    "amount": str(line.amount),
                }
                for line in one.lines
            ],
            "discount": str(one.totals.discount),
            "net": str(one.totals.net),
            "taxes": [{"rate": str(tax.rate), "base": str(tax.base), "tax": str(tax.tax)} for tax in one.totals.taxes],
            "total": str(one.totals.total),
        }
        for one in quotes
    ]
    return json.dumps({"format": "compagnon-accepted-quotes-1", "quotes": found}, ensure_ascii=False, indent=2).encode()


def _figure(value: Decimal) -> str:
    """A number as French spreadsheets read it."""
    return f"{value:f}".replace(".", ",")
