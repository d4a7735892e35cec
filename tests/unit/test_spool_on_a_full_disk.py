"""A file system of one megabyte that somebody fills up and clears again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.spool.spool import Spool
from govnet.errors import JournalFull

REPORT = b"r" * 2000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a real file system of one megabyte, which only root may."""
    if sys.platform != "linux":
        pytest.skip("there is no tmpfs; the fakes must do")
    assert os.geteuid() == 0, "mounting a small file system needs root"
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, f"no file system can be mounted: {done.stderr.decode()}"
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill_up(place: Path) -> Path:
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def add(spool: Spool) -> int:
    seq = spool.next_seq()
    spool.add(seq, b"%d " % seq + REPORT)
    return seq


def add_until_full(spool: Spool) -> list[int]:
    added = []
    for _ in range(1000):
        try:
            added.append(add(spool))
        except JournalFull:
            return added
    raise AssertionError("the disk never was full")


def offered(spool: Spool) -> dict[int, bytes]:
    return {entry.seq: entry.report for entry in spool.oldest(1 << 30, 1 << 30)}


def test_after_a_full_disk_everything_goes_on_and_nothing_is_damaged(small_disk: Path):
    spool = Spool(small_disk / "spool", clock=lambda: 1_790_000_000.0, max_bytes=512 << 10)
    kept = [add(spool) for _ in range(20)]
    ballast = fill_up(small_disk)

    refused = 0
    for _ in range(30):
        try:
            kept.append(add(spool))
        except JournalFull:
            refused += 1
    # What the last block had room for was taken; then the disk was full.
    assert refused >= 20
    assert spool.write_failures == refused
    assert "space" in spool.write_trouble
    assert spool.accept(kept[:3]) == 3
    assert sorted(offered(spool)) == kept[3:]

    ballast.unlink()
    kept += [add(spool) for _ in range(20)]
    assert spool.write_trouble == ""
    assert sorted(offered(spool)) == kept[3:]
    spool.close()

    with Spool(small_disk / "spool", clock=lambda: 1_790_000_000.0, max_bytes=512 << 10) as again:
        assert again.torn_total == 0
        assert again.incarnation == spool.incarnation
        assert offered(again) == {seq: b"%d " % seq + REPORT for seq in kept[3:]}
        assert add(again) > max(kept)


def test_an_agent_that_starts_on_a_full_disk_keeps_what_it_had(small_disk: Path):
    spool = Spool(small_disk / "spool", clock=lambda: 1_790_000_000.0, max_bytes=512 << 10)
    kept = [add(spool) for _ in range(20)]
    spool.close()
    ballast = fill_up(small_disk)

    again = Spool(small_disk / "spool", clock=lambda: 1_790_000_000.0, max_bytes=512 << 10)
    assert sorted(offered(again)) == kept
    kept += add_until_full(again)
    ballast.unlink()
    kept.append(add(again))

    assert sorted(offered(again)) == kept
    again.close()
