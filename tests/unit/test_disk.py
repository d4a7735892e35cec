"""Putting a small file in the place of another, also while somebody reads the old one."""

from pathlib import Path

import pytest

from govnet import disk
from govnet.disk import replace_file


def refuse_times(monkeypatch: pytest.MonkeyPatch, times: int) -> list[Path]:
    """Let the system refuse the first replacements, as Windows does while a file is read."""
    refused: list[Path] = []
    replace = Path.replace

    def held(self: Path, target: Path) -> Path:
        if len(refused) < times:
            refused.append(self)
            raise PermissionError(13, "Access is denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", held)
    return refused


def test_on_windows_a_reader_of_the_old_file_only_delays_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(disk, "_READER_PAUSES_SECONDS", (0.0, 0.0, 0.0))
    refused = refuse_times(monkeypatch, 3)

    replace_file(tmp_path / "identity.json", b"new")

    assert (tmp_path / "identity.json").read_bytes() == b"new"
    assert len(refused) == 3


def test_what_stays_refused_is_told_and_the_old_file_is_intact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "identity.json").write_bytes(b"old")
    monkeypatch.setattr(disk, "_READER_PAUSES_SECONDS", (0.0, 0.0, 0.0))
    refuse_times(monkeypatch, 4)

    with pytest.raises(PermissionError):
        replace_file(tmp_path / "identity.json", b"new")

    assert (tmp_path / "identity.json").read_bytes() == b"old"
