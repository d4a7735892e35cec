"""The append-only log on real files: what is kept, what is cut, what a full disk does."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from zlib import crc32

import pytest

from govnet.disk import Disk
from govnet.errors import JournalError, JournalFull
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES, MAX_PAYLOAD_BYTES, RECORD_OVERHEAD_BYTES, encode_record
from tests.unit.deadlines import HANG_SECONDS


class ScriptedDisk(Disk):
    """A disk that runs out of room, and whose flushes fail, when told to."""

    def __init__(self) -> None:
        self.room_bytes: int | None = None
        self.failing_syncs = 0
        self.syncs = 0

    def write(self, descriptor: int, data: bytes) -> int:
        if self.room_bytes is None:
            return super().write(descriptor, data)
        if self.room_bytes == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = super().write(descriptor, data[: self.room_bytes])
        self.room_bytes -= taken
        return taken

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.failing_syncs:
            self.failing_syncs -= 1
            raise OSError(errno.EIO, "Input/output error")
        super().sync(descriptor)


def payloads(journal: Journal, start: int = 0) -> list[bytes]:
    return [payload for _, payload in journal.read(start)]


def segment_files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.segment"))


def test_records_come_back_in_order_with_their_positions(tmp_path: Path):
    with Journal(tmp_path) as journal:
        positions = [journal.append(payload) for payload in (b"one", b"", b"three")]
        journal.sync()

        assert list(journal.read()) == list(zip(positions, [b"one", b"", b"three"], strict=True))
        assert payloads(journal, positions[1]) == [b"", b"three"]
        assert journal.read_at(positions[2]) == b"three"


def test_position_is_the_byte_offset_from_the_birth_over_all_segments(tmp_path: Path):
    with Journal(tmp_path, segment_bytes=64) as journal:
        positions = [journal.append(bytes(16)) for _ in range(5)]

        assert positions == [28 * index for index in range(5)]
        assert journal.segments() == ((0, 56), (56, 112), (112, 140))
        assert journal.size_bytes == 3 * HEADER_BYTES + 140
        assert journal.size_bytes == sum(file.stat().st_size for file in segment_files(tmp_path))


def test_reopened_journal_goes_on_in_the_same_segment(tmp_path: Path):
    with Journal(tmp_path) as journal:
        journal.append(b"before")
    with Journal(tmp_path) as journal:
        journal.append(b"after")

        assert payloads(journal) == [b"before", b"after"]
        assert len(segment_files(tmp_path)) == 1


def test_record_longer_than_a_segment_gets_its_own(tmp_path: Path):
    with Journal(tmp_path, segment_bytes=32) as journal:
        journal.append(b"short")
        long = journal.append(b"x" * 1000)
        journal.append(b"short")

        assert journal.read_at(long) == b"x" * 1000
        assert [base for base, _ in journal.segments()] == [0, 17, 1029]


def test_too_long_a_record_is_refused_and_nothing_is_written(tmp_path: Path):
    with Journal(tmp_path) as journal, pytest.raises(JournalError, match="at most 67108864 fit"):
        journal.append(bytes(MAX_PAYLOAD_BYTES + 1))

    assert segment_files(tmp_path) == []


@pytest.mark.parametrize(
    "tail", [b"\0" * 40, encode_record(b"half", 17)[:-1], b"\x07", b"\xff" * 300]
)
def test_torn_tail_is_cut_and_counted_and_the_position_moves_beyond_it(tmp_path: Path, tail: bytes):
    with Journal(tmp_path) as journal:
        journal.append(b"whole")
        end = journal.end_position
    file = segment_files(tmp_path)[0]
    with file.open("ab") as segment:
        segment.write(tail)

    with Journal(tmp_path) as journal:
        assert journal.torn_bytes == len(tail)
        assert file.stat().st_size == HEADER_BYTES + end
        assert journal.append(b"next") == end + len(tail)
        assert payloads(journal) == [b"whole", b"next"]
    with Journal(tmp_path) as journal:
        assert journal.torn_bytes == 0
        assert journal.corrupt_records == 0
        assert payloads(journal) == [b"whole", b"next"]


@pytest.mark.parametrize("left_bytes", [0, 1, HEADER_BYTES - 1])
def test_segment_whose_header_never_reached_the_disk_is_made_again(tmp_path: Path, left_bytes: int):
    with Journal(tmp_path) as journal:
        journal.append(b"old")
        journal.roll()
        end = journal.end_position
    os.truncate(segment_files(tmp_path)[1], left_bytes)

    with Journal(tmp_path) as journal:
        assert journal.end_position == end
        assert journal.append(b"new") == end
        assert payloads(journal) == [b"old", b"new"]
    with Journal(tmp_path) as journal:
        assert payloads(journal) == [b"old", b"new"]


def write_records(directory: Path, count: int, segment_bytes: int = 84) -> dict[int, bytes]:
    """Fill a journal with records of 21 bytes, four to a segment of 84."""
    with Journal(directory, segment_bytes=segment_bytes) as journal:
        for number in range(count):
            journal.append(b"record-%02d" % number)
        journal.sync()
        return dict(journal.read())


def flip(file: Path, offset: int) -> None:
    raw = bytearray(file.read_bytes())
    raw[offset] ^= 1
    file.write_bytes(raw)


def test_damage_costs_one_record_only_and_is_counted_once(tmp_path: Path):
    write_records(tmp_path, 16)
    flip(segment_files(tmp_path)[1], HEADER_BYTES + 21 + RECORD_OVERHEAD_BYTES)

    with Journal(tmp_path, segment_bytes=84) as journal:
        for _ in range(2):
            assert payloads(journal) == [b"record-%02d" % n for n in range(16) if n != 5]
            assert journal.corrupt_records == 1
            assert journal.corrupt_bytes == 21
        with pytest.raises(JournalError, match="no readable record at 105"):
            journal.read_at(105)


@pytest.mark.parametrize("segment", [0, 1])
def test_one_damaged_byte_anywhere_costs_one_record_at_most(tmp_path: Path, segment: int):
    written = write_records(tmp_path / "good", 8)
    names = [file.name for file in segment_files(tmp_path / "good")]
    for offset in range(HEADER_BYTES + 84):
        directory = tmp_path / f"{offset}"
        directory.mkdir()
        for name in names:
            (directory / name).write_bytes((tmp_path / "good" / name).read_bytes())
        flip(directory / names[segment], offset)

        hit = (
            {84 * segment + (offset - HEADER_BYTES) // 21 * 21} if offset >= HEADER_BYTES else set()
        )
        for _ in range(2):
            with Journal(directory, segment_bytes=84) as journal:
                assert dict(journal.read()) == {
                    at: payload for at, payload in written.items() if at not in hit
                }
                assert journal.end_position == 168


def test_damage_in_the_newest_segment_truncates_nothing_and_appending_goes_on(tmp_path: Path):
    write_records(tmp_path, 4)
    file = segment_files(tmp_path)[0]
    flip(file, HEADER_BYTES + 3)
    size = file.stat().st_size

    with Journal(tmp_path) as journal:
        assert file.stat().st_size == size
        assert (journal.torn_bytes, journal.corrupt_records, journal.corrupt_bytes) == (0, 1, 21)
        journal.append(b"next")
    with Journal(tmp_path) as journal:
        assert payloads(journal) == [b"record-01", b"record-02", b"record-03", b"next"]


def test_damage_and_a_torn_tail_are_said_once_with_file_and_bytes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    write_records(tmp_path, 4)
    file = segment_files(tmp_path)[0]
    flip(file, HEADER_BYTES + 3)
    os.truncate(file, file.stat().st_size - 1)

    with Journal(tmp_path) as journal:
        assert len(payloads(journal)) == 2
    told = [
        (record.levelname, vars(record)["file"], vars(record)["bytes"]) for record in caplog.records
    ]
    assert told == [("ERROR", file, 21), ("ERROR", file, 20)]


def test_several_damaged_places_are_each_skipped_and_counted(tmp_path: Path):
    write_records(tmp_path, 8, segment_bytes=1000)
    for number in (1, 4, 5):
        flip(segment_files(tmp_path)[0], HEADER_BYTES + 21 * number + 5)

    with Journal(tmp_path) as journal:
        assert payloads(journal) == [b"record-%02d" % number for number in (0, 2, 3, 6, 7)]
        assert (journal.corrupt_records, journal.corrupt_bytes) == (2, 63)


def test_damaged_header_costs_no_record_and_is_counted(tmp_path: Path):
    written = write_records(tmp_path, 8)
    flip(segment_files(tmp_path)[0], 0)
    flip(segment_files(tmp_path)[1], 9)

    with Journal(tmp_path, segment_bytes=1000) as journal:
        assert dict(journal.read()) == written
        assert journal.corrupt_records == 2
        journal.append(b"next")  # Not behind a header that cannot be trusted.
        assert [base for base, _ in journal.segments()] == [0, 84, 168]


def test_record_inside_a_payload_is_not_taken_for_one(tmp_path: Path):
    """What agents send may look like records of this journal; only a place makes them one."""
    forged = b"".join(encode_record(b"forged", at) for at in (0, 21, 500))
    with Journal(tmp_path) as journal:
        journal.append(forged)
        journal.append(b"behind")
    flip(segment_files(tmp_path)[0], HEADER_BYTES + 5)

    with Journal(tmp_path) as journal:
        assert payloads(journal) == [b"behind"]


def test_payload_made_of_markers_does_not_hold_up_the_opening(tmp_path: Path):
    """Every place claims a long record: the search gives up, and nothing is cut."""
    marker = encode_record(b"", 0)[:4]
    with Journal(tmp_path) as journal:
        journal.append((marker + (1 << 20).to_bytes(4, "little") + bytes(4)) * 200_000)
        journal.append(b"behind")
    file = segment_files(tmp_path)[0]
    flip(file, HEADER_BYTES + 5)
    size = file.stat().st_size

    started_at = time.thread_time()
    with Journal(tmp_path) as journal:
        assert time.thread_time() - started_at < 10
        assert file.stat().st_size == size
        assert journal.corrupt_records == 1
        position = journal.append(b"next")
        assert journal.read_at(position) == b"next"
        assert b"next" in payloads(journal)


def test_newer_format_is_refused_and_left_alone(tmp_path: Path):
    with Journal(tmp_path) as journal:
        journal.append(b"x")
    file = segment_files(tmp_path)[0]
    raw = file.read_bytes()
    # Version 3 with its own valid checksum.
    newer = bytes.fromhex("676f766e65744a0a03000000") + bytes(8)
    from_future = newer + crc32(newer).to_bytes(4, "little") + raw[HEADER_BYTES:]
    file.write_bytes(from_future)

    with pytest.raises(JournalError, match="journal format 3; this program knows format 2"):
        Journal(tmp_path)
    assert file.read_bytes() == from_future


def test_drop_frees_whole_segments_and_keeps_the_one_that_holds_the_position(tmp_path: Path):
    with Journal(tmp_path, segment_bytes=64) as journal:
        positions = [journal.append(bytes([number]) * 16) for number in range(7)]

        assert journal.drop_before(positions[3]) == HEADER_BYTES + 56
        assert journal.first_position == positions[2]
        assert next(iter(journal.read())) == (positions[2], b"\2" * 16)
        with pytest.raises(JournalError):
            journal.read_at(positions[1])


def test_drop_between_takes_a_middle_segment(tmp_path: Path):
    with Journal(tmp_path, segment_bytes=64) as journal:
        positions = [journal.append(bytes([number]) * 20) for number in range(6)]
        journal.drop_between(positions[2], positions[4])

        assert [position for position, _ in journal.read()] == [positions[n] for n in (0, 1, 4, 5)]
        assert journal.corrupt_records == 0


def test_positions_survive_dropping_everything_and_a_restart(tmp_path: Path):
    with Journal(tmp_path) as journal:
        journal.append(b"gone")
        end = journal.end_position
        journal.drop_before(end)

        assert payloads(journal) == []
        assert journal.size_bytes == HEADER_BYTES
    with Journal(tmp_path) as journal:
        assert journal.end_position == end
        assert journal.append(b"next") == end


def test_full_disk_takes_nothing_and_recovers_by_itself(tmp_path: Path):
    disk = ScriptedDisk()
    with Journal(tmp_path, disk=disk) as journal:
        journal.append(b"kept")
        end = journal.end_position
        disk.room_bytes = 5
        for _ in range(3):
            with pytest.raises(JournalFull, match="No space left on device"):
                journal.append(b"does not fit")
            assert journal.end_position == end
            disk.room_bytes = 5
        journal.sync()
        disk.room_bytes = None

        assert journal.append(b"fits again") == end
        assert payloads(journal) == [b"kept", b"fits again"]


def test_file_size_limit_of_the_system_is_a_full_disk(tmp_path: Path):
    program = """
