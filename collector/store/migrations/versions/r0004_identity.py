"""Enrolment tokens, fingerprints, clones, an account of changes; keys rest sealed."""

import hashlib

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _agents()
    op.create_table(
        "agent_hardware",
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
        sa.Column("component", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_index("ix_agent_hardware_component_digest", "agent_hardware", ["component", "digest"])
    op.create_table(
        "agent_clones",
        sa.Column("agent", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
        sa.Column("hardware", sa.Text, primary_key=True),
        sa.Column("first_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float, nullable=False),
        sa.Column("batches", sa.Integer, nullable=False),
    )
    op.create_table(
        "enrolment_tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("site", sa.Text),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("revoked_at", sa.Float),
        sa.UniqueConstraint("digest", name="uq_enrolment_tokens_digest"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.add_column("only_row", sa.Column("master_key", sa.Text))
    _seal_keys()


def _agents() -> None:
    op.add_column(
        "agents", sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'active'"))
    )
    op.add_column("agents", sa.Column("proposed_site", sa.Text))
    op.add_column("agents", sa.Column("network_site", sa.Text))
    op.add_column(
        "agents", sa.Column("host", sa.Text, nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "agents", sa.Column("hostname", sa.Text, nullable=False, server_default=sa.text("''"))
    )
    op.add_column("agents", sa.Column("token", sa.Text))
    op.add_column("agents", sa.Column("renew_key", sa.Text))
    op.add_column("agents", sa.Column("renew_at", sa.Float))
    op.add_column(
        "agents",
        sa.Column("changed_version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    op.create_index("ix_agents_changed_version", "agents", ["changed_version"])


def _seal_keys() -> None:
    """Seal keys that lie open; only then is a master key needed here."""
    op.add_column(
        "agent_keys", sa.Column("digest", sa.Text, nullable=False, server_default=sa.text("''"))
    )
    op.create_index("ix_agent_keys_digest", "agent_keys", ["digest"])
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT agent, id, secret FROM agent_keys")).all()
    if not rows:
        return
    master = context.config.attributes["vault"].make()
    for row in rows:
        connection.execute(
            sa.text(
                "UPDATE agent_keys SET secret = :secret, digest = :digest"
                " WHERE agent = :agent AND id = :id"
            ),
            {
                "agent": row.agent,
                "id": row.id,
                "secret": master.seal(row.agent, row.id, row.secret),
                "digest": hashlib.sha256(b"govnet-agent-key-v1\n" + row.secret).hexdigest(),
            },
        )
    connection.execute(sa.text("UPDATE only_row SET master_key = :id"), {"id": master.id})
