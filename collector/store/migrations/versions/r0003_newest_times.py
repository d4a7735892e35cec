"""The newest known time of every incarnation, so that a restart times what follows alike."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("agent_seen", sa.Column("newest_seq", sa.BigInteger))
    op.add_column("agent_seen", sa.Column("newest_at", sa.Float))
