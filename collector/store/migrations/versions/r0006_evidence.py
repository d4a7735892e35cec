"""What every vantage saw, kept longer than any spool; when machines and collectors ran."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "evidence_runs",
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incarnation", sa.Text, primary_key=True),
        sa.Column("first_seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("first_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("word", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evidence_newest",
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("runs", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "machine_starts",
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("incarnation", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("booted_at", sa.Float, nullable=False),
        sa.Column("last_alive_at", sa.Float),
        sa.Column("is_clean", sa.Boolean),
        sa.Column("alive_clock", sa.Float),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "collector_runs",
        sa.Column("start", sa.Float, primary_key=True),
        sa.Column("end", sa.Float, nullable=False),
    )
