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
