"""References without gaps: a counter per series and year, counted up in the transaction that uses the number.

Refuses to count ahead: a verb that is undone gives its number back, and the next one waits for it.
"""

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.statements import insert_into
from storage.tables import YearlyNumber

REQUESTS = "D"


async def next_number(session: AsyncSession, series: str, year: int) -> int:
    """The next number of a series in a year. Another process that asks waits until this transaction ends."""
    first = insert_into(session.get_bind().dialect.name, YearlyNumber).values(series=series, year=year, last=0)
    await session.exec(first.on_conflict_do_nothing())
    counted = await session.exec(
        update(YearlyNumber)
        .where(col(YearlyNumber.series) == series, col(YearlyNumber.year) == year)
        .values(last=col(YearlyNumber.last) + 1)
        .returning(col(YearlyNumber.last))
    )
    return int(counted.scalar_one())