import resource, sys
from pathlib import Path
from govnet.errors import JournalFull
from govnet.journal import Journal
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
with Journal(Path(sys.argv[1])) as journal:
    journal.append(b"x" * 50)
    try:
        journal.append(b"y" * 50)
    except JournalFull:
        print(sum(1 for _ in journal.read()), journal.append(b"z"))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "1 62\n"


def test_full_disk_can_still_be_emptied(tmp_path: Path):
    disk = ScriptedDisk()
    with Journal(tmp_path, segment_bytes=32, disk=disk) as journal:
        for _ in range(4):
            journal.append(bytes(20))
        journal.sync()
        disk.room_bytes = 0

        assert journal.drop_before(journal.end_position) == 3 * (HEADER_BYTES + 32)
        assert journal.size_bytes == HEADER_BYTES + 32


def test_torn_journal_opens_on_a_full_disk_and_is_cut_when_there_is_room(tmp_path: Path):
    with Journal(tmp_path) as journal:
        journal.append(b"whole")
    with segment_files(tmp_path)[0].open("ab") as segment:
        segment.write(b"torn")
    disk = ScriptedDisk()
    disk.room_bytes = 0

    with Journal(tmp_path, disk=disk) as journal:
        assert payloads(journal) == [b"whole"]
        with pytest.raises(JournalFull):
            journal.append(b"no room")
        disk.room_bytes = None

        assert journal.append(b"room") == 21
        assert payloads(journal) == [b"whole", b"room"]


