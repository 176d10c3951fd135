"""absences written beforehand, and students who did not arrive.

Revision: 7d1e0c4ab9f2, after cc332afed2e5.
"""

import sqlalchemy as sa
from alembic import op

revision = '7d1e0c4ab9f2'
down_revision = 'cc332afed2e5'
branch_labels = None
depends_on = None

_WHY = ('unseen', 'unreachable', 'blocked', 'never_linked', 'nobody', 'did_not_know', 'call_me')


def _reasons(*reasons: str) -> None:
    named = ", ".join(f"'{reason}'" for reason in reasons)
    with op.batch_alter_table('call_task', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_call_task_why'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_call_task_why'), f"why IN ({named})")


def upgrade() -> None:
    with op.batch_alter_table('absence_announcement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('code', sa.Enum('P', 'R', 'AN', 'AJ', 'AR', 'AA', 'ST', 'RD', 'EX', name='code', native_enum=False, create_constraint=True, length=32), nullable=True))
    _reasons(*_WHY, 'not_arrived')


def downgrade() -> None:
    op.execute("UPDATE call_task SET why = 'did_not_know' WHERE why = 'not_arrived'")
    _reasons(*_WHY)
    with op.batch_alter_table('absence_announcement', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_absence_announcement_code'), type_='check')
        batch_op.drop_column('code')
