"""Verdicts are the last spans; what was judged before has no spans and is judged anew."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_table("site_verdicts")
    op.drop_table("item_verdicts")
