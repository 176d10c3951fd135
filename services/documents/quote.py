"""The quote as a PDF: every mention the law asks for, for a consumer or for a professional, and the copy with an agreement.

Refuses any other language than French: the law wants it so (loi du 4 août 1994, art. 2), and a translated clause binds nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import segno

from domain.calendar import local
from domain.money import Totals, VatMode, rounded
from domain.quote_fields import Particular, Particulars
from domain.quote_terms import Terms, vat_sentence
from domain.quotes import Line, LineKind
from locales import formats, use_language
from services.documents.drawing import print_pages
from services.documents.quote_conditions import DEPOSIT, Conditions, conditions, deposit_clause


@dataclass(frozen=True)
class Page:
    """What a quote says, whole. `by`: the adult who answers for it; `link`: where its status is seen, if anywhere."""

    number: str
    version: int
    day: date
    valid_until: date
    ready_on: date
    professional: bool
    vehicle: bool
    said: Particulars
    lines: tuple[Line, ...]
    totals: Totals
    discount: str | None
    terms: Terms
    by: str
    link: str | None
    reference: str
    parts: str | None = None
    """The sentence about second-hand parts, where the law asks for it."""


def page_data(page: Page) -> dict[str, Any]:
    """Everything the template shows, in words: kept with the quote, so that its copy never says anything else."""
    with use_language("fr"):
        return _data(page)


def agreed_data(
    data: dict[str, Any],
    lines: Sequence[Line],
    chosen: frozenset[int],
    totals: Totals,
    agreed: tuple[str, datetime, str],
    notes: Sequence[str],
) -> dict[str, Any]:
    """The same page with the client's agreement: `agreed` is the name, the moment, and the hash of what was agreed to."""
    name, at, sha256 = agreed
    with use_language("fr"):
        moment = local(at)
        when = f"le {formats.date_short(moment.date())} à {formats.hour(moment.time())}"
        what = "Toutes les lignes sont acceptées."
        if len(chosen) < len(lines):
            what = f"Lignes acceptées : {len(chosen)} sur {len(lines)} ; les autres sont barrées."
        kept = [line for line in lines if line.number in chosen]
        deposit = Decimal(data["deposit"])
        return {
            **data,
            "heading": "DEVIS ACCEPTÉ",
            "lines": [
                {**row, "out": line.number not in chosen} for row, line in zip(data["lines"], lines, strict=True)
            ],
            "totals": _totals(totals, data["discount"]),
            "total": {"name": data["total"]["name"], "amount": formats.money(totals.total)},
            "beside": [data["hourly"], *_labour(kept), *data["legal"]],
            "conditions": [
                {"title": title, "words": words}
                for title, words in [
                    deposit_clause(deposit, totals.total),
                    *((one["title"], one["words"]) for one in data["conditions"] if one["title"] != DEPOSIT),
                ]
            ],
            "agreed": {
                "title": "Bon pour accord",
                "lines": [f"{name}, {when}", what, *notes],
                "hash": f"Empreinte SHA-256 du devis accepté : {sha256}",
            },
            "sign": None,
        }


async def print_quote(data: dict[str, Any]) -> bytes | None:
    """The PDF/A of a page; None when it cannot be made."""
    return await print_pages("quote.typ", data, archived=True)


