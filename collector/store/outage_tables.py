"""Tables of what was so over time, outages and closed months; see `collector.store.tables`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    Table,
    Text,
)

from collector.store.tables import metadata

spans = Table(
    "spans",
    metadata,
    Column("item", Text, primary_key=True),
    Column("start", Float, primary_key=True),
    Column("end", Float, index=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("cause", Text),
    Column("notes", Text, nullable=False),
)
"""What was so from when to when (`collector.verdict.spans`); `notes` is JSON."""

outages = Table(
    "outages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False, index=True),
    Column("site", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float, index=True),
    Column("count", Integer, nullable=False),
    Column("phases", Text, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    Column("merged_into", Integer),
    Column("is_corrected", Boolean, nullable=False),
    Column("is_found_late", Boolean, nullable=False),
)
"""Every outage as it is believed now (`collector.verdict.outages.records`); `phases` is JSON.
None is ever deleted: numbers are for ever."""

outage_handling = Table(
    "outage_handling",
    metadata,
    Column("number", Integer, ForeignKey("outages.number"), primary_key=True),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", Float),
    Column("assignee", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("cause", Text),
    Column("cause_by", Text),
    Column("changed_version", BigInteger, nullable=False, index=True),
)
"""What people said about outages; `changed_version` grows with each change of any of them."""

outage_beliefs = Table(
    "outage_beliefs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, ForeignKey("outages.number"), nullable=False, index=True),
    Column("believed_at", Float, nullable=False, index=True),
    Column("is_outage", Boolean, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("causes", Text, nullable=False),
    Column("because", Text, nullable=False),
)
"""What was believed of every outage in turn; `causes` and `because` are JSON."""

closed_months = Table(
    "closed_months",
    metadata,
    Column("month", Text, primary_key=True),
    Column("closed_at", Float, nullable=False),
    Column("closed_by", Text, nullable=False),
    Column("figures", Text, nullable=False),
)
"""Availability of months that are closed, as it was then; `figures` is JSON."""

availability_adjustments = Table(
    "availability_adjustments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("month", Text, ForeignKey("closed_months.month"), nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("figures", Text, nullable=False),
)
"""What a figure of a closed month became, when and why; `key` says whose figure, as JSON."""
