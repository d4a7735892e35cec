"""What `govnet backup` says, keeps and notes."""

import asyncio
import json
import shutil
import time
from pathlib import Path

import pytest

from collector.backup.making import Source
from collector.backup.note import Note, read_note
from collector.backup.told import BackupTold
from collector.cli import main
from collector.metrics.selfmetrics import SelfMetrics
from tests.unit.backup.backups import NOW, repacked, without_seal


@pytest.fixture
def command(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    return ["backup", "--config", str(source.config_file), "--to", "backups"]


def test_generations_are_kept(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"govnet-2025010{day}T000000Z.tar.gz").touch()
    (folder / "mine.tar.gz").touch()

    assert main([*command, "--keep", "3"]) == 0

    names = sorted(one.name for one in folder.iterdir())
    assert names[:2] == ["govnet-20250103T000000Z.tar.gz", "govnet-20250104T000000Z.tar.gz"]
    assert names[3:] == ["mine.tar.gz"]
    assert "The master key is not in it" in capsys.readouterr().out
    assert main(["backup", "verify", str(folder / names[2])]) == 0
    assert "whole; made" in capsys.readouterr().out


def test_what_became_of_it_is_noted_for_the_collector(
    command: list[str], source: Source, capsys: pytest.CaptureFixture[str]
):
    assert main(command) == 0
    made = read_note(source.data)
    master = Path(f"{source.data}.master-key")
    master.rename(f"{master}.away")
    assert main([*command[:-1], "elsewhere"]) == 2
    failed = read_note(source.data)

    assert made.size_bytes == Path(made.file).stat().st_size
    assert abs(made.made_at - time.time()) < 60
    assert (made.failures, made.failure) == (0, "")
    assert (failed.failures, failed.made_at) == (1, made.made_at)
    assert "expected the master key" in failed.failure
    assert "expected the master key" in capsys.readouterr().err
    assert list(Path("elsewhere").iterdir()) == []


def test_a_backup_with_a_credential_of_its_own_moves_no_commands_key(
    command: list[str], source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The credential of `govnet-backup.service` is gone when it ends."""
    (tmp_path / "credentials").mkdir()
    key = tmp_path / "credentials/govnet-master-key"
    shutil.copy(f"{source.data}.master-key", key)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(key.parent))

    assert main(command) == 0

    assert not (source.data / "master-key-file").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ["a.tar.gz", "b.tar.gz"],
        ["verify"],
        ["a.tar.gz", "--keep", "3"],
        ["--keep", "0"],
        ["--data", "nothing-here"],
        ["--unsealed"],
    ],
)
def test_what_cannot_be_is_a_users_mistake(wrong: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(["backup", *wrong]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_collector_tells_what_others_noted(tmp_path: Path):
    metrics = SelfMetrics("1")
    told = BackupTold(tmp_path, metrics)

    for failures in (2, 2, 3):
        note = {"made_at": NOW, "size_bytes": 5, "failures": failures}
        (tmp_path / "last-backup.json").write_text(json.dumps(note))
        asyncio.run(told.look())

    text = metrics.render().decode()
    assert "govnet_collector_backup_last_success_timestamp_seconds 1.7958654e+09" in text
    assert "govnet_collector_backup_last_size_bytes 5.0" in text
    assert "govnet_collector_backup_failures_total 3.0" in text


def test_a_note_that_is_damaged_says_never(tmp_path: Path):
    (tmp_path / "last-backup.json").write_bytes(b"\xff{")

    assert read_note(tmp_path) == Note()


@pytest.fixture
def made_by_command(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(command) == 0
    capsys.readouterr()
    (file,) = (tmp_path / "backups").iterdir()
    return str(file)


def test_verifying_says_what_was_proved_where_the_master_key_is_and_where_it_is_not(
    made_by_command: str, source: Source, capsys: pytest.CaptureFixture[str]
):
    verify = ["backup", "verify", made_by_command, "--config", str(source.config_file)]
    master = Path(f"{source.data}.master-key")

    assert main(verify) == 0
    with_key = capsys.readouterr().out
    master.rename(f"{master}.away")
    assert main(verify) == 0
    without_key = capsys.readouterr().out
    assert main([*verify, "--master-key-file", f"{master}.away"]) == 0
    named = capsys.readouterr().out

    assert "Unchanged since it was sealed with the master key" in with_key
    assert "NOT proved unchanged: the master key" in without_key
    assert named == with_key


def test_verifying_refuses_what_another_master_key_sealed(
    made_by_command: str, source: Source, capsys: pytest.CaptureFixture[str]
):
    verify = ["backup", "verify", made_by_command, "--config", str(source.config_file)]
    Path(f"{source.data}.master-key").write_text("1" * 64)

    assert main(verify) == 2
    another = capsys.readouterr().err
    assert main([*verify, "--master-key-file", "nowhere"]) == 2
    none = capsys.readouterr().err

    assert "expected the master key" in another
    assert another.count("\n") == none.count("\n") == 1
    assert "found none" in none


def test_what_has_no_seal_is_refused_and_with_unsealed_it_is_said_plainly(
    made_by_command: str, source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    repacked(Path(made_by_command), without_seal)
    verify = ["backup", "verify", made_by_command, "--config", str(source.config_file)]
    restore = ["restore", made_by_command, "--data", str(tmp_path / "new")]
    restore += ["--master-key-file", f"{source.data}.master-key"]

    for refused in (verify, restore):
        assert main(refused) == 2
        assert "expected a backup with a seal, it has none" in capsys.readouterr().err
    for believed in (verify, restore):
        assert main([*believed, "--unsealed"]) == 0
        assert "It has no seal: nobody can tell whether it was changed" in capsys.readouterr().out
