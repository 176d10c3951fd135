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


_Heard = Callable[[Sequence[Any]], None] | None


class _Statement:
    """A statement as this connection says it; `query` and `types` are what psycopg knows a prepared one by."""

    __slots__ = ("_formats", "_transformer", "query", "types")

    def __init__(self, connection: Any, said: Said) -> None:
        self.query = said.words.encode()
        self.types: tuple[int, ...] = ()
        self._transformer = Transformer(connection)
        self._formats = [PyFormat.AUTO] * len(said.values or ())

    def written(self, values: Sequence[Any] | None) -> "_Written":
        """With its values as they go over the wire."""
        if values is None:
            return _Written(self, None, (), None)
        written = self._transformer.dump_sequence(values, self._formats)
        return _Written(self, written, self._transformer.types or (), self._transformer.formats)

    def rows(self, result: Any) -> list[tuple[Any, ...]]:
        """The rows of its answer."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)


class _Written(NamedTuple):
    """A statement that is about to leave."""

    statement: _Statement
    values: Any
    types: tuple[int, ...]
    formats: Any

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

    async def make(self, said: Sequence[Said]) -> list[tuple[Any, ...]]:
        """Say all of it, in this order; returns the rows of the last. Raises the first failure."""
        async with self._connection.lock:
            found: list[tuple[Any, ...]] = await self._connection.wait(self._go(said))
        return found

    def _go(self, said: Sequence[Said]) -> Generator[Any, Any, list[tuple[Any, ...]]]:
        connection, server = self._connection, self._connection.pgconn
        leaving = [self._statement(one).written(one.values) for one in said]
        yield from connection._prepared.maintain_gen(connection)
        server.enter_pipeline_mode()
        try:
            heard: list[_Heard] = []
            if not connection.autocommit and server.transaction_status == TransactionStatus.IDLE:
                server.send_query_params(connection._get_tx_start_command(), None)
                heard.append(None)
            for one in leaving:
                heard += one.send(connection)
            server.pipeline_sync()
            yield from generators.send(server)
            answer: Any = None
            failure = None
            for hear in heard:
                answers = yield from self._answer()
                answer, failure = answers[-1], failure or _failure(answers, server)
                if hear is not None:
                    hear(answers)
            yield from self._answer()  # to the end of it
        finally:
            self._be_back(server)
        if failure is not None:
            raise failure
        return leaving[-1].statement.rows(answer) if answer.status == ExecStatus.TUPLES_OK else []

    def _statement(self, said: Said) -> _Statement:
        known = self._statements.get(said.words)
        if known is None:
            known = _Statement(self._connection, said)
            if said.values is not None:
                self._statements[said.words] = known
        return known

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
