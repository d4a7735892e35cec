"""What was so from when to when, outages with what people said of them, months that are closed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "spans",
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("start", sa.Float, primary_key=True),
        sa.Column("end", sa.Float),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("notes", sa.Text, nullable=False),
    )
    op.create_index("ix_spans_end", "spans", ["end"])
    _outages()
    _months()


def _outages() -> None:
    op.create_table(
        "outages",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("phases", sa.Text, nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
        sa.Column("merged_into", sa.Integer),
        sa.Column("is_corrected", sa.Boolean, nullable=False),
        sa.Column("is_found_late", sa.Boolean, nullable=False),
    )
    for column in ("item", "site", "ended_at"):
        op.create_index(f"ix_outages_{column}", "outages", [column])
    op.create_table(
        "outage_handling",
        sa.Column("number", sa.Integer, sa.ForeignKey("outages.number"), primary_key=True),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_at", sa.Float),
        sa.Column("assignee", sa.Text, nullable=False),
        sa.Column("ticket", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("cause_by", sa.Text),
        sa.Column("changed_version", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_outage_handling_changed_version", "outage_handling", ["changed_version"])
    op.create_table(
        "outage_beliefs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, sa.ForeignKey("outages.number"), nullable=False),
        sa.Column("believed_at", sa.Float, nullable=False),
        sa.Column("is_outage", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("causes", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
    )
    for column in ("number", "believed_at"):
        op.create_index(f"ix_outage_beliefs_{column}", "outage_beliefs", [column])


def _months() -> None:
    op.create_table(
        "closed_months",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("closed_at", sa.Float, nullable=False),
        sa.Column("closed_by", sa.Text, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
    )
    op.create_table(
        "availability_adjustments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("month", sa.Text, sa.ForeignKey("closed_months.month"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
    )
    op.create_index("ix_availability_adjustments_month", "availability_adjustments", ["month"])
