"""Conferences, what sweeps found before them, what rooms said, and the rooms' links."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "conferences",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("recurrence", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("starts_at", sa.Float, nullable=False),
        sa.Column("ends_at", sa.Float, nullable=False),
        sa.Column("points", sa.Text, nullable=False),
        sa.Column("all_points", sa.Boolean, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("cancelled_at", sa.Float),
    )
    op.create_index("ix_conferences_uid", "conferences", ["uid"])
    op.create_table(
        "conference_sweeps",
        sa.Column("conference", sa.Text, primary_key=True),
        sa.Column("sweep", sa.Text, primary_key=True),
        sa.Column("point", sa.Text, primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conference_ticks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("conference", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("is_good", sa.Boolean, nullable=False),
        sa.Column("telephone", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conference_ticks_conference", "conference_ticks", ["conference"])
    op.create_table(
        "room_links",
        sa.Column("token_digest", sa.Text, primary_key=True),
        sa.Column("conference", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.add_column(
        "only_row",
        sa.Column(
            "conferences_version", sa.BigInteger, nullable=False, server_default=sa.text("0")
        ),
    )
