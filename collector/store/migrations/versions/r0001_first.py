"""Agents and their keys, checkpoints, shards, logins."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("enrolled_at", sa.Float, nullable=False),
        sa.Column("revoked_at", sa.Float),
    )
    op.create_index("ix_agents_site", "agents", ["site"])
    op.create_index("ix_agents_machine", "agents", ["machine"])
    op.create_table(
        "agent_keys",
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("revoked_at", sa.Float),
    )
    op.create_table(
        "agent_seen",
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("incarnation", sa.Text, primary_key=True),
        sa.Column("used_order", sa.Integer, nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
    )
    op.create_table(
        "agent_live",
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("incarnation", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("last_report_at", sa.Float, nullable=False),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("interval_seconds", sa.Float, nullable=False),
        sa.Column("skew_seconds", sa.Float, nullable=False),
    )
    only_row = op.create_table(
        "only_row",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="only"), primary_key=True),
        sa.Column("inbox_position", sa.BigInteger, nullable=False),
        sa.Column("registry_version", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(only_row, [{"id": 1, "inbox_position": 0, "registry_version": 0}])
    op.create_table(
        "site_shards",
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("shard", sa.Integer, nullable=False),
    )
    op.create_table(
        "login_links",
        sa.Column("token_digest", sa.Text, primary_key=True),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.Text, primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
