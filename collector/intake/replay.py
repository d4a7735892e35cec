"""Which batches a start takes in again: with thousands of agents most of them need not be decoded.

1. From the checkpoint on: all, because the sequence numbers are not saved yet.
2. Before it, for the values: of each agent the batch with its newest report, which replaces what
   all others said, and the first one, because some evidence is a change since then. Of an agent
   that looks at other sites everything: others' last signs of life are in it.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from collector.intake.records import InboxRecord, Record, Settled, SettledReport

REPLAY_SECONDS = 900.0
"""Values of reports received longer ago are not replayed: nothing shows them any more."""
Choice = dict[int, Settled | None]
"""Positions of batches, each with what became of it if that is known."""


class _Newest(NamedTuple):
    """An agent's newest report known so far, and the note that says so."""

    incarnation: str
    at_ms: int
    seq: int
    note: Settled

    def is_before(self, incarnation: str, report: SettledReport) -> bool:
        """Whether a report is newer: by its number, between incarnations by time, as live says."""
        if incarnation == self.incarnation:
            return report.seq > self.seq
        return report.at_ms > self.at_ms


def choose(
    records: Iterable[tuple[int, Record]],
    checkpoint: int,
    looks_at_others: Callable[[str], bool],
) -> Choice:
    """Return which batches to take in again, in order.

    `looks_at_others` tells it of a site. Everything behind the position `checkpoint` is chosen.
    """
    chosen: Choice = {}
    senders: dict[int, tuple[str, str]] = {}
    newest: dict[str, _Newest] = {}
    for position, record in records:
        if isinstance(record, InboxRecord):
            if position >= checkpoint or looks_at_others(record.site):
                chosen[position] = None
            else:
                senders[position] = (record.agent, record.incarnation)
        elif record.position in chosen:
            chosen[record.position] = record
        elif (sender := senders.pop(record.position, None)) is not None:
            agent, incarnation = sender
            known = newest.get(agent)
            if known is None:
                chosen[record.position] = record
            for report in record.reports:
                if report.is_timed and (known is None or known.is_before(incarnation, report)):
                    known = _Newest(incarnation, report.at_ms, report.seq, record)
                    newest[agent] = known
    # A batch that was never settled: taken in as if it had just come.
    chosen |= dict.fromkeys(senders)
    chosen |= {one.note.position: one.note for one in newest.values()}
    return dict(sorted(chosen.items()))
