"""Who devices are and what they see around them, as they told it last."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "device_facts",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
    )
