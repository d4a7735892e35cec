"""The append-only log after a power cut or a damaged byte: what is cut, skipped and counted."""

import os
import time
from pathlib import Path
from zlib import crc32

import pytest

from govnet.errors import JournalError
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES, RECORD_OVERHEAD_BYTES, encode_record
from tests.unit.test_journal import payloads, segment_files


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
