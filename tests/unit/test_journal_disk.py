"""The append-only log on a disk that is full, or that does not flush."""

import errno
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from govnet.disk import Disk
from govnet.errors import JournalFull
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES
from tests.unit.deadlines import HANG_SECONDS
from tests.unit.test_journal import payloads, segment_files


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
