"""How `govnet agents list` shows agents: lines for people, JSON for programs. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import table, utc

if TYPE_CHECKING:
    from collector.store.known_agents import AgentRow

_DAY_SECONDS = 86_400.0
_COLUMNS = ("machine", "agent", "state", "host name", "keys (days)")


def as_table(rows: Iterable["AgentRow"], now: float) -> str:
    """Return one line per agent under a line of titles, and one below for each thing to know."""
    shown = tuple(rows)
    titles, *lines = table([_COLUMNS, *(_line(row, now) for row in shown)]).split("\n")
    text = [titles]
    for row, line in zip(shown, lines, strict=True):
        text += [line, *(f"    {note}" for note in _notes(row))]
    return "\n".join(text)


def _line(row: "AgentRow", now: float) -> tuple[str, ...]:
    keys = (f"{key.id} ({(now - key.created_at) / _DAY_SECONDS:.0f})" for key in row.live_keys)
    return (
        row.identity.machine or "-",
        row.identity.agent,
        "revoked" if row.revoked_at is not None else row.state,
        row.hostname or "-",
        " ".join(keys) or "-",
    )


def _notes(row: "AgentRow") -> Iterator[str]:
    if row.revoked_at is not None:
        yield f"revoked {utc(row.revoked_at)}"
        return
    if row.state == "pending":
        code = f"code says {row.proposed_site}" if row.proposed_site else "no code given"
        network = (
            f"network says {row.network_site}"
            if row.network_site
            else f"network unknown ({row.host})"
        )
        yield f"{code}; {network}"
    for clone in row.clones:
        times = "once" if clone.batches == 1 else f"{clone.batches} times"
        yield f"CLONE? its key was used {times} until {utc(clone.last_at)}"
        yield f"by   {_parts(clone.hardware)}"
        yield f"not  {_parts(row.hardware)}"


def _parts(hardware: Mapping[str, str]) -> str:
    return " ".join(f"{part}:{digest[:4]}" for part, digest in sorted(hardware.items())) or "-"


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
