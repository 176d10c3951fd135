"""The statements every notice passes through, built once: owed, chosen, taken, marked, settled.

Refuses to be called by anybody but `storage.outbox`, which says what they mean.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.people import DoorState
from storage.statements import Prepared, among, as_document, document_rows, insert_into, listed, table_of
from storage.tables import Door, Outbox, Person
from storage.tables.outbox import OutboxState

_ONE_CLAIMS_AT_A_TIME = 0x6F757462  # keys for PostgreSQL's advisory locks
_ONE_PLANS_AT_A_TIME = 0x706C616E

_ROW = table_of(Outbox).c
_PERSON, _DOOR = table_of(Person), table_of(Door)


def _free(row: Any) -> ColumnElement[bool]:
    """Open, not waiting for another try, and held by nobody alive."""
    return and_(
        row.settled_at.is_(None),
        or_(row.retry_at.is_(None), row.retry_at <= bindparam("now")),
        or_(
            row.state == OutboxState.QUEUED,
            # Never from oneself: whoever looks is alive, and still has it, however long it stood still.
            and_(row.claimed_until < bindparam("machine"), row.claimed_by != bindparam("worker")),
        ),
    )


def _ready() -> tuple[Any, ColumnElement[bool]]:
    """The rows that are due, and which of them may be taken: free, and first in their recipient's line.

    The lines are numbered in one pass. Asked row by row whether an earlier one stands before it, PostgreSQL reads all that
    is open for each: its statistics are mostly made when nothing is (measured: 300 ms for 5,000 open rows, 7 to 11 so).
    """
    of_a_line = func.row_number().over(partition_by=(_ROW.recipient_id, _ROW.lane), order_by=(_ROW.due_at, _ROW.id))
    due = (
        select(
            *(_ROW.id, _ROW.lane, _ROW.due_at, _ROW.settled_at),
            *(_ROW.retry_at, _ROW.state, _ROW.claimed_by, _ROW.claimed_until),
            of_a_line.label("place"),
        )
        .where(_ROW.settled_at.is_(None), _ROW.lane <= bindparam("up_to"), _ROW.due_at <= bindparam("now"))
        .subquery("due")
        .c
    )
    return due, and_(due.place == 1, _free(due))


def _is_due(_dialect: str) -> Any:
    _, ready = _ready()
    return select(literal(1)).where(ready).limit(1)


IS_DUE = Prepared(_is_due)


def _most_pressing(dialect: str) -> ColumnElement[bool]:
    """The rows a claim takes: as an array PostgreSQL finds and locks them once, before it begins to change them."""
    due, ready = _ready()
    chosen = select(due.id).where(ready).order_by(due.lane, due.due_at, due.id).limit(bindparam("most", type_=Integer))
    if dialect != "postgresql":
        return _ROW.id.in_(chosen)
    # Who withdraws one meanwhile has it: it is left alone, and asked again what it is once it is ours.
    held = (
        select(_ROW.id).where(_in_array(_ROW.id, chosen), _free(_ROW)).with_for_update(skip_locked=True).correlate(None)
    )
    return _in_array(_ROW.id, held)


def _in_array(column: ColumnElement[int], rows: Select[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == any_(func.array(rows.scalar_subquery(), type_=ARRAY(Integer)))
    return found


def _take(dialect: str) -> Any:
    return (
        update(table_of(Outbox))
        .where(_most_pressing(dialect))
        .values(
            # Sending: a worker died between the mark and the settlement, and nobody knows whether it was sent.
            uncertain=or_(_ROW.uncertain, _ROW.state == OutboxState.SENDING),
            state=OutboxState.CLAIMED,
            claimed_by=bindparam("worker"),
            claimed_until=bindparam("until"),
        )
        .returning(
            *(_ROW.id, _ROW.kind, _ROW.payload, _ROW.recipient_id, _ROW.promise, _ROW.lane, _ROW.reference),
            *(_ROW.attempts, _ROW.uncertain, _ROW.expires_at, _ROW.due_at),
        )
    )


_READER = (
    *(_PERSON.c.language, _PERSON.c.left_at),
    *(_DOOR.c.id.label("door_id"), _DOOR.c.kind.label("door_kind"), _DOOR.c.address.label("door_address")),
)
"""What is known of a reader, once for each door that may be open; without one, once."""
_MAY_BE_OPEN = and_(_DOOR.c.person_id == _PERSON.c.id, _DOOR.c.state.in_([DoorState.OPEN, DoorState.UNKNOWN]))


def _take_with_readers(dialect: str) -> Any:
    taken = _take(dialect).cte("taken")
    return (
        select(*taken.c, *_READER)
        .join_from(taken, _PERSON, _PERSON.c.id == taken.c.recipient_id)
        .outerjoin(_DOOR, _MAY_BE_OPEN)
        .order_by(taken.c.lane, taken.c.due_at, taken.c.id, _DOOR.c.position)
    )


_TAKE, _TAKE_WITH_READERS = Prepared(_take), Prepared(_take_with_readers)
_READERS = Prepared(
    lambda dialect: (
        select(_PERSON.c.id, *_READER)
        .outerjoin_from(_PERSON, _DOOR, _MAY_BE_OPEN)
        .where(among(dialect, _PERSON.c.id, "people"))
        .order_by(_PERSON.c.id, _DOOR.c.position)
    )
)
_CLAIMS_ALONE = Prepared(lambda _dialect: select(func.pg_advisory_xact_lock(_ONE_CLAIMS_AT_A_TIME)))


async def claim(session: AsyncSession, values: Mapping[str, Any]) -> list[tuple[Any, list[Any]]]:
    """Take the most pressing rows, in their order: each with what is known of its reader, a row for each door."""
    if session.get_bind().dialect.name == "postgresql":
        # Two that claim at the same time could each take one of the same line. (SQLite has one writer.)
        await _CLAIMS_ALONE.soon(session, {})
        found = await _TAKE_WITH_READERS.rows(session, values)
        together = [list(rows) for _, rows in groupby(found, key=attrgetter("id"))]
        return [(rows[0], rows) for rows in together]
    taken = sorted(await _TAKE.rows(session, values), key=attrgetter("lane", "due_at", "id"))
    known: dict[int, list[Any]] = defaultdict(list)
    if taken:
        for reader in await _READERS.rows(session, {"people": list({row.recipient_id for row in taken})}):
            known[reader.id].append(reader)
    return [(row, known[row.recipient_id]) for row in taken]


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


_OWED: dict[str, TypeEngine[Any]] = {
    "kind": String(),
    "payload": JSON(),
    "recipient_id": Integer(),
    "once": String(),
    "reference": String(),
    "promise": String(),
    "lane": Integer(),
    "due_at": DateTime(timezone=True),
    "expires_at": DateTime(timezone=True),
    "state": String(),
}
_SENT: dict[str, TypeEngine[Any]] = {
    "id": Integer(),
    "reason": String(),
    "door_id": Integer(),
    "message_id": BigInteger(),
}
_FREE = {"claimed_by": None, "claimed_until": None}


def _owe(dialect: str) -> Any:
    statement = insert_into(dialect, Outbox)
    if dialect == "postgresql":
        given = document_rows(_OWED)
        statement = statement.from_select([*_OWED, "attempts", "uncertain"], select(*given.c, literal(0), false()))
    return statement.on_conflict_do_nothing(index_elements=["once"])


def _settle(dialect: str) -> Any:
    statement = update(table_of(Outbox)).where(_ROW.settled_at.is_(None))
    if dialect == "postgresql":
        given = document_rows(_SENT)
        which, values = given.c.id, {name: given.c[name] for name in _SENT if name != "id"}
    else:
        which, values = bindparam("of_id"), {name: bindparam(f"of_{name}") for name in _SENT if name != "id"}
    values |= {"state": OutboxState.SENT, "settled_at": bindparam("at"), **_FREE}
    return statement.where(_ROW.id == which).values(values)


_OWE, _SETTLE = Prepared(_owe), Prepared(_settle)


def _owed_already(dialect: str) -> Any:
    if dialect != "postgresql":
        return select(_ROW.once).where(among(dialect, _ROW.once, "keys"))
    turn = select(func.pg_try_advisory_xact_lock(_ONE_PLANS_AT_A_TIME).label("mine")).cte("turn")
    # A row for each key: as one list, PostgreSQL without statistics compares every notice there ever was with all of it.
    keys = listed("keys", String())
    there = keys.join(table_of(Outbox), _ROW.once == keys.c.value)
    return select(turn.c.mine, _ROW.once).outerjoin_from(turn, there, turn.c.mine)


_OWED_ALREADY = Prepared(_owed_already)


async def owed_already(session: AsyncSession, keys: Sequence[str]) -> set[str] | None:
    """Which `once` keys are there. None: another process is about to write such keys, and is not waited for.

    A key committed while this looks may be missing from the answer: the unique key decides.
    """
    found = await _OWED_ALREADY.rows(session, {"keys": keys})
    if session.get_bind().dialect.name == "postgresql" and not found[0].mine:
        return None
    return {row.once for row in found if row.once is not None}


async def owe(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of `_OWED`; one whose `once` is there already is left alone."""
    if session.get_bind().dialect.name == "postgresql":
        await _OWE.soon(session, as_document(rows))
    else:
        await _OWE.run(session, [{**row, "attempts": 0, "uncertain": False} for row in rows])


async def settle(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Close open notices as sent: rows of `_SENT`."""
    if session.get_bind().dialect.name == "postgresql":
        await _SETTLE.soon(session, {**as_document(rows), "at": at})
    else:
        await _SETTLE.soon(session, [{**{f"of_{name}": row[name] for name in _SENT}, "at": at} for row in rows])
