"""Whom an agent spoke for before, so that what it still has of that time keeps its labels."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "agents", sa.Column("former", sa.Text, nullable=False, server_default=sa.text("'[]'"))
    )
