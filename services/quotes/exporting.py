"""Accepted quotes as facts for the accounting tool: who, where to, which category, which lines, which VAT.

Refuses to number an invoice or to compute one: it hands over what was agreed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from domain.money import Totals, VatMode
from domain.people import Actor
from domain.quote_fields import Particular
from domain.quotes import Category, Line, QuoteState, category
from services.guardians import direction_only
from services.quotes.access import Found
from services.quotes.views import discount_of, view_of
from storage.tables import Client, JobRequest, Quote, Section
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class AcceptedQuote:
    """One agreement. `lines` are those that were agreed to; `delivery` is the client's address when no other was given."""

    number: str
    version: int
    reference: str
    sent_at: datetime
    accepted_at: datetime
    client: str
    professional: bool
    siren: str
    siret: str
    address: str
    delivery: str
    section: str
    category: Category
    mode: VatMode
    discount_percent: str
    lines: tuple[Line, ...]
    totals: Totals
    sha256: str


async def accepted(uow: UnitOfWork, actor: Actor) -> Sequence[AcceptedQuote]:
    """Every accepted quote, the oldest first. Direction only; raises `NotAllowed`."""
    direction_only(actor)
    async with uow.reading() as session:
        rows = await session.exec(
            select(Quote, JobRequest, Client, Section)
            .join(JobRequest, col(JobRequest.id) == col(Quote.request_id))
            .join(Client, col(Client.id) == col(JobRequest.client_id))
            .join(Section, col(Section.id) == col(JobRequest.section_id))
            .where(Quote.state == QuoteState.ACCEPTED)
            .order_by(col(Quote.answered_at), col(Quote.id))
        )
        found = []
        for quote, request, client, section in rows.all():
            assert quote.sent_at is not None
            assert quote.answered_at is not None
            view = await view_of(session, Found(quote, request, client, section), quote.answered_at)
            kept = tuple(line for line in view.lines if line.number in view.chosen)
            siren = "".join(view.said.get(Particular.SIREN).split())
            found.append(
                AcceptedQuote(
                    number=view.number or "",
                    version=view.version,
                    reference=view.reference,
                    sent_at=quote.sent_at,
                    accepted_at=quote.answered_at,
                    client=view.said.get(Particular.CLIENT) or view.client,
                    professional=view.professional,
                    siren=siren,
                    siret=client.siret or "",
                    address=view.said.get(Particular.ADDRESS),
                    delivery=view.said.get(Particular.DELIVERY) or view.said.get(Particular.ADDRESS),
                    section=view.section,
                    category=category(kept),
                    mode=view.mode,
                    discount_percent=str(discount_of(quote).percent),
                    lines=kept,
                    totals=view.chosen_totals,
                    sha256=quote.agreed_sha256 or "",
                )
            )
        return found
