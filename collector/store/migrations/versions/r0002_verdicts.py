"""What was judged last, so that a restart neither forgets nor repeats it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "site_verdicts",
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("last_sign_at", sa.Float),
        sa.Column("watched_since", sa.Float, nullable=False),
    )
    op.create_table(
        "item_verdicts",
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
    )
