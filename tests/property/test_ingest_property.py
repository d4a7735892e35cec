"""Whatever order, overlap and repetition reports arrive in, each counts once."""

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govnet.report import decode_answer

SEQS = st.integers(min_value=1, max_value=30)
BATCHES = st.lists(st.lists(SEQS, max_size=6), max_size=8)
FORGED = st.lists(st.lists(st.tuples(SEQS, st.sampled_from([1.0, 2.0])), max_size=4), max_size=8)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _send(rig: Any, bodies: list[bytes], *, at_once: bool) -> list[Any]:
    async def send() -> list[bytes]:
        if at_once:
            return await asyncio.gather(*(rig.take(body) for body in bodies))
        return [await rig.take(body) for body in bodies]

    return [decode_answer(answer) for answer in asyncio.run(send())]


def _contradicted(batch: list[tuple[int, float]]) -> set[tuple[int, float]]:
    """Return what stands in the batch beside something else of the same seq."""
    return {pair for pair in batch for other in batch if other[0] == pair[0] and other != pair}


@QUICK
@given(batches=BATCHES, at_once=st.booleans())
def test_in_any_order_and_grouping_each_report_is_applied_once(
    ingest_rig: Callable[[], Any], batches: list[list[int]], *, at_once: bool
):
    rig = ingest_rig()
    bodies = [rig.batch([rig.report(seq) for seq in batch]).body for batch in batches]
    answers = _send(rig, bodies, at_once=at_once)

    sent = {seq for batch in batches for seq in batch}
    applied = [item.report.seq for item in rig.applied]
    assert sorted(applied) == sorted(sent)
    assert sorted(seq for answer in answers for seq in answer.accepted) == sorted(sent)
    for batch, answer in zip(batches, answers, strict=True):
        assert sorted(answer.accepted + answer.duplicate) == sorted(set(batch))
        assert not answer.rejected


@QUICK
@given(batches=FORGED, at_once=st.booleans())
def test_what_a_seq_said_first_is_what_counts(
    ingest_rig: Callable[[], Any], batches: list[list[tuple[int, float]]], *, at_once: bool
):
    rig = ingest_rig()
    bodies = [rig.batch([rig.report(*pair) for pair in batch]).body for batch in batches]
    answers = _send(rig, bodies, at_once=at_once)

    first: dict[int, float] = {}
    for batch in batches:
        for seq, value in set(batch) - _contradicted(batch):
            first.setdefault(seq, value)
    applied = {item.report.seq: item.report.results[0].samples[0].value for item in rig.applied}
    assert applied == first
    for batch, answer in zip(batches, answers, strict=True):
        conflicting = {seq for seq, _ in _contradicted(batch)}
        conflicting |= {seq for seq, value in batch if first.get(seq, value) != value}
        assert dict(answer.rejected) == dict.fromkeys(conflicting, "seq_conflict")
        listed = [*answer.accepted, *answer.duplicate, *answer.rejected]
        assert sorted(listed) == sorted({seq for seq, _ in batch})


@QUICK
@given(batches=FORGED)
def test_a_restart_knows_exactly_what_was_accepted(
    ingest_rig: Callable[[], Any], batches: list[list[tuple[int, float]]]
):
    rig, after = ingest_rig(), ingest_rig()
    _send(
        rig,
        [rig.batch([rig.report(*pair) for pair in batch]).body for batch in batches],
        at_once=True,
    )
    replayed = [item for record in rig.inbox.replay(0) for item in after.ingest.replay(record)]

    assert after.ledger.spans("0a1b2c3d") == rig.ledger.spans("0a1b2c3d")
    last = {item.report.seq: item for item in replayed}
    assert last == {item.report.seq: item for item in rig.applied}


CLOCKED = st.lists(
    st.tuples(
        st.lists(st.tuples(SEQS, st.floats(-500.0, 500.0), st.booleans()), max_size=4),
        st.floats(0.0, 200.0),
    ),
    min_size=1,
    max_size=8,
)
"""Batches of reports (seq, seconds that the clock is off, whether of this boot), each with the
time since the one before it."""


@QUICK
@given(batches=CLOCKED, data=st.data())
def test_a_restart_times_every_report_as_it_was_timed_whichever_notes_were_lost(
    ingest_rig: Callable[[], Any],
    batches: list[tuple[list[tuple[int, float, bool]], float]],
    data: st.DataObject,
):
    """A checkpoint is somewhere, and behind it a power loss took the notes from somewhere on."""
    rig, after = ingest_rig(), ingest_rig()
    snapshots, positions, at = [{}], [0], 1000.0

    async def send() -> None:
        nonlocal at
        for reports, seconds in batches:
            at += seconds
            made = [
                rig.report(seq, created_at=1000.0 + off).replace(
                    b'"boot"', b'"boot"' if same else b'"an earlier boot"'
                )
                for seq, off, same in reports
            ]
            await rig.take(rig.batch(made).body, received_at=at)
            snapshots.append(rig.ledger.seen(rig.identity.agent))
            positions.append(rig.journal.end_position)

    asyncio.run(send())
    checkpoint = data.draw(st.integers(0, len(batches)))
    lost_from = data.draw(st.integers(checkpoint, len(batches)))
    for incarnation, seen in snapshots[checkpoint].items():
        after.ledger.restore(rig.identity.agent, incarnation, *seen)
    replayed = {}
    for stored in rig.inbox.replay(positions[checkpoint]):
        if stored.position >= positions[lost_from]:
            stored = stored._replace(settled=None)  # noqa: PLW2901 - its note is lost
        replayed |= {item.report.seq: item for item in after.ingest.replay(stored)}

    applied = {item.report.seq: item for item in rig.applied}
    assert replayed == {seq: applied[seq] for seq in replayed}
    assert after.ledger.seen(rig.identity.agent) == rig.ledger.seen(rig.identity.agent)
    assert all(item.at == round(item.at * 1000) / 1000 for item in rig.applied)
