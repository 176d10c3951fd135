"""Brings a database to a schema step, up or down, and writes new steps for developers.

Refuses to touch a database that is newer than this version of Compagnon.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.cipher import Cipher
from storage.engine import make_engine


class NewerSchemaError(Exception):
    """The database was written by a newer version; the text says the cure."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option(
        "file_template", "%%(year)d%%(month).2d%%(day).2d-%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s"
    )
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest step this version knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no migration was shipped with this version")
    return revision


async def migrate(address: str, cipher: Cipher, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the database to `revision`; returns the step before and after. Raises `NewerSchemaError`."""
    engine = make_engine(address, cipher, foreign_keys=False)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_move, revision)
    finally:
        await engine.dispose()


def _move(connection: Connection, revision: str) -> tuple[str | None, str | None]:
    before = current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if before is not None and before not in known:
        raise NewerSchemaError(
            f"the database is at step {before}, which this version does not know: install a newer one"
        )
    config = _config(connection)
    if revision == "head" or revision.startswith("+"):
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)
    return before, current(connection)


def current(connection: Connection) -> str | None:
    """The step a database stands at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


async def write_step(address: str, cipher: Cipher, message: str) -> None:
    """Write a new step from the difference between the models and a database that is at head."""
    engine = make_engine(address, cipher)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: command.revision(_config(sync), message=message, autogenerate=True))
    finally:
        await engine.dispose()
