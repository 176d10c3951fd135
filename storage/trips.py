"""Several statements in one trip to PostgreSQL: said all at once, answered all at once, with one wait between.

psycopg's own pipelines wait several times for each of them, which costs more than the statements. Values, prepared statements
and rows are psycopg's. Refuses to go on after a failure: what follows in the same trip is not run.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection, errors, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus


class Said(NamedTuple):
    """What PostgreSQL is told: words with numbered places, and the values for them; None for words without any."""

    words: str
    values: Sequence[Any] | None = None
    or_raise: type[Exception] | None = None
    """It has to return a row; what it means when there is none."""


class Stopped(Exception):
    """One of several failed. Nothing that came after it counts, and the transaction has to be taken back to before it."""

    def __init__(self, place: int, reason: Exception) -> None:
        super().__init__(place, reason)
        self.place = place
        """Which of those that were said together."""
        self.reason = reason
        """The failure as psycopg names it, or what it means that there was no row."""


_Heard = Callable[[Sequence[Any]], None] | None


class _Statement:
    """A statement as this connection says it; `query` and `types` are what psycopg knows a prepared one by."""

    __slots__ = ("_formats", "_transformer", "query", "types")

    def __init__(self, connection: Any, said: Said) -> None:
        self.query = said.words.encode()
        self.types: tuple[int, ...] = ()
        self._transformer = Transformer(connection)
        self._formats = [PyFormat.AUTO] * len(said.values or ())

    def written(self, said: Said) -> "Written":
        """With its values as they go over the wire."""
        if said.values is None:
            return Written(self, None, (), None, said.or_raise)
        written = self._transformer.dump_sequence(said.values, self._formats)
        return Written(self, written, self._transformer.types or (), self._transformer.formats, said.or_raise)

    def rows(self, result: Any) -> list[tuple[Any, ...]]:
        """The rows of its answer."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)


class Written(NamedTuple):
    """A statement that is about to leave, on the connection it was written for."""

    statement: _Statement
    values: Any
    types: tuple[int, ...]
    formats: Any
    or_raise: type[Exception] | None

    @property
    def words(self) -> str:
        return self.statement.query.decode()

    def send(self, connection: Any) -> list[_Heard]:
        """Say it; returns what is to be done with each of its answers."""
        server, prepared, statement = connection.pgconn, connection._prepared, self.statement
        if self.values is None:
            server.send_query_params(statement.query, None)
            return [None]
        statement.types = self.types
        name = prepared._names.get((statement.query, self.types))
        if name is not None:
            server.send_query_prepared(name, self.values, param_formats=self.formats)
            return [None]
        state, name = prepared.get(statement, True)
        server.send_prepare(name, statement.query, param_types=self.types)
        server.send_query_prepared(name, self.values, param_formats=self.formats)
        key = prepared.maybe_add_to_cache(statement, state, name)
        return [None if key is None else lambda results: prepared.validate(key, state, name, results), None]


class Trips:
    """The trips of one connection, which belongs to whoever makes them until they are back."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection: Any = connection
        self._statements: dict[str, _Statement] = {}

    @property
    def aborted(self) -> bool:
        """Something failed and was not taken back: the server would answer COMMIT by undoing all of it, without an error."""
        return bool(self._connection.pgconn.transaction_status == TransactionStatus.INERROR)

    def written(self, said: Said) -> Written:
        """Ready to leave. Raises psycopg's error for values that cannot be written."""
        known = self._statements.get(said.words)
        if known is None:
            known = _Statement(self._connection, said)
            if said.values is not None:
                self._statements[said.words] = known
        return known.written(said)

    async def make(self, leaving: Sequence[Written]) -> list[tuple[Any, ...]]:
        """Say all of it, in this order; returns the rows of the last. Raises `Stopped`, or psycopg's error for a lost server."""
        async with self._connection.lock:
            found: list[tuple[Any, ...]] = await self._connection.wait(self._go(leaving))
        return found

    def _go(self, leaving: Sequence[Written]) -> Generator[Any, Any, list[tuple[Any, ...]]]:
        connection, server = self._connection, self._connection.pgconn
        yield from connection._prepared.maintain_gen(connection)
        server.enter_pipeline_mode()
        try:
            heard: list[list[_Heard]] = []
            begins = not connection.autocommit and server.transaction_status == TransactionStatus.IDLE
            if begins:
                server.send_query_params(connection._get_tx_start_command(), None)
            for one in leaving:
                heard.append(one.send(connection))
            server.pipeline_sync()
            yield from generators.send(server)
            stopped = None
            if begins and (failure := _failure((yield from self._answer()), server)):
                stopped = Stopped(0, failure)
            answer: Any = None
            for place, hearing in enumerate(heard):
                for hear in hearing:
                    answers = yield from self._answer()
                    answer = answers[-1]
                    if stopped is None and (failure := _failure(answers, server)):
                        stopped = Stopped(place, failure)
                    if hear is not None:
                        hear(answers)
                missing = leaving[place].or_raise
                if stopped is None and missing is not None and not answer.ntuples:
                    stopped = Stopped(place, missing())
            yield from self._answer()  # to the end of it
        finally:
            self._be_back(server)
        if stopped is not None:
            raise stopped
        return leaving[-1].statement.rows(answer) if answer.status == ExecStatus.TUPLES_OK else []

    def _be_back(self, server: Any) -> None:
        if server.status == ConnStatus.BAD:
            return
        try:
            server.exit_pipeline_mode()
        except errors.OperationalError:
            server.finish()  # answers may still come, and nobody could tell to what: this connection has ended

    def _answer(self) -> Generator[Any, Any, Sequence[Any]]:
        results: Sequence[Any] = yield from generators.fetch_many(self._connection.pgconn)
        if not results:
            raise errors.OperationalError("the server left in the middle of a trip")
        return results


def _failure(results: Sequence[Any], server: Any) -> Exception | None:
    """The error among these, as psycopg names it. What is aborted because of an earlier one has none of its own."""
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            return errors.error_from_result(result, encoding=server._encoding)
    return None
