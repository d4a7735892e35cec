"""Looking into a spool that a running agent may be writing: no lock, nothing changed.

What is seen is the spool of a moment ago. A report that was accepted meanwhile may still be seen;
the centre then answers that it knows it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agent.spool.index import is_inside, merged
from agent.spool.marks import MarksState
from agent.spool.quarantine import decode
from agent.spool.spool import MARKS, QUARANTINE, REPORT, REPORTS
from govnet.journal_reader import read_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.spool.quarantine import Rejected


class Waiting(NamedTuple):
    """A waiting report; `added_at` is the machine's wall clock when it was put on disk."""

    seq: int
    added_at: float
    report: bytes


def read_marks(directory: Path) -> MarksState:
    """Return what the spool has noted. Raises JournalError when it cannot be read."""
    state = MarksState()
    for found in read_records(directory / MARKS):
        state.apply(found.payload)
    return state


def read_waiting(directory: Path, marks: MarksState) -> Iterator[Waiting]:
    """Yield the reports that the centre has not accepted, oldest first.

    `marks` were read before, so that a report accepted in between is yielded rather than one
    missed. Raises JournalError when the spool cannot be read.
    """
    settled = merged(marks.settled)
    for found in read_records(directory / REPORTS):
        if len(found.payload) < REPORT.size:
            continue
        seq, _, added_at = REPORT.unpack_from(found.payload)
        was_waiting = seq > marks.added_through or is_inside(seq, marks.waiting)
        if was_waiting and not is_inside(seq, settled):
            yield Waiting(seq, added_at, found.payload[REPORT.size :])


def read_refused(directory: Path, most: int) -> list[Rejected]:
    """Return the newest reports that the centre refused, the newest last.

    Raises JournalError when they cannot be read.
    """
    found = read_records(directory / QUARANTINE)
    return list(deque((decode(one.payload) for one in found), maxlen=most))
