"""Accounts with passwords, and sessions that belong to them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("scope", sa.Text),
        sa.Column("password", sa.Text),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("totp", sa.LargeBinary),
        sa.Column("totp_step", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("disabled_at", sa.Float),
    )
    op.create_table(
        "password_links",
        sa.Column("token_digest", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.name"), nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    # SQLite adds no column with a foreign key to a table that is there; who is signed in now
    # signs in again.
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.Text, primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.name")),
        sa.Column("used_at", sa.Float, nullable=False, server_default=sa.text("0")),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.add_column(
        "only_row",
        sa.Column("accounts_version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
