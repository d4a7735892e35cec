"""How `govnet agents list` shows agents: a table for people, JSON for programs. Pure."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import table, utc

if TYPE_CHECKING:
    from collector.store.known_agents import AgentRow

_DAY_SECONDS = 86_400.0
_COLUMNS = ("machine", "agent", "state", "host name", "hardware", "keys (days)", "enrolled", "note")


def as_table(rows: Iterable["AgentRow"], now: float) -> str:
    """Return one line per agent under a line of titles."""
    return table([_COLUMNS, *(_line(row, now) for row in rows)])


def _line(row: "AgentRow", now: float) -> tuple[str, ...]:
    keys = (f"{key.id} ({(now - key.created_at) / _DAY_SECONDS:.0f})" for key in row.live_keys)
    return (
        row.identity.machine or "-",
        row.identity.agent,
        "revoked" if row.revoked_at is not None else row.state,
        row.hostname or "-",
        " ".join(f"{part}:{digest[:4]}" for part, digest in sorted(row.hardware.items())) or "-",
        " ".join(keys) or "-",
        utc(row.enrolled_at),
        _note(row),
    )


def _note(row: "AgentRow") -> str:
    notes = []
    if row.revoked_at is not None:
        notes.append(f"revoked {utc(row.revoked_at)}")
    elif row.state == "pending":
        notes.append(f"code says {row.proposed_site}" if row.proposed_site else "no code given")
        notes.append(
            f"network says {row.network_site}"
            if row.network_site
            else f"network unknown ({row.host})"
        )
    for clone in row.clones if row.revoked_at is None else ():
        parts = " ".join(f"{part}:{digest[:4]}" for part, digest in sorted(clone.hardware.items()))
        notes.append(
            f"CLONE? {parts} used its key {clone.batches} times until {utc(clone.last_at)}"
        )
    return "; ".join(notes)


def as_json(rows: Iterable["AgentRow"]) -> str:
    """Return a list of objects; times are Unix seconds."""
    return json.dumps([_plain(row) for row in rows], ensure_ascii=False, indent=2)


def _plain(row: "AgentRow") -> dict[str, Any]:
    return {
        "agent": row.identity.agent,
        "site": row.identity.site,
        "machine": row.identity.machine,
        "state": row.state,
        "enrolled_at": row.enrolled_at,
        "revoked_at": row.revoked_at,
        "hostname": row.hostname,
        "hardware": dict(row.hardware),
        "proposed_site": row.proposed_site,
        "network_site": row.network_site,
        "host": row.host,
        "keys": [
            {"id": key.id, "created_at": key.created_at, "revoked_at": key.revoked_at}
            for key in row.keys
        ],
        "clones": [
            {
                "hardware": dict(clone.hardware),
                "first_at": clone.first_at,
                "last_at": clone.last_at,
                "batches": clone.batches,
            }
            for clone in row.clones
        ],
    }
