"""What is saved now and then so that a start need not read the whole inbox.

The inbox is the truth; a checkpoint says up to which position of it the sequence numbers and the
evidence in the database are complete. Saved in one transaction, so it is never half.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from collector.intake.sequence import Ledger, Seen
from collector.intake.timing import Moment
from collector.store import Store
from collector.store.tables import agent_live, agent_seen, only_row, site_shards
from collector.verdict.evidence.saved import Changes
from collector.verdict.evidence.saved import write as write_evidence

_spans_decoder = msgspec.json.Decoder(list[tuple[int, int]])


class LastReport(msgspec.Struct, frozen=True, kw_only=True):
    """The newest report of an agent, without its values. Times are Unix seconds."""

    agent: str
    incarnation: str
    seq: int
    last_report_at: float
    received_at: float
    interval_seconds: float
    skew_seconds: float


class Checkpoint(msgspec.Struct, frozen=True):
    """What one saving writes: changed agents only."""

    inbox_position: int
    seen: Mapping[str, Mapping[str, Seen]]
    live: Sequence[LastReport]
    evidence: Changes | None = None


def save(store: Store, checkpoint: Checkpoint) -> None:
    """Write a checkpoint."""
    seen_rows = [
        {
            "agent": agent,
            "incarnation": incarnation,
            "used_order": order,
            "spans": msgspec.json.encode(seen.spans).decode(),
            "newest_seq": None if seen.newest is None else seen.newest.seq,
            "newest_at": None if seen.newest is None else seen.newest.at,
        }
        for agent, incarnations in checkpoint.seen.items()
        for order, (incarnation, seen) in enumerate(incarnations.items())
    ]
    live_rows = [msgspec.structs.asdict(report) for report in checkpoint.live]
    with store.write() as connection:
        for agent in checkpoint.seen:
            connection.execute(delete(agent_seen).where(agent_seen.c.agent == agent))
        if seen_rows:
            connection.execute(insert(agent_seen), seen_rows)
        if live_rows:
            statement = upsert(agent_live)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[agent_live.c.agent],
                    set_={
                        column.name: statement.excluded[column.name]
                        for column in agent_live.c
                        if not column.primary_key
                    },
                ),
                live_rows,
            )
        if checkpoint.evidence is not None:
            write_evidence(connection, checkpoint.evidence)
        connection.execute(update(only_row).values(inbox_position=checkpoint.inbox_position))


def load_position(store: Store) -> int:
    """Return the inbox position up to which the checkpoint is complete."""
    with store.read() as connection:
        return int(connection.execute(select(only_row.c.inbox_position)).scalar_one())


def load_seen(store: Store, ledger: Ledger) -> None:
    """Put the saved sequence numbers and newest times into an empty ledger."""
    with store.read() as connection:
        rows = connection.execute(
            select(agent_seen).order_by(agent_seen.c.agent, agent_seen.c.used_order)
        ).all()
    for row in rows:
        newest = None if row.newest_seq is None else Moment(row.newest_seq, row.newest_at)
        ledger.restore(row.agent, row.incarnation, _spans_decoder.decode(row.spans), newest)


def load_live(store: Store) -> list[LastReport]:
    """Return the saved newest reports."""
    with store.read() as connection:
        rows = connection.execute(select(agent_live)).all()
    return [LastReport(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for the row as a mapping


def load_shards(store: Store) -> dict[str, int]:
    """Return the shard of every site that has one."""
    with store.read() as connection:
        return {row.site: row.shard for row in connection.execute(select(site_shards))}


def save_shards(store: Store, new: Iterable[tuple[str, int]]) -> None:
    """Add sites that had no shard."""
    rows = [{"site": site, "shard": shard} for site, shard in new]
    if rows:
        with store.write() as connection:
            connection.execute(insert(site_shards), rows)
