"""What the collector keeps in a database: registry, checkpoints, logins, outages. Never reports."""

from collector.store import conference_tables, outage_tables
from collector.store.database import Store, open_store

__all__ = ["Store", "conference_tables", "open_store", "outage_tables"]
