"""What the collector keeps in a database: registry, checkpoints, logins. Never reports."""

from collector.store.database import Store, open_store

__all__ = ["Store", "open_store"]