def test_failed_flush_cuts_what_was_not_durable_and_a_later_append_works(tmp_path: Path):
    disk = ScriptedDisk()
    with Journal(tmp_path, disk=disk) as journal:
        journal.append(b"durable")
        journal.sync()
        journal.append(b"lost")
        disk.failing_syncs = 1
        with pytest.raises(JournalFull, match="Input/output error"):
            journal.sync()

        assert payloads(journal) == [b"durable"]
        assert journal.append(b"later") == 35
        journal.sync()
    with Journal(tmp_path) as journal:
        assert payloads(journal) == [b"durable", b"later"]


def test_failed_flush_also_fails_for_records_appended_while_it_ran(tmp_path: Path):
    """Their own sync must not report as durable what the failure cut off."""

    class AppendingDisk(ScriptedDisk):
        def sync(self, descriptor: int) -> None:
            if self.failing_syncs:
                journal.append(b"arrived during the flush")
            super().sync(descriptor)

    disk = AppendingDisk()
    journal = Journal(tmp_path, disk=disk)
    journal.append(b"first")
    disk.failing_syncs = 1
    with pytest.raises(JournalFull):
        journal.sync()
    journal.drop_before(0)
    with pytest.raises(JournalFull, match="Input/output error"):
        journal.sync()
    journal.sync()

    assert payloads(journal) == []
    journal.close()


