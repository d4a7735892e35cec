import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.intake.inbox import RECORD_VERSION, Inbox, InboxRecord
from govnet.journal import Journal


def _record(number: int, size: int = 600) -> InboxRecord:
    return InboxRecord(
        RECORD_VERSION, "a", "k1", "0" * 16, float(number), "f" * 64, "gzip", bytes(size)
    )


async def _said(number: int) -> int:
    return number


def _fill(inbox: Inbox[int], numbers: range) -> None:
    async def commit() -> None:
        for number in numbers:
            assert (
                await inbox.commit(_record(number), lambda number=number: _said(number)) == number
            )

    asyncio.run(commit())


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Open a journal whose segments hold one record each."""
    opened = Journal(tmp_path, segment_bytes=512)
    yield opened
    opened.close()


@pytest.fixture
def inbox(journal: Journal) -> Inbox[int]:
    return Inbox(journal, group_seconds=0.0)


def _written_at(journal: Journal, times: list[float]) -> None:
    """Make the segments as old as given."""
    for path, at in zip(sorted(journal.directory.glob("*.segment")), times, strict=False):
        os.utime(path, (at, at))


def test_records_come_back_in_order_from_any_position(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(4))
    third = journal.segments()[2][0]

    assert [record.received_at for record in inbox.replay(0)] == [0, 1, 2, 3]
    assert [record.received_at for record in inbox.replay(third)] == [2, 3]
    assert inbox.applied_position == journal.end_position


def test_a_record_of_a_foreign_form_is_skipped(inbox: Inbox[int], journal: Journal):
    journal.append(b"something else")
    _fill(inbox, range(1))

    assert [record.received_at for record in inbox.replay(0)] == [0]


def test_the_position_of_a_time_leaves_nothing_newer_before_it(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(4))
    _written_at(journal, [100.0, 200.0, 300.0, 400.0])
    segments = journal.segments()

    assert inbox.position_at(0.0) == segments[0][0]
    assert inbox.position_at(250.0) == segments[2][0]
    assert inbox.position_at(900.0) == journal.end_position


def test_old_segments_go_but_nothing_behind_the_checkpoint(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(5))
    _written_at(journal, [100.0, 200.0, 300.0, 400.0, 500.0])
    second = journal.segments()[1][1]
    inbox.retain(since=450.0, max_bytes=1 << 30, before=second)

    assert [record.received_at for record in inbox.replay(0)] == [2, 3, 4]


def test_the_oldest_go_when_the_inbox_is_too_big(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(5))
    segment = journal.size_bytes // 5
    inbox.retain(since=0.0, max_bytes=3 * segment + 100, before=journal.end_position)

    assert [record.received_at for record in inbox.replay(0)] == [2, 3, 4]


def test_nothing_goes_while_it_is_young_and_small(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(3))

    assert inbox.retain(since=0.0, max_bytes=1 << 30, before=journal.end_position) == 0
    assert len(list(inbox.replay(0))) == 3


def test_a_batch_that_fails_to_apply_does_not_stop_those_behind_it(inbox: Inbox[int]):
    async def broken() -> int:
        raise LookupError("a bug")

    async def commit() -> list[int | BaseException]:
        return await asyncio.gather(
            inbox.commit(_record(1), broken),
            inbox.commit(_record(2), lambda: _said(2)),
            return_exceptions=True,
        )

    first, second = asyncio.run(commit())
    assert isinstance(first, LookupError)
    assert second == 2
