"""Who changed what of agents, tokens and keys, and when; written with the change itself."""

import getpass
import os

import msgspec
from sqlalchemy import Connection, insert, select

from collector.store import Store
from collector.store.tables import audit


class Entry(msgspec.Struct, frozen=True):
    """One change; `at` is Unix seconds."""

    at: float
    who: str
    action: str
    subject: str
    detail: str


def note(
    connection: Connection, now: float, action: str, subject: str, detail: str, *, who: str = ""
) -> None:
    """Write one change down; `who` is the user of this process unless given."""
    connection.execute(
        insert(audit).values(
            at=now, who=who or operator(), action=action, subject=subject, detail=detail
        )
    )


def operator() -> str:
    """Return the operating system's user, with who became it by sudo."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        # A container's user need not have a name.
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
    behind = os.environ.get("SUDO_USER")
    return f"{user} ({behind})" if behind else user


def entries(store: Store, newest: int) -> list[Entry]:
    """Return the newest changes, the newest last."""
    with store.read() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(newest)).all()
    return [Entry(row.at, row.who, row.action, row.subject, row.detail) for row in reversed(rows)]


def entries_between(store: Store, start: float, end: float) -> list[Entry]:
    """Return the changes from `start` up to `end` (Unix seconds), the newest last."""
    with store.read() as connection:
        rows = connection.execute(
            select(audit).where(audit.c.at >= start, audit.c.at < end).order_by(audit.c.id)
        ).all()
    return [Entry(row.at, row.who, row.action, row.subject, row.detail) for row in rows]


def note_reloaded(store: Store, province: str, sites: int, now: float) -> None:
    """Write down that the collector goes by an inventory that was read anew."""
    with store.write() as connection:
        note(connection, now, "inventory reloaded", province, f"{sites} sites", who="collector")
