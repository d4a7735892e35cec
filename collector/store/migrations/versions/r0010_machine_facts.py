"""What machines are, as they told it last."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "machine_facts",
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
    )
