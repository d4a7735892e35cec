"""A journal is read while another process holds it: everything whole, nothing disturbed."""

import os
from pathlib import Path

from govnet.journal import Journal
from govnet.journal_reader import first_position, read_records


def payloads(directory: Path, start: int = 0) -> list[bytes]:
    return [found.payload for found in read_records(directory, start)]


def test_a_journal_in_use_is_read_whole(tmp_path: Path):
    with Journal(tmp_path / "j", segment_bytes=64) as journal:
        for number in range(20):
            journal.append(b"record %d" % number)

        assert [b"record %d" % number for number in range(20)] == payloads(tmp_path / "j")


def test_reading_goes_on_from_where_it_ended(tmp_path: Path):
    with Journal(tmp_path / "j", segment_bytes=64) as journal:
        journal.append(b"one")
        (found,) = read_records(tmp_path / "j")
        journal.append(b"two")

        assert [b"two"] == payloads(tmp_path / "j", found.end)


def test_a_half_written_record_is_not_there_yet(tmp_path: Path):
    with Journal(tmp_path / "j") as journal:
        journal.append(b"whole")
        at = journal.append(b"torn by a power cut")
        journal.sync()
    (segment,) = (tmp_path / "j").glob("*.segment")
    os.truncate(segment, segment.stat().st_size - 3)

    assert [b"whole"] == payloads(tmp_path / "j")
    assert [] == payloads(tmp_path / "j", at)


def test_damage_costs_only_the_records_it_hits(tmp_path: Path):
    with Journal(tmp_path / "j") as journal:
        for text in (b"first", b"second", b"third"):
            journal.append(text)
    (segment,) = (tmp_path / "j").glob("*.segment")
    raw = segment.read_bytes()
    segment.write_bytes(raw.replace(b"second", b"sXcond"))

    assert [b"first", b"third"] == payloads(tmp_path / "j")


def test_a_directory_that_is_not_there_is_empty(tmp_path: Path):
    assert [] == payloads(tmp_path / "none")
    assert 0 == first_position(tmp_path / "none")


def test_the_first_position_moves_when_segments_are_dropped(tmp_path: Path):
    with Journal(tmp_path / "j", segment_bytes=64) as journal:
        for number in range(9):
            journal.append(b"record %d" % number)
        journal.drop_before(journal.end_position)

        assert journal.first_position == first_position(tmp_path / "j")
        assert 0 < first_position(tmp_path / "j")
