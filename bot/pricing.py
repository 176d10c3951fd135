"""Brings a price list in on the command line.

Refuses to withdraw anything while a line is wrong: a typing error is no decision.
"""

from datetime import datetime

from rich.console import Console

from services.quotes import prices
from services.quotes.prices import PriceFault, PriceList
from storage.unit_of_work import Database

_REASONS = {
    PriceFault.NO_LABEL: "column « Désignation » is empty, or longer than 120 characters",
    PriceFault.NO_PRICE: "column « Prix HT » is no amount such as 12,50",
    PriceFault.NO_SECTION: "column « Section » names no section of the school",
    PriceFault.BAD_RATE: "column « TVA » is no rate such as 20 or 5,5",
}


async def bring_in(database: Database, listed: PriceList, now: datetime, console: Console, *, apply: bool) -> None:
    """Show what a price list changes, and take it over when told to."""
    done = await prices.bring_in(database.unit_of_work(), listed, now, apply=apply)
    console.print(
        f"+{done.new} new, ~{done.changed} changed, {done.unchanged} as they were, -{done.withdrawn} withdrawn",
        highlight=False,
    )
    for line, fault in done.problems:
        console.print(f"[yellow]![/] line {line}: {_REASONS[fault]}", highlight=False)
    if done.problems:
        console.print("nothing is withdrawn while a line is wrong", highlight=False)
    words = "[green]✓[/] the prices are in" if apply else "nothing is kept yet: --apply brings them in"
    console.print(words, highlight=False)
