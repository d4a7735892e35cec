import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import msgspec
import pytest

from collector.intake.inbox import Inbox, room_bytes
from collector.intake.records import InboxRecord, Settled, SettledReport, decode_record
from govnet.disk import Disk
from govnet.errors import JournalError
from govnet.journal import Journal
from govnet.journal_reader import read_records


def _record(number: int, size: int = 600) -> InboxRecord:
    return InboxRecord(
        "a", "s", "s/m", "k1", "0" * 16, float(number), "f" * 64, "gzip", bytes(size)
    )


async def _said(number: int) -> int:
    return number


def _fill(inbox: Inbox[int], numbers: range) -> None:
    async def commit() -> None:
        for number in numbers:
            assert (
                await inbox.commit(_record(number), lambda _, number=number: _said(number))
                == number
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

    assert [stored.record.received_at for stored in inbox.replay(0)] == [0, 1, 2, 3]
    assert [stored.record.received_at for stored in inbox.replay(third)] == [2, 3]
    assert inbox.applied_position == journal.end_position


def test_records_of_a_foreign_form_are_skipped_and_said_in_one_line(
    inbox: Inbox[int], journal: Journal, caplog: pytest.LogCaptureFixture
):
    """An inbox of an earlier version may hold millions of them."""
    for _ in range(3):
        journal.append(b"something else")
    _fill(inbox, range(1))

    assert [stored.record.received_at for stored in inbox.replay(0)] == [0]
    (said,) = caplog.records
    assert (said.records, said.from_position) == (3, 0)  # type: ignore[attr-defined]  # `extra`s.


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

    assert [stored.record.received_at for stored in inbox.replay(0)] == [2, 3, 4]


def test_the_oldest_go_when_the_inbox_is_too_big(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(5))
    segment = journal.size_bytes // 5
    inbox.retain(since=0.0, max_bytes=3 * segment + 100, before=journal.end_position)

    assert [stored.record.received_at for stored in inbox.replay(0)] == [2, 3, 4]


def test_nothing_goes_while_it_is_young_and_small(inbox: Inbox[int], journal: Journal):
    _fill(inbox, range(3))

    assert inbox.retain(since=0.0, max_bytes=1 << 30, before=journal.end_position) == 0
    assert len(list(inbox.replay(0))) == 3


def test_a_batch_that_fails_to_apply_does_not_stop_those_behind_it(inbox: Inbox[int]):
    async def broken(_: int) -> int:
        raise LookupError("a bug")

    async def commit() -> list[int | BaseException]:
        return await asyncio.gather(
            inbox.commit(_record(1), broken),
            inbox.commit(_record(2), lambda _: _said(2)),
            return_exceptions=True,
        )

    first, second = asyncio.run(commit())
    assert isinstance(first, LookupError)
    assert second == 2


def test_a_record_written_before_moves_were_remembered_is_read():
    record = _record(1)
    older = msgspec.msgpack.encode([2, *msgspec.to_builtins(record, builtin_types=[bytes])[1:-1]])

    assert decode_record(older) == record


class _Refusing(Disk):
    """A disk that confirms nothing while `is_refusing`."""

    is_refusing = False

    def sync(self, descriptor: int) -> None:
        if self.is_refusing:
            raise OSError(28, "No space left on device")
        super().sync(descriptor)


NOTE = Settled(0, [SettledReport(7, 990_125, is_timed=True)])


def test_a_note_stands_with_its_batch_and_is_durable_after_a_flush(
    inbox: Inbox[int], journal: Journal
):
    async def note() -> None:
        await inbox.commit(_record(1), lambda _: _said(1))
        inbox.note(NOTE)
        assert inbox.durable_position < journal.end_position
        await inbox.flush()

    asyncio.run(note())
    assert inbox.durable_position == journal.end_position
    assert [(stored.position, stored.settled) for stored in inbox.replay(0)] == [(0, NOTE)]


def test_a_note_that_the_disk_lost_is_written_again(tmp_path: Path):
    disk = _Refusing()
    journal = Journal(tmp_path, disk=disk)
    inbox: Inbox[int] = Inbox(journal, group_seconds=0.0)

    async def note() -> None:
        await inbox.commit(_record(1), lambda _: _said(1))
        inbox.note(NOTE)
        disk.is_refusing = True
        with pytest.raises(JournalError):
            await inbox.flush()
        assert [stored.settled for stored in inbox.replay(0)] == [None]
        disk.is_refusing = False
        await inbox.flush()

    asyncio.run(note())
    assert [stored.settled for stored in inbox.replay(0)] == [NOTE]
    journal.close()


class _FailsOnce(Disk):
    """A disk whose next flush waits for `may_end` and then fails."""

    def __init__(self) -> None:
        self.is_flushing, self.may_end = Event(), Event()
        self.is_armed = False

    def sync(self, descriptor: int) -> None:
        if self.is_armed:
            self.is_armed = False
            self.is_flushing.set()
            self.may_end.wait(30)
            raise OSError(5, "Input/output error")
        super().sync(descriptor)


def test_a_flush_asked_for_while_another_one_fails_brings_the_lost_note_to_disk(tmp_path: Path):
    disk = _FailsOnce()
    journal = Journal(tmp_path, disk=disk)
    inbox: Inbox[int] = Inbox(journal, group_seconds=0.0)

    async def flush_twice() -> None:
        await inbox.commit(_record(1), lambda _: _said(1))
        inbox.note(NOTE)
        disk.is_armed = True
        failing = asyncio.create_task(inbox.flush())
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        later = asyncio.create_task(inbox.flush())
        await asyncio.sleep(0)
        disk.may_end.set()
        with pytest.raises(JournalError):
            await failing
        await later
        found = [decode_record(one.payload) for one in read_records(tmp_path)]

        assert found == [_record(1), NOTE]

    asyncio.run(flush_twice())
    journal.close()


GIB = 1 << 30


@pytest.mark.parametrize(
    ("size", "free", "total", "room"),
    [
        (8 * GIB, 100 * GIB, 400 * GIB, 107 * GIB),
        (8 * GIB, 0, 400 * GIB, 7 * GIB),
        (8 * GIB, GIB, 10 * GIB, 8 * GIB + GIB // 2),
        (0, 0, 400 * GIB, 0),
    ],
)
def test_an_inbox_leaves_some_of_the_disk_free(size: int, free: int, total: int, room: int):
    assert room_bytes(size, free, total) == room
