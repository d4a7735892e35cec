"""Whatever order reports arrive in, the same runs are left, and each says what its reports said."""

import math
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.verdict.evidence.runs import Run, Track

INTERVAL_SECONDS = 60.0
FRESH_SECONDS = 180.0


class Row(NamedTuple):
    """One report about one target, as a track takes it in."""

    incarnation: str
    seq: int
    measured_at: float
    until: float
    word: int
    received_at: float


@st.composite
def rows(draw: st.DrawFn, *, descend: bool = False) -> list[Row]:
    """Draw the reports of one machine: several spools, gaps, repeated results, changes."""
    made: list[Row] = []
    at = 0.0
    for spool in range(draw(st.integers(1, 3))):
        word = draw(st.integers(0, 2))
        measured_at = at
        for seq in range(1, draw(st.integers(1, 14)) + 1):
            at += draw(st.sampled_from([0.0, 60.0, 60.0, 60.0, 181.0, 600.0]))
            if draw(st.integers(0, 3)):
                measured_at = at
                word = draw(st.sampled_from([word, word, word, 0, 1, 2]))
            if draw(st.integers(0, 5)):  # Else it never arrives.
                shown = measured_at - (draw(st.sampled_from([0.0, 500.0])) if descend else 0.0)
                arrives = at + draw(st.sampled_from([0.0, 1.0, 100.0, 1000.0]))
                made.append(Row(f"{spool:016x}", seq, shown, at + FRESH_SECONDS, word, arrives))
    return made


def taken(track: Track, given_rows: list[Row]) -> list[Run]:
    for row in given_rows:
        track.add(*row[:-1], received_at=row.received_at)
    return list(track.runs)


def plain_runs(given_rows: list[Row]) -> list[Run]:
    """Return the runs by their definition, from all reports in order of their numbers."""
    runs: list[Run] = []
    for row in sorted(set(given_rows)):
        incarnation, seq, at, until, word, _ = row
        last = runs[-1] if runs else None
        if (
            last is not None
            and (last.incarnation, last.last_seq + 1, last.word) == (incarnation, seq, word)
            and at <= last.until
        ):
            last.last_seq, last.last_at, last.until = seq, at, until
        else:
            runs.append(Run(incarnation, seq, seq, at, at, until, word))
    return sorted(runs, key=lambda run: (run.first_at, run.incarnation, run.first_seq))


@given(data=st.data(), descend=st.booleans())
@settings(max_examples=400)
def test_any_order_of_arrival_leaves_the_runs_of_their_definition(
    *, data: st.DataObject, descend: bool
) -> None:
    in_order = data.draw(rows(descend=descend))
    arrived = data.draw(st.permutations(in_order))
    if in_order:
        arrived += data.draw(st.lists(st.sampled_from(in_order), max_size=4))

    assert plain_runs(in_order) == taken(Track(), in_order)
    assert plain_runs(in_order) == taken(Track(), arrived)


@given(data=st.data(), descend=st.booleans())
@settings(max_examples=200)
def test_what_is_unsaved_brings_what_was_saved_up_to_date(
    *, data: st.DataObject, descend: bool
) -> None:
    """Together with the newest run, which goes on without being told."""
    arrived = data.draw(st.permutations(data.draw(rows(descend=descend))))
    track, saved = Track(), {}
    for row in arrived:
        track.add(*row[:-1], received_at=row.received_at)
        if data.draw(st.booleans()):
            for key, run in track.take_unsaved().items():
                if run is None:
                    saved.pop(key, None)
                else:
                    saved[key] = Run(*(getattr(run, name) for name in run.__struct_fields__))
            newest = track.newest
            assert newest is not None
            shown = saved | {newest.key: newest}
            expected = {run.key: run for run in track.runs}
            assert expected == shown


@given(data=st.data())
@settings(max_examples=200)
def test_what_was_said_of_a_moment_changes_only_from_the_touched_moment_on(
    data: st.DataObject,
) -> None:
    """Between its arrival and the touched moment nothing may have been judged otherwise."""
    track = Track()
    for row in data.draw(st.permutations(data.draw(rows()))):
        moments = sorted({0.0, *(r.first_at for r in track.runs), *(r.until for r in track.runs)})
        moments += [(a + b) / 2 for a, b in pairwise(moments)] + [row.measured_at]
        before = {at: _said(track, at) for at in moments}
        touched_at = track.add(*row[:-1], received_at=row.received_at)
        known = row.received_at if touched_at == math.inf else touched_at
        for at, said in before.items():
            if at < known:
                assert said == _said(track, at)


def _said(track: Track, at: float) -> int | None:
    run = track.at(at)
    return None if run is None else run.word


def test_a_report_that_joins_a_run_begun_before_it_loses_no_neighbour() -> None:
    """The clock was set back between the third and the fourth report; the third comes late."""
    made = [
        Row("0" * 16, seq, at, at + FRESH_SECONDS, word, at)
        for seq, at, word in ((1, 3120.0, 1), (2, 3180.0, 1), (3, 2680.0, 1), (4, 2740.0, 2))
    ]
    arrived = [made[2], made[3], made[1], made[0]]

    assert plain_runs(made) == taken(Track(), arrived)
