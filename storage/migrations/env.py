"""Alembic's entry: runs on the connection that `storage.migrate` hands over."""

from typing import Any

from alembic import context

from storage.cipher import EncryptedText
from storage.tables import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our column types as what they are in the database, so that steps never import the models."""
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
