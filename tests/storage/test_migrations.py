"""The schema: what the steps build is what the models say, and every step can be walked both ways."""

from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage.cipher import Cipher
from storage.engine import make_engine
from storage.migrate import NewerSchemaError, _config, current, head, migrate
from storage.tables import metadata

Schema = dict[str, dict[str, Any]]


def read_schema(connection: Connection) -> Schema:
    """Everything a database says about its tables, in an order that does not depend on how they were made."""
    look = inspect(connection)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in look.get_columns(table)
            },
            "primary key": look.get_pk_constraint(table),
            "foreign keys": sorted(look.get_foreign_keys(table), key=lambda found: str(found["name"])),
            "unique": sorted(look.get_unique_constraints(table), key=lambda found: str(found["name"])),
            "checks": sorted((str(c["name"]), str(c["sqltext"])) for c in look.get_check_constraints(table)),
            "indexes": [
                {**found, "dialect_options": str({k: str(v) for k, v in found.get("dialect_options", {}).items()})}
                for found in sorted(look.get_indexes(table), key=lambda found: str(found["name"]))
            ],
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }


async def schema_of(address: str, cipher: Cipher, *, create: bool = False) -> Schema:
    engine = make_engine(address, cipher)
    try:
        async with engine.begin() as connection:
            if create:
                await connection.run_sync(metadata.create_all)
            return await connection.run_sync(read_schema)
    finally:
        await engine.dispose()


async def test_the_steps_build_what_the_models_say(address: str, empty_address: str, cipher: Cipher) -> None:
    migrated = await schema_of(address, cipher)
    modelled = await schema_of(empty_address, cipher, create=True)

    assert migrated.keys() == modelled.keys() == metadata.tables.keys()
    for table, parts in modelled.items():
        assert migrated[table] == parts, table


async def test_everything_that_can_be_dropped_has_a_name(address: str, cipher: Cipher) -> None:
    for table, parts in (await schema_of(address, cipher)).items():
        assert parts["primary key"]["name"] == f"pk_{table}"
        assert all(found["name"] for part in ("foreign keys", "unique", "indexes") for found in parts[part])
        assert all(name != "None" for name, _ in parts["checks"])


async def test_every_step_goes_up_down_and_up_again(empty_address: str, cipher: Cipher) -> None:
    steps = list(ScriptDirectory.from_config(_config()).walk_revisions())[::-1]
    for step in steps:
        assert await migrate(empty_address, cipher, "+1") == (step.down_revision, step.revision)
        before = await schema_of(empty_address, cipher)
        assert await migrate(empty_address, cipher, "-1") == (step.revision, step.down_revision)
        await migrate(empty_address, cipher, "+1")
        assert await schema_of(empty_address, cipher) == before

    await migrate(empty_address, cipher, "base")
    assert await schema_of(empty_address, cipher) == {}


async def test_migrating_twice_changes_nothing(address: str, cipher: Cipher) -> None:
    assert await migrate(address, cipher) == (head(), head())


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(address: str, cipher: Cipher) -> None:
    engine = make_engine(address, cipher)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from_tomorrow'"))

    with pytest.raises(NewerSchemaError, match="install a newer one"):
        await migrate(address, cipher)

    async with engine.connect() as connection:
        assert await connection.run_sync(current) == "from_tomorrow"
    await engine.dispose()
