"""The statements every notice passes through, built once: owed, chosen, taken, marked, settled.

Refuses to be called by anybody but `storage.outbox`, which says what they mean.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import DoorState
from storage.statements import Prepared, among, by_column, given_rows, insert_into, table_of
from storage.tables import Door, Outbox, Person
from storage.tables.outbox import OutboxState

_ONE_CLAIMS_AT_A_TIME = 0x6F757462  # a key for PostgreSQL's advisory locks

_ROW, _EARLIER = table_of(Outbox).c, table_of(Outbox).alias("earlier").c


def _ready(dialect: str) -> ColumnElement[bool]:
    """A row that may be taken: due, free or left behind by a dead worker, and first in its recipient's line."""
    # Plus nothing: else PostgreSQL, before it has statistics, looks for each one's line among all that is open.
    lane = _EARLIER.lane + 0 if dialect == "postgresql" else _EARLIER.lane
    return and_(
        _ROW.settled_at.is_(None),
        _ROW.lane <= bindparam("up_to"),
        _ROW.due_at <= bindparam("now"),
        or_(_ROW.retry_at.is_(None), _ROW.retry_at <= bindparam("now")),
        or_(
            _ROW.state == OutboxState.QUEUED,
            # Never from oneself: whoever looks is alive, and still has it, however long it stood still.
            and_(_ROW.claimed_until < bindparam("machine"), _ROW.claimed_by != bindparam("worker")),
        ),
        not_(
            exists().where(
                _EARLIER.settled_at.is_(None),
                _EARLIER.recipient_id == _ROW.recipient_id,
                lane == _ROW.lane,
                tuple_(_EARLIER.due_at, _EARLIER.id) < tuple_(_ROW.due_at, _ROW.id),
            )
        ),
    )


IS_DUE = Prepared(lambda dialect: select(literal(1)).where(_ready(dialect)).limit(1))


CHOOSE = Prepared(
    lambda dialect: (
        select(
            *(_ROW.id, _ROW.kind, _ROW.payload, _ROW.recipient_id, _ROW.promise, _ROW.lane, _ROW.reference),
            *(_ROW.state, _ROW.attempts, _ROW.uncertain, _ROW.expires_at),
        )
        .where(_ready(dialect))
        .order_by(_ROW.lane, _ROW.due_at, _ROW.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )
)
TAKE = Prepared(
    lambda dialect: (
        update(table_of(Outbox))
        .where(among(dialect, _ROW.id, "taken"))
        .values(
            # Sending: a worker died between the mark and the settlement, and nobody knows whether it was sent.
            uncertain=or_(_ROW.uncertain, _ROW.state == OutboxState.SENDING),
            state=OutboxState.CLAIMED,
            claimed_by=bindparam("worker"),
            claimed_until=bindparam("until"),
        )
    )
)
ALONE = Prepared(lambda _dialect: select(func.pg_advisory_xact_lock(_ONE_CLAIMS_AT_A_TIME)))


READERS = Prepared(
    lambda dialect: select(col(Person.id), col(Person.language), col(Person.left_at)).where(
        among(dialect, col(Person.id), "people")
    )
)
DOORS = Prepared(
    lambda dialect: (
        select(col(Door.person_id), col(Door.id), col(Door.kind), col(Door.address))
        .where(among(dialect, col(Door.person_id), "people"), col(Door.state).in_([DoorState.OPEN, DoorState.UNKNOWN]))
        .order_by(col(Door.person_id), col(Door.position))
    )
)


MARK = Prepared(
    lambda dialect: (
        update(table_of(Outbox))
        .where(
            among(dialect, _ROW.id, "marked"), _ROW.claimed_by == bindparam("worker"), _ROW.state == OutboxState.CLAIMED
        )
        .values(state=OutboxState.SENDING, attempts=_ROW.attempts + 1)
        .returning(_ROW.id)
    )
)


_OWED = ("kind", "payload", "recipient_id", "once", "reference", "promise", "lane", "due_at", "expires_at", "state")
_SENT = ("id", "settled_at", "reason", "door_id", "message_id")
_FREE = {"claimed_by": None, "claimed_until": None}


def _owe(dialect: str) -> Any:
    statement = insert_into(dialect, Outbox)
    if dialect == "postgresql":
        given = given_rows([_ROW[name] for name in _OWED])
        statement = statement.from_select([*_OWED, "attempts", "uncertain"], select(*given.c, literal(0), false()))
    return statement.on_conflict_do_nothing(index_elements=["once"])


def _settle(dialect: str) -> Any:
    statement = update(table_of(Outbox)).where(_ROW.settled_at.is_(None))
    if dialect == "postgresql":
        given = given_rows([_ROW[name] for name in _SENT])
        values = {name: given.c[name] for name in _SENT[1:]}
        return statement.where(_ROW.id == given.c.id).values(state=OutboxState.SENT, **values, **_FREE)
    values = {name: bindparam(f"of_{name}") for name in _SENT[1:]}
    return statement.where(_ROW.id == bindparam("of_id")).values(state=OutboxState.SENT, **values, **_FREE)


_OWE, _SETTLE = Prepared(_owe), Prepared(_settle)


async def owe(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of `_OWED`; one whose `once` is there already is left alone."""
    if session.get_bind().dialect.name == "postgresql":
        await _OWE.run(session, by_column(rows))
    else:
        await _OWE.run(session, [{**row, "attempts": 0, "uncertain": False} for row in rows])


async def settle(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Close open notices as sent: rows of `_SENT`."""
    if session.get_bind().dialect.name == "postgresql":
        await _SETTLE.run(session, by_column(rows))
    else:
        await _SETTLE.run(session, [{f"of_{name}": value for name, value in row.items()} for row in rows])
