"""Planned work and announced power cuts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "power_cut_notices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("start", sa.Float, nullable=False),
        sa.Column("end", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.UniqueConstraint("area", "start", "end", name="uq_power_cut_notices_area_start_end"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("start", sa.Float, nullable=False),
        sa.Column("end", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.Float),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("ended_at", sa.Float),
        sa.Column("notice", sa.Integer, sa.ForeignKey("power_cut_notices.id")),
        sa.Column("match", sa.Text, nullable=False, server_default=sa.text("''")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_maintenance_notice", "maintenance", ["notice"])
    op.add_column(
        "only_row",
        sa.Column(
            "maintenance_version", sa.BigInteger, nullable=False, server_default=sa.text("0")
        ),
    )