def _data(page: Page) -> dict[str, Any]:
    terms, said = page.terms, page.said
    taxed = terms.mode is VatMode.LIABLE
    version = f" (version {page.version}, remplace la précédente)" if page.version > 1 else ""
    number = f"N° {page.number}{version}"
    legal = vat_sentence(terms.mode)
    return {
        "title": f"Devis {page.number}",
        "heading": "DEVIS",
        "number": number,
        "day": [page.day.year, page.day.month, page.day.day],
        "dated": f"Date : {formats.date_short(page.day)}",
        "valid": f"Valable jusqu'au {formats.date_short(page.valid_until)}",
        "issuer": {
            "name": terms.name,
            "lines": [
                terms.legal_form,
                terms.address,
                f"SIREN {_grouped(terms.siren)} · SIRET {terms.siren[:3]} {terms.siren[3:6]} {terms.siren[6:]} {terms.siret[9:]}",
                *([f"TVA intracommunautaire : {terms.vat_number}"] if terms.vat_number else []),
                f"Tél. {terms.phone} · {terms.email}",
            ],
        },
        "client": {
            "title": "CLIENT PROFESSIONNEL" if page.professional else "CLIENT",
            "name": said.get(Particular.CLIENT),
            "lines": [
                said.get(Particular.ADDRESS),
                *([f"SIREN : {said.get(Particular.SIREN)}"] if page.professional else []),
                *([f"Livraison : {words}"] if (words := said.get(Particular.DELIVERY)) else []),
            ],
        },
        "work": {
            "title": "VÉHICULE ET TRAVAUX" if page.vehicle else "TRAVAUX",
            "nature": said.get(Particular.WORK),
            "lines": [
                *(
                    [
                        f"Véhicule : {said.get(Particular.MAKE)}",
                        f"Immatriculation : {said.get(Particular.PLATE)}",
                        f"Kilométrage : {said.get(Particular.MILEAGE)}",
                    ]
                    if page.vehicle
                    else []
                ),
                f"Lieu d'exécution : {said.get(Particular.PLACE)}",
                f"Date prévue : {formats.day_in_full(page.ready_on)} {page.ready_on.year}",
                f"Demande : {page.reference}",
            ],
        },
        "taxed": taxed,
        "columns": [
            "Désignation",
            "Qté",
            "Unité",
            "Prix unitaire HT",
            *(["TVA"] if taxed else []),
            "Montant HT",
        ],
        "lines": [_line(line) for line in page.lines],
        "discount": page.discount or "",
        "totals": _totals(page.totals, page.discount or ""),
        "total": {"name": "Total TTC" if taxed else "Total à payer", "amount": formats.money(page.totals.total)},
        "hourly": _hourly(terms),
        "legal": [legal] if legal else [],
        "deposit": str(terms.deposit),
        "beside": [_hourly(terms), *_labour(page.lines), *([legal] if legal else [])],
        "conditions": [
            {"title": title, "words": words}
            for title, words in conditions(
                Conditions(terms, page.professional, page.vehicle, page.totals, page.ready_on, page.parts)
            )
        ],
        "link": page.link or "",
        "qr": _qr(page.link) if page.link else "",
        "scan": "Où en est ce devis ? Scannez." if page.link else "Où en est ce devis ?",
        "ask": [] if page.link else ["Dites-nous :", page.reference, terms.phone],
        "sign": {
            "client": "Bon pour accord, date et signature du client :",
            "school": f"Pour {terms.name} :",
            "by": f"Devis vérifié par {page.by}",
        },
        "agreed": None,
        "foot": f"{terms.name} · SIRET {terms.siret} · Devis {page.number} v{page.version} du {formats.date_short(page.day)}",
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "label": line.label,
        "quantity": formats.number(line.quantity),
        "unit": line.unit,
        "price": formats.money(line.price),
        "rate": f"{formats.number(line.rate)} %",
        "amount": formats.money(line.amount),
        "out": False,
    }


def _totals(totals: Totals, discount: str) -> list[dict[str, str]]:
    rows = []
    if totals.discount:
        rows.append({"name": "Total des lignes HT", "amount": formats.money(totals.lines)})
        rows.append({"name": f"Remise {discount}".strip(), "amount": formats.money(-totals.discount)})
    rows.append({"name": "Total HT", "amount": formats.money(totals.net)})
    rows += [
        {
            "name": f"TVA {formats.number(one.rate)} % sur {formats.money(one.base)}",
            "amount": formats.money(one.tax),
        }
        for one in totals.taxes
    ]
    return rows


def _hourly(terms: Terms) -> str:
    words = f"Taux horaire de main-d'œuvre : {formats.money(terms.hourly_rate)} HT"
    if terms.mode is not VatMode.LIABLE:
        return words
    return f"{words}, {formats.money(rounded(terms.hourly_rate * (100 + terms.rate) / 100))} TTC"


def _labour(lines: Sequence[Line]) -> list[str]:
    hours = sum((line.quantity for line in lines if line.kind is LineKind.LABOUR), Decimal(0))
    travel = sum((line.amount for line in lines if line.kind is LineKind.TRAVEL), Decimal(0))
    return [
        f"Temps de main-d'œuvre prévu : {formats.number(hours)} h",
        f"Déplacement : {formats.money(travel)} HT" if travel else "Déplacement : aucun",
    ]


def _grouped(siren: str) -> str:
    return f"{siren[:3]} {siren[3:6]} {siren[6:]}"


def _qr(link: str) -> str:
    made = BytesIO()
    segno.make(link, error="m", micro=False).save(made, kind="svg", border=1, xmldecl=False, svgns=True)
    return made.getvalue().decode()
