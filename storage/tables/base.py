"""What all tables share: one metadata with a naming convention, and the few column kinds they are made of.

Refuses unnamed constraints: a migration can only drop what has a name.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Enum, MetaData
from sqlmodel import Field, SQLModel

from storage.cipher import EncryptedText


class Table(SQLModel):
    """Base of every table. Rows are never validated on construction: verbs hand in checked values."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def choice(kind: type[StrEnum], **options: Any) -> Any:
    """A column holding one member of `kind` by its value, with a named CHECK."""
    column = Enum(
        kind,
        native_enum=False,  # a native PostgreSQL type could not gain a member inside a transaction
        create_constraint=True,
        name=options.pop("name", None) or kind.__name__.lower(),
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=column, **options)


def secret(**options: Any) -> Any:
    """A column of encrypted text."""
    return Field(sa_type=EncryptedText, **options)


def to(target: str, **options: Any) -> Any:
    """A foreign key, deleted with its target unless told otherwise, and indexed."""
    options.setdefault("ondelete", "CASCADE")
    options.setdefault("index", True)
    return Field(foreign_key=target, **options)


def big(**options: Any) -> Any:
    """A 64-bit integer: chat systems number people and updates beyond 32 bits."""
    return Field(sa_type=BigInteger, **options)


def json_value(**options: Any) -> Any:
    """A small JSON value: ids and dates, never words of a person."""
    return Field(sa_type=JSON, **options)
