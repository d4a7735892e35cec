"""Tables of conferences, their sweeps, and what rooms said; see `collector.store.tables`."""

from sqlalchemy import Boolean, Column, Float, Integer, Table, Text

from collector.store.tables import metadata

conferences = Table(
    "conferences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("uid", Text, nullable=False, index=True),
    Column("recurrence", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("points", Text, nullable=False),
    Column("all_points", Boolean, nullable=False),
    Column("platform", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("cancelled_at", Float),
)
"""Conferences beside those of the inventory, or in their place (`readiness.records.Meeting`);
`points` is a JSON list. `uid`, `recurrence` and `sequence` are those of a calendar, or empty."""

conference_sweeps = Table(
    "conference_sweeps",
    metadata,
    Column("conference", Text, primary_key=True),
    Column("sweep", Text, primary_key=True),
    Column("point", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What every sweep found of every point, with its reasons in words."""

conference_ticks = Table(
    "conference_ticks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conference", Text, nullable=False, index=True),
    Column("point", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("is_good", Boolean, nullable=False),
    Column("telephone", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("who", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""What rooms said of their parts, all of it: the newest of a part counts."""

room_links = Table(
    "room_links",
    metadata,
    Column("token_digest", Text, primary_key=True),
    Column("conference", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)
"""Links of rooms, by SHA-256 of their token: each for one point of one conference."""
