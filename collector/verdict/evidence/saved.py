"""What of the evidence is on disk: everything, up to the inbox position of the same checkpoint.

Runs and starts are written where they changed. The newest run of a track goes on with every report,
so it is written apart, one row for each machine. What was said for a machine that is gone goes.

1. `take` returns what changed, as it is now; done in the event loop.
2. `write` brings the tables up to date within the checkpoint's transaction.
3. `put_back` after a transaction that failed: the next `take` returns it again.
4. `load` restores everything at a start, before what lies behind the checkpoint is taken in again.
"""

import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from collector.store import Store
from collector.store.tables import (
    collector_runs,
    evidence_newest,
    evidence_runs,
    machine_starts,
)
from collector.verdict.evidence.evidence import Evidence, Unsaved
from collector.verdict.evidence.listening import Listening
from collector.verdict.evidence.runs import Run, Track
from collector.verdict.evidence.starts import Told

Row = dict[str, Any]
_RUN = Run.__struct_fields__
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Run | None])


class Changes(msgspec.Struct, frozen=True):
    """Rows to be written, keys of rows to be deleted, and what they were made of."""

    rows: list[tuple[Table, list[Row]]]
    gone: list[tuple[Table, list[Row]]]
    listening_since: float | None
    """Rows of `collector_runs` from there on are replaced."""
    unsaved: dict[str, Unsaved]
    starts: dict[tuple[str, str, int], Told | None]
    grown: set[str]


def take(evidence: Evidence) -> Changes:
    """Return what is not saved yet; it counts as saved from now on."""
    unsaved, evidence.unsaved = evidence.unsaved, {}
    grown, evidence.grown = evidence.grown | unsaved.keys(), set()
    starts, evidence.known_starts.unsaved = evidence.known_starts.unsaved, {}
    listened = evidence.listened.unsaved()
    evidence.listened.mark_saved()
    rows: list[Row] = []
    gone: list[Row] = []
    for machine, of_machine in unsaved.items():
        for (target, incarnation, first_seq), run in of_machine.items():
            key = {"machine": machine, "target": target}
            if run is not None:
                rows.append(key | msgspec.structs.asdict(run))
            else:
                gone.append(key | {"incarnation": incarnation, "first_seq": first_seq})
    told = [
        ({"machine": key[0], "incarnation": key[1], "seq": key[2]}, start)
        for key, start in starts.items()
    ]
    newest = [(machine, evidence.tracks.get(machine)) for machine in grown]
    return Changes(
        [
            (evidence_runs, rows),
            (machine_starts, [msgspec.structs.asdict(start) for _, start in told if start]),
            (
                evidence_newest,
                [{"machine": machine, "runs": _newest(of)} for machine, of in newest if of],
            ),
            (collector_runs, [msgspec.structs.asdict(one) for one in listened]),
        ],
        [
            (evidence_runs, gone),
            (machine_starts, [key for key, start in told if start is None]),
            (evidence_newest, [{"machine": machine} for machine, of in newest if not of]),
        ],
        listened[0].start if listened else None,
        unsaved,
        starts,
        grown,
    )


def put_back(evidence: Evidence, changes: Changes) -> None:
    """Note what was not written after all; what changed again since is newer."""
    for machine, unsaved in changes.unsaved.items():
        evidence.unsaved[machine] = unsaved | evidence.unsaved.get(machine, {})
    starts = evidence.known_starts
    starts.unsaved = changes.starts | starts.unsaved
    evidence.grown |= changes.grown
    evidence.listened.mark_unsaved(changes.listening_since)


def write(connection: Connection, changes: Changes) -> None:
    """Bring the tables up to date."""
    if changes.listening_since is not None:
        of_later = collector_runs.c.start >= changes.listening_since
        connection.execute(delete(collector_runs).where(of_later))
    for table, keys in changes.gone:
        if keys:
            where = [column == bindparam(column.name) for column in table.primary_key.columns]
            connection.execute(delete(table).where(*where), keys)
    for table, rows in changes.rows:
        if rows:
            statement = upsert(table)
            update = {
                column.name: statement.excluded[column.name]
                for column in table.c
                if not column.primary_key
            }
            connection.execute(statement.on_conflict_do_update(set_=update), rows)


def load(store: Store, evidence: Evidence) -> None:
    """Put everything that was saved into empty evidence."""
    with store.read() as connection:
        columns = (machine_starts.c[name] for name in Told.__struct_fields__)
        starts = [
            Told(
                sys.intern(machine),
                boot_id,
                booted_at,
                alive_at,
                clean,
                sys.intern(spool),
                seq,
                clock,
            )
            for machine, boot_id, booted_at, alive_at, clean, spool, seq, clock in (
                connection.execute(select(*columns))
            )
        ]
        times = connection.execute(select(collector_runs).order_by(collector_runs.c.start))
        evidence.listened.restore([Listening(start, end) for start, end in times])
        evidence.known_starts.restore(starts)
        evidence.restore(_tracks(connection))


def _tracks(connection: Connection) -> Iterator[tuple[str, str, Track]]:
    """Yield the saved tracks, each with its machine and target."""
    newest: dict[tuple[str, str], Run | None] = {}
    for machine, encoded in connection.execute(select(evidence_newest)):
        for target, run in _decoder.decode(encoded).items():
            newest[machine, sys.intern(target)] = run
    table = evidence_runs.c
    rows = connection.execute(
        select(table.machine, table.target, *(table[name] for name in _RUN)).order_by(
            *evidence_runs.primary_key.columns
        )
    )
    for (machine, target), of_track in groupby(rows, key=itemgetter(0, 1)):
        runs = {run.key: run for run in (Run(*row[2:]) for row in of_track)}
        run = newest.get((machine, target))
        if run is not None:
            runs[run.key] = run
        yield machine, sys.intern(target), Track(runs.values())


def _newest(tracks: Mapping[str, Track]) -> bytes:
    """Return the newest run of every track of a machine."""
    return _encoder.encode({target: track.newest for target, track in tracks.items()})
