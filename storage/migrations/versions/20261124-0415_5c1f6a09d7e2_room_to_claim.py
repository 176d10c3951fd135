"""room to claim.

Revision: 5c1f6a09d7e2, after b49be921779b.
"""

from alembic import op

revision = "5c1f6a09d7e2"
down_revision = "b49be921779b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE outbox SET (fillfactor = 40)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE outbox RESET (fillfactor)")