def test_one_flush_covers_everything_appended_before_it(tmp_path: Path):
    disk = ScriptedDisk()
    with Journal(tmp_path, disk=disk) as journal:
        for _ in range(50):
            journal.append(b"report")
        journal.sync()
        journal.sync()

        assert disk.syncs == 1


def test_append_does_not_wait_for_a_running_flush(tmp_path: Path):
    flushing, release = threading.Event(), threading.Event()

    class SlowDisk(Disk):
        def sync(self, descriptor: int) -> None:
            flushing.set()
            assert release.wait(HANG_SECONDS)
            super().sync(descriptor)

    journal = Journal(tmp_path, disk=SlowDisk())
    journal.append(b"first")
    thread = threading.Thread(target=journal.sync)
    thread.start()
    assert flushing.wait(HANG_SECONDS)
    journal.append(b"second")
    release.set()
    thread.join()

    assert payloads(journal) == [b"first", b"second"]
    journal.close()


def test_second_opener_is_refused_until_the_first_closes(tmp_path: Path):
    program = """
import sys
from pathlib import Path
from govnet.errors import JournalError
from govnet.journal import Journal
try:
    Journal(Path(sys.argv[1])).close()
    print("opened")
except JournalError as exc:
    print(exc)
"""

    def open_elsewhere() -> str:
        command = [sys.executable, "-c", program, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with Journal(tmp_path):
        assert open_elsewhere() == f"{tmp_path}: already in use by another process\n"
        with pytest.raises(JournalError, match="already in use"):
            Journal(tmp_path)
    assert open_elsewhere() == "opened\n"


def test_unusable_directory_is_a_journal_error(tmp_path: Path):
    (tmp_path / "file").write_text("not a directory")

    with pytest.raises(JournalError, match="cannot open the journal"):
        Journal(tmp_path / "file")


def test_closed_journal_refuses_work(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.close()
    journal.close()

    with pytest.raises(JournalError, match="closed"):
        journal.append(b"late")


def test_segment_tells_when_it_was_last_written(tmp_path: Path):
    with Journal(tmp_path) as journal:
        journal.append(b"x")
        os.utime(segment_files(tmp_path)[0], (1_700_000_000, 1_700_000_000))

        assert journal.modified_at(0) == 1_700_000_000
        with pytest.raises(JournalError, match="no segment at 5"):
            journal.modified_at(5)


def test_foreign_files_in_the_directory_are_left_alone(tmp_path: Path):
    (tmp_path / "readme.segment").write_text("hello")
    with Journal(tmp_path) as journal:
        journal.append(b"x")

        assert payloads(journal) == [b"x"]
    assert (tmp_path / "readme.segment").read_text() == "hello"


def test_journal_imports_nothing_heavy():
    """An office PC pays for every import with memory."""
    program = "import govnet.journal, sys; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    heavy = {"asyncio", "dataclasses", "json", "inspect", "tempfile", "ssl"}
    assert heavy & set(done.stdout.split()) == set()
