"""What machines are, as they told it last: text by key, and since when it is so.

A fact keeps the time from which it was told alike, so a disk that was swapped shows. What arrives
late changes nothing that is newer.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from collector.store.database import Store, batches
from collector.store.tables import machine_facts


class Told(msgspec.Struct, frozen=True):
    """All facts of one machine or device as a report told them at `at` (Unix seconds)."""

    subject: str
    agent: str
    at: float
    facts: Mapping[str, str]


class FactRow(msgspec.Struct, frozen=True):
    """One fact, and since when it was told alike (Unix seconds)."""

    text: str
    since: float


class MachineFacts(msgspec.Struct, frozen=True):
    """What one machine is: told last at `at` (Unix seconds) by `agent`."""

    machine: str
    agent: str
    at: float
    facts: dict[str, FactRow]


_rows = msgspec.json.Decoder(dict[str, FactRow])


def save_told(store: Store, told: Iterable[Told]) -> None:
    """Make these the facts of their machines, except where newer ones are known."""
    with store.write() as connection:
        for one in told:
            before = _read(connection, one.subject)
            if before is not None and before.at > one.at:
                continue
            values = {
                "agent": one.agent,
                "at": one.at,
                "facts": msgspec.json.encode(_since(before, one)).decode(),
            }
            connection.execute(
                insert(machine_facts)
                .values(machine=one.subject, **values)
                .on_conflict_do_update(index_elements=["machine"], set_=values)
            )


def _since(before: MachineFacts | None, told: Told) -> dict[str, FactRow]:
    known = before.facts if before is not None else {}
    return {
        key: known[key] if key in known and known[key].text == text else FactRow(text, told.at)
        for key, text in sorted(told.facts.items())
    }


def texts(stored: str) -> dict[str, str]:
    """Return the facts in a row of the table as text by key."""
    return {key: row.text for key, row in _rows.decode(stored).items()}


def facts_of(store: Store, machine: str) -> MachineFacts | None:
    """Return what that machine (full id) is, None if it never told."""
    with store.read() as connection:
        return _read(connection, machine)


def _read(connection: Connection, machine: str) -> MachineFacts | None:
    row = connection.execute(
        select(machine_facts).where(machine_facts.c.machine == machine)
    ).first()
    if row is None:
        return None
    return MachineFacts(row.machine, row.agent, row.at, _rows.decode(row.facts))


def facts_of_all(store: Store) -> dict[str, dict[str, FactRow]]:
    """Return the facts of every machine by its full id."""
    with store.read() as connection:
        rows = connection.execute(select(machine_facts.c.machine, machine_facts.c.facts)).all()
    return {row.machine: _rows.decode(row.facts) for row in rows}


def facts_of_some(store: Store, wanted: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the facts of those machines, as text by key, by their full ids."""
    found: dict[str, dict[str, str]] = {}
    with store.read() as connection:
        for some in batches(wanted):
            query = select(machine_facts.c.machine, machine_facts.c.facts).where(
                machine_facts.c.machine.in_(some)
            )
            found.update((row.machine, texts(row.facts)) for row in connection.execute(query))
    return found
