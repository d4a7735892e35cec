"""The agent's spool on real files: nothing made is lost below its limits, nothing comes twice."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from agent.spool.spool import Entry, Spool
from govnet.disk import Disk
from govnet.errors import JournalError, JournalFull

DAY = 86_400.0


class FakeClock:
    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class FillableDisk(Disk):
    """A disk that somebody else can fill up."""

    full = False

    def write(self, descriptor: int, data: bytes) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data)


def open_spool(directory: Path, clock: FakeClock | None = None, **settings: Any) -> Spool:
    return Spool(directory, clock=clock or FakeClock(), **settings)


def fill(spool: Spool, count: int, size_bytes: int = 100) -> list[int]:
    seqs = []
    for _ in range(count):
        seq = spool.next_seq()
        spool.add(seq, seq.to_bytes(8, "big") + bytes(size_bytes - 8))
        seqs.append(seq)
    return seqs


def offered(spool: Spool) -> list[int]:
    return [entry.seq for entry in spool.oldest(1 << 30, 1 << 30)]


def test_reports_wait_in_order_until_they_are_accepted(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        seqs = fill(spool, 5)

        assert seqs == [1, 2, 3, 4, 5]
        assert spool.newest() == Entry(5, (5).to_bytes(8, "big") + bytes(92))
        assert [entry.seq for entry in spool.oldest(1000, 2)] == [1, 2]
        assert [entry.seq for entry in spool.oldest(1000, 9, below=4)] == [1, 2, 3]
        assert [entry.seq for entry in spool.oldest(250, 9)] == [1, 2]
        assert (spool.waiting, spool.waiting_bytes) == (5, 500)


def test_one_report_is_offered_even_if_it_is_above_the_byte_limit(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 2)

        assert [entry.seq for entry in spool.oldest(10, 9)] == [1]


def test_empty_spool_offers_nothing(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        assert spool.newest() is None
        assert spool.oldest(1000, 10) == []


def test_acknowledgements_in_any_order_survive_a_restart(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 10)
        assert spool.accept([10, 3, 4, 7, 99, 3]) == 4
        assert spool.accept([10]) == 0
    with open_spool(tmp_path) as spool:
        assert offered(spool) == [1, 2, 5, 6, 8, 9]
        assert spool.accepted_total == 4
        assert spool.waiting_bytes == 600


def test_incarnation_and_seq_go_on_over_restarts(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        incarnation = spool.incarnation
        assert len(bytes.fromhex(incarnation)) == 8
        assert spool.next_seq() == 1
    with open_spool(tmp_path) as spool:
        assert spool.incarnation == incarnation
        assert spool.next_seq() == 2


def test_a_spool_from_an_older_copy_goes_on_behind_what_the_centre_knows(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 3)
        assert not spool.skip_through(3)
        assert not spool.skip_through(2**53 - 1)
        assert spool.skip_through(700)
        assert offered(spool) == [1, 2, 3]
        assert fill(spool, 1) == [701]

    with open_spool(tmp_path) as spool:
        assert fill(spool, 1) == [702]
        assert offered(spool) == [1, 2, 3, 701, 702]


def test_new_directory_is_a_new_incarnation(tmp_path: Path):
    with open_spool(tmp_path / "a") as first, open_spool(tmp_path / "b") as second:
        assert first.incarnation != second.incarnation


def test_seq_is_not_reused_when_everything_was_accepted_and_dropped(tmp_path: Path):
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        spool.accept(fill(spool, 1000))
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        assert spool.waiting == 0
        assert spool.next_seq() == 1001
        assert spool.size_bytes < 10_000


def test_seq_out_of_order_or_never_given_out_is_a_mistake_of_the_caller(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 2)
        for seq in (2, 3, 0):
            with pytest.raises(ValueError, match=f"seq {seq} was added before, or not given out"):
                spool.add(seq, b"x")


def test_full_spool_drops_the_oldest_reports_and_counts_them(tmp_path: Path):
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        seqs = fill(spool, 1000)
        left = offered(spool)

        assert left == seqs[-len(left) :]
        assert spool.dropped_total == 1000 - len(left)
        # Of 56 KiB for reports at most one segment of 2 KiB stands empty; 132 bytes a report.
        assert len(left) >= (54 << 10) // 140
        assert spool.size_bytes <= 64 << 10
        dropped = spool.dropped_total
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        assert offered(spool) == left
        assert spool.dropped_total == dropped


def test_accepted_reports_in_the_middle_give_their_room_back(tmp_path: Path):
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        fill(spool, 10)
        for _ in range(10):
            spool.accept(fill(spool, 100))

        assert offered(spool) == list(range(1, 11))
        assert spool.dropped_total == 0


def test_report_larger_than_the_spool_is_refused_and_costs_nothing(tmp_path: Path):
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        fill(spool, 3)
        with pytest.raises(JournalError, match="a report of 60000 bytes does not fit"):
            spool.add(spool.next_seq(), bytes(60_000))

        assert spool.waiting == 3


def test_reports_older_than_the_limit_are_dropped_and_counted(tmp_path: Path):
    clock = FakeClock()
    with open_spool(tmp_path, clock, max_age_seconds=7 * DAY) as spool:
        fill(spool, 2)
        clock.now += 4 * DAY
        fill(spool, 1)
        clock.now += 3 * DAY + 1
        fill(spool, 1)

        assert offered(spool) == [3, 4]
        assert spool.dropped_total == 2


def test_age_goes_on_while_the_machine_is_off(tmp_path: Path):
    clock = FakeClock()
    with open_spool(tmp_path, clock) as spool:
        fill(spool, 1)
        clock.now += 4 * DAY
        fill(spool, 1)
    clock.now += 4 * DAY
    with open_spool(tmp_path, clock) as spool:
        assert offered(spool) == [2]


@pytest.mark.parametrize("leap_seconds", [16 * 365 * DAY, -16 * 365 * DAY, -3600.0])
def test_leaping_clock_costs_no_report(tmp_path: Path, leap_seconds: float):
    """A PC with a dead CMOS battery learns the year from the network, before or after a start."""
    clock = FakeClock()
    with open_spool(tmp_path, clock) as spool:
        fill(spool, 2)
        clock.now += leap_seconds
        fill(spool, 1)
        clock.now -= leap_seconds
    with open_spool(tmp_path, clock) as spool:
        assert offered(spool) == [1, 2, 3]


def test_refused_reports_are_set_aside_with_their_reason(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 3)
        assert spool.quarantine({2: "bad_report", 77: "unknown"}) == 1
    with open_spool(tmp_path) as spool:
        kept = [(item.seq, item.reason, len(item.report)) for item in spool.quarantined()]

        assert offered(spool) == [1, 3]
        assert kept == [(2, "bad_report", 100)]
        assert spool.quarantined_total == 1


def test_quarantine_keeps_the_newest_within_its_bound(tmp_path: Path):
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        for seq in fill(spool, 200):
            spool.quarantine({seq: "bad_report"})
        kept = [item.seq for item in spool.quarantined()]

        assert kept == list(range(201 - len(kept), 201))
        assert 10 <= len(kept) <= 2048 // 100
        assert spool.quarantined_total == 200
        assert spool.size_bytes <= 64 << 10


def test_full_disk_refuses_a_report_and_recovers_by_itself(tmp_path: Path):
    disk = FillableDisk()
    with open_spool(tmp_path, disk=disk) as spool:
        fill(spool, 3)
        seq = spool.next_seq()
        disk.full = True
        with pytest.raises(JournalFull):
            spool.add(seq, b"report")
        with pytest.raises(JournalFull):
            spool.next_seq()
        assert offered(spool) == [1, 2, 3]
        disk.full = False
        spool.add(seq, b"report")

        assert offered(spool) == [1, 2, 3, seq]
        assert spool.next_seq() == seq + 1


def test_acceptance_on_a_full_disk_is_kept_in_memory_and_marked_later(tmp_path: Path):
    disk = FillableDisk()
    with open_spool(tmp_path, disk=disk) as spool:
        fill(spool, 3)
        disk.full = True
        assert spool.accept([1, 2]) == 2
        assert offered(spool) == [3]
        disk.full = False
        spool.next_seq()
    with open_spool(tmp_path) as spool:
        assert offered(spool) == [3]
        assert spool.accepted_total == 2


def test_existing_spool_opens_on_a_full_disk(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 2)
    disk = FillableDisk()
    disk.full = True
    with open_spool(tmp_path, disk=disk) as spool:
        assert offered(spool) == [1, 2]


def test_new_spool_on_a_full_disk_says_so_and_leaves_no_lock(tmp_path: Path):
    disk = FillableDisk()
    disk.full = True
    with pytest.raises(JournalFull):
        open_spool(tmp_path, disk=disk)
    with open_spool(tmp_path) as spool:
        assert spool.next_seq() == 1


def test_torn_report_is_cut_and_counted_and_the_rest_is_offered(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 3)
    file = next((tmp_path / "reports").glob("*.segment"))
    os.truncate(file, file.stat().st_size - 1)

    for _ in range(2):
        with open_spool(tmp_path) as spool:
            assert offered(spool) == [1, 2]
            assert spool.torn_total == 1
    with open_spool(tmp_path) as spool:
        assert spool.next_seq() == 4


def test_report_damaged_while_waiting_leaves_the_spool_counted(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        fill(spool, 3)
        file = next((tmp_path / "reports").glob("*.segment"))
        raw = bytearray(file.read_bytes())
        raw[-10] ^= 1
        file.write_bytes(raw)

        newest = spool.newest()
        assert newest is not None
        assert newest.seq == 2
        assert spool.torn_total == 1
        assert spool.waiting == 2


def test_damaged_marks_reuse_no_seq(tmp_path: Path):
    """Whatever byte rots, the next seq is beyond every seq given out, or a new life begins."""
    with open_spool(tmp_path) as spool:
        incarnation = spool.incarnation
        spool.accept(fill(spool, 40))
        highest = spool.next_seq()
    files = sorted((tmp_path / "marks").glob("*.segment"))
    assert len(files) == 2
    for file in files:
        raw = file.read_bytes()
        for at in range(0, len(raw), 37):
            file.write_bytes(raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :])
            copy = tmp_path.parent / f"{tmp_path.name}-{file.name}-{at}"
            (copy / "marks").mkdir(parents=True)
            for part in files:
                (copy / "marks" / part.name).write_bytes(part.read_bytes())
            with open_spool(copy) as spool:
                assert spool.incarnation == incarnation
                assert spool.next_seq() > highest
                assert spool.torn_total == 1
        file.write_bytes(raw)


def test_unreadable_marks_begin_a_new_incarnation_above_the_waiting_reports(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        incarnation = spool.incarnation
        fill(spool, 5)
    for file in (tmp_path / "marks").glob("*.segment"):
        file.unlink()
    with open_spool(tmp_path) as spool:
        assert spool.incarnation != incarnation
        assert offered(spool) == [1, 2, 3, 4, 5]
        assert spool.next_seq() == 6


def test_marks_stay_small_however_long_the_agent_runs(tmp_path: Path):
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        for _ in range(2000):
            spool.accept(fill(spool, 1, 8))

        assert sum(file.stat().st_size for file in (tmp_path / "marks").iterdir()) < 5000
    with open_spool(tmp_path, max_bytes=64 << 10) as spool:
        assert spool.accepted_total == 2000


def test_second_process_on_the_same_spool_is_refused(tmp_path: Path):
    with open_spool(tmp_path), pytest.raises(JournalError, match="already in use"):
        open_spool(tmp_path)


def test_too_small_a_bound_is_a_mistake_of_the_caller(tmp_path: Path):
    with pytest.raises(ValueError, match="at least 65536"):
        open_spool(tmp_path, max_bytes=1000)


def test_closing_twice_is_harmless(tmp_path: Path):
    spool = open_spool(tmp_path)
    spool.close()
    spool.close()

    with pytest.raises(JournalError, match="closed"):
        spool.next_seq()


def test_a_week_of_backlog_costs_columns_not_objects(tmp_path: Path):
    with open_spool(tmp_path) as spool:
        spool.add(spool.next_seq(), b"report")
        for seq in range(2, 10_081):
            spool._index.add(seq, seq * 40, 6, 0.0)
        columns = (
            spool._index.seqs,
            spool._index.positions,
            spool._index.lengths,
            spool._index.stamps,
        )

        assert sum(column.itemsize * len(column) for column in columns) == 28 * 10_080
