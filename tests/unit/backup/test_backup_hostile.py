"""A file that somebody made to hurt: it is refused in words, and costs no memory and no time."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from collector.backup.archive import DATABASE_NAME, MANIFEST_NAME
from collector.backup.proving import WithoutSeal, prove
from collector.backup.restoring import restore
from govnet.errors import ConfigError
from tests.unit.backup.backups import (
    changed_manifest,
    repacked,
    silent,
    verified,
    without_seal,
)


def refusal(file: Path, without: WithoutSeal = WithoutSeal.REFUSED) -> str:
    with pytest.raises(ConfigError) as refused:
        prove(file, None, silent, without_seal=without)
    return str(refused.value)


def with_facts(file: Path, facts: Mapping[str, str]) -> Path:
    """Let the heading of its database say something else."""

    def change(entry: tarfile.TarInfo) -> None:
        entry.pax_headers = {**entry.pax_headers, **facts}

    return repacked(file, lambda _: None, {DATABASE_NAME: change})


@pytest.mark.parametrize("at", ["inf", "nan", "1e300", "-1e300", "8.6e17"])
def test_a_time_that_is_none_is_refused(made: Path, at: str):
    """Without a seal, whose manifest does not know the times, too."""
    repacked(made, without_seal)

    told = refusal(with_facts(made, {"mtime": at}), WithoutSeal.ACCEPTED)

    assert f"{DATABASE_NAME!r} was written at no time" in told


@pytest.mark.parametrize("at", [1e300, -1e300, 1e15])
def test_a_backup_that_was_made_at_no_time_is_refused(made: Path, at: float):
    repacked(made, lambda content: changed_manifest(content, {"made_at": at}))

    assert "it was made at no time" in refusal(made)


@pytest.mark.parametrize(
    "facts",
    [
        {"GNU.sparse.map": "a,b", "GNU.sparse.size": "9"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "x"},
    ],
)
def test_a_heading_that_cannot_be_read_is_damage(made: Path, facts: Mapping[str, str]):
    assert "damaged or cut short" in refusal(with_facts(made, facts))


def test_a_file_with_holes_is_refused_before_they_are_read(made: Path):
    holes = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 60)}

    assert f"{DATABASE_NAME!r} does not belong in it" in refusal(with_facts(made, holes))


def test_a_heading_that_is_too_long_is_not_read_to_its_end(made: Path):
    """In it a compressed megabyte would become a gigabyte of memory."""
    told = refusal(with_facts(made, {"comment": "x" * 200_000}))

    assert "a heading is too long" in told


def test_a_manifest_in_itself_without_end_is_refused(made: Path):
    def change(content: dict[str, bytes]) -> None:
        depth = 200_000
        known = content[MANIFEST_NAME].rstrip().removesuffix(b"}")
        content[MANIFEST_NAME] = known + b',"more":' + b"[" * depth + b"]" * depth + b"}"

    assert "its end cannot be read" in refusal(repacked(made, change))


@pytest.mark.parametrize("tail", [b"more", b"\0" * 20_000 + b"more"])
def test_what_stands_behind_the_end_is_refused(made: Path, tail: bytes):
    made.write_bytes(made.read_bytes() + gzip.compress(tail))

    assert "something stands behind its end" in refusal(made)


def test_zeros_behind_the_end_are_only_room(made: Path):
    """As a tape or a copying tool fills up its last block."""
    made.write_bytes(made.read_bytes() + gzip.compress(b"\0" * 20_000))

    assert verified(made).has_seal


def test_two_backups_in_one_file_are_refused(made: Path):
    content = made.read_bytes()
    made.write_bytes(content + content)

    assert "something stands behind its end" in refusal(made)


def test_a_link_in_the_place_of_the_first_member_is_refused(made: Path):
    with tarfile.open(made, "w:gz") as tar:
        link = tarfile.TarInfo("govnet-backup")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link, io.BytesIO())

    assert "damaged or cut short" in refusal(made)


def test_configuration_and_data_come_back_on_different_disks(
    made: Path, master_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What is renamed stays in its folder, so the two may be on two disks."""
    rename = Path.rename

    def rename_on_one_disk(draft: Path, target: Path) -> Path:
        if draft.parent != Path(target).parent:
            raise OSError(18, "Invalid cross-device link", str(draft))
        return rename(draft, target)

    monkeypatch.setattr(Path, "rename", rename_on_one_disk)

    restored = restore(made, tmp_path / "disk-1/data", tmp_path / "disk-2/f", master_key, silent)

    assert restored.files == tmp_path / "disk-2/f"
    assert {path.name for path in (tmp_path / "disk-2").iterdir()} == {"f"}
    assert {path.name for path in (tmp_path / "disk-1").iterdir()} == {"data"}


@pytest.mark.parametrize(("data", "files"), [("a", "a"), ("a", "a/files"), ("a/data", "a")])
def test_a_folder_in_the_other_is_refused_before_anything_is_written(
    made: Path, master_key: Path, tmp_path: Path, data: str, files: str
):
    with pytest.raises(ConfigError, match="expected a folder that is not in"):
        restore(made, tmp_path / "x" / data, tmp_path / "x" / files, master_key, silent)

    assert not (tmp_path / "x").exists()


def test_a_mounted_disk_is_told_before_anything_is_written(
    made: Path, master_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It cannot be renamed: the restore would fail at its very end."""
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda path: path == disk)

    with pytest.raises(ConfigError, match="found a disk that is mounted there"):
        restore(made, disk, tmp_path / "files", master_key, silent)
