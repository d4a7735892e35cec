"""The append-only log on real files: what is kept, where it stands, what is dropped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from govnet.errors import JournalError
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES, MAX_PAYLOAD_BYTES


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
