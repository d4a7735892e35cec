"""A backup is believed only by the seal of the master key; before that nothing is written."""

import shutil
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.backup.archive import HEAD_NAME, MANIFEST_NAME, SEAL_NAME
from collector.backup.making import Source, make
from collector.backup.proving import WithoutSeal
from collector.backup.restoring import Restored, restore
from collector.backup.seal import seal
from collector.store import open_store
from collector.store.registry import load_registry
from collector.store.vault import Master, read_master
from govnet.errors import ConfigError
from tests.unit.backup.backups import (
    NOW,
    changed_manifest,
    forged,
    repacked,
    silent,
    verified,
    without_seal,
)

CONFIGURATION = "files/collector.toml"
EVIL = b'inventory = "inventory.yaml"\nurl = "https://evil.example"\n'
STRANGER = Master(b"\x07" * 32)

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def restored(made: Path, master_key: Path, tmp_path: Path) -> Callable[..., Restored]:
    """Restore into folders whose parents show whether anything was written."""

    def run(**more: WithoutSeal) -> Restored:
        target = tmp_path / "target/new"
        return restore(made, target, tmp_path / "target/files", master_key, silent, **more)

    return run


def told_before_anything_is_written(restored: Callable[..., Restored], tmp_path: Path) -> str:
    with pytest.raises(ConfigError) as failed:
        restored()
    assert not (tmp_path / "target").exists()
    return str(failed.value)


def sealed_anew(content: dict[str, bytes], master: Master, said: str) -> None:
    """Seal it by a master key, as whose seal it is said to be."""
    content[HEAD_NAME] = f"2\n{said}\n".encode()
    content[SEAL_NAME] = seal(master, content[HEAD_NAME], content[MANIFEST_NAME])


def test_a_forged_file_with_a_manifest_that_fits_it_is_refused(
    made: Path, restored: Callable[..., Restored], tmp_path: Path
):
    repacked(made, lambda content: forged(content, CONFIGURATION, EVIL))

    said = told_before_anything_is_written(restored, tmp_path)

    assert "expected a backup with its own seal: it was changed, or made by somebody" in said


@pytest.mark.parametrize(
    "change",
    [{"made_at": NOW + 86_400}, {"schema": "9999"}, {"master_key": "0" * 16}, {"members": []}],
    ids=lambda change: next(iter(change)),
)
def test_a_forged_manifest_is_refused(
    made: Path, restored: Callable[..., Restored], tmp_path: Path, change: dict[str, object]
):
    repacked(made, lambda content: changed_manifest(content, change))

    said = told_before_anything_is_written(restored, tmp_path)

    assert "expected a backup with its own seal" in said


def test_a_file_that_the_seal_does_not_know_is_refused(
    made: Path, restored: Callable[..., Restored], tmp_path: Path
):
    repacked(made, lambda content: content.update({CONFIGURATION: EVIL}))

    said = told_before_anything_is_written(restored, tmp_path)

    assert f"'{CONFIGURATION}' is not what was put into it" in said


@pytest.mark.parametrize("field", ["mode", "mtime"])
def test_other_rights_or_times_of_a_file_are_refused(
    made: Path, restored: Callable[..., Restored], tmp_path: Path, field: str
):
    def change(entry: tarfile.TarInfo) -> None:
        setattr(entry, field, 0o777)
        entry.pax_headers = {}

    repacked(made, lambda _: None, {CONFIGURATION: change})

    said = told_before_anything_is_written(restored, tmp_path)

    assert f"'{CONFIGURATION}' is not what was put into it" in said


def test_the_seal_of_another_master_key_is_refused(
    made: Path, master_key: Path, restored: Callable[..., Restored], tmp_path: Path
):
    mine = read_master(master_key)
    assert mine is not None

    repacked(made, lambda content: sealed_anew(content, STRANGER, STRANGER.id))
    with_its_name = told_before_anything_is_written(restored, tmp_path)
    repacked(made, lambda content: sealed_anew(content, STRANGER, mine.id))
    with_our_name = told_before_anything_is_written(restored, tmp_path)

    assert f"expected the master key {STRANGER.id}" in with_its_name
    assert f"found {mine.id}" in with_its_name
    assert f"made by somebody without the master key {mine.id}" in with_our_name


def test_who_has_the_master_key_can_seal(
    made: Path, master_key: Path, restored: Callable[..., Restored]
):
    """That the refusals above are for the seal, and for nothing else."""
    mine = read_master(master_key)
    assert mine is not None

    def change(content: dict[str, bytes]) -> None:
        forged(content, CONFIGURATION, EVIL)
        sealed_anew(content, mine, mine.id)

    repacked(made, change)

    assert restored().agents == 1


def test_a_sealed_backup_of_a_newer_version_is_refused_and_told_how_to_go_on(
    made: Path, master_key: Path, restored: Callable[..., Restored], tmp_path: Path
):
    mine = read_master(master_key)
    assert mine is not None

    def change(content: dict[str, bytes]) -> None:
        changed_manifest(content, {"schema": "9999"})
        sealed_anew(content, mine, mine.id)

    repacked(made, change)

    said = told_before_anything_is_written(restored, tmp_path)

    assert "install that version or a newer one" in said


@pytest.mark.parametrize("key", [None, "1" * 64], ids=["none", "another"])
def test_without_the_right_master_key_it_is_told_at_once(
    made: Path, master_key: Path, restored: Callable[..., Restored], tmp_path: Path, key: str | None
):
    """Of a file that is cut short, whose end nobody can read, the key is told all the same."""
    content = made.read_bytes()
    made.write_bytes(content[: len(content) // 2])
    master_key.unlink()
    if key is not None:
        master_key.write_text(key)
        master_key.chmod(0o600)

    said = told_before_anything_is_written(restored, tmp_path)

    assert "expected the master key" in said
    assert "--master-key-file" in said
    assert "damaged" not in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.pop(SEAL_NAME), "its end is missing"),
        (lambda content: content.update({"data/x": b""}), "'data/x' stands behind its end"),
        (
            lambda content: content.update({"x": content.pop(SEAL_NAME)}),
            "'x' stands in its end",
        ),
        (lambda content: content.update({HEAD_NAME: b"2\n"}), "a newer govnet made it"),
    ],
    ids=["without seal", "more behind the seal", "another end", "without a key's id"],
)
def test_an_end_or_a_beginning_of_another_form_is_refused(made: Path, change: Change, told: str):
    with pytest.raises(ConfigError, match=told):
        verified(repacked(made, change))


# --- what versions before the seal made -----------------------------------------------------------


def test_a_backup_without_a_seal_is_refused_and_told_how_to_go_on(
    made: Path, restored: Callable[..., Restored], tmp_path: Path
):
    repacked(made, without_seal)

    said = told_before_anything_is_written(restored, tmp_path)

    assert "expected a backup with a seal, it has none: whoever had it may have changed it" in said
    assert "--unsealed" in said


def test_a_backup_without_a_seal_comes_back_for_who_believes_it(
    source: Source, made: Path, restored: Callable[..., Restored], tmp_path: Path
):
    repacked(made, without_seal)

    done = restored(without_seal=WithoutSeal.ACCEPTED)

    assert not done.manifest.has_seal
    with (
        closing(open_store(source.data)) as old,
        closing(open_store(tmp_path / "target/new")) as new,
    ):
        assert load_registry(new).rows == load_registry(old).rows


def test_the_master_key_of_a_backup_without_a_seal_is_asked_before_anything_is_written(
    made: Path, master_key: Path, restored: Callable[..., Restored], tmp_path: Path
):
    repacked(made, without_seal)
    master_key.unlink()

    with pytest.raises(ConfigError, match="expected the master key"):
        restored(without_seal=WithoutSeal.ACCEPTED)

    assert not (tmp_path / "target").exists()


def test_believing_what_has_no_seal_lets_no_wrong_seal_through(
    made: Path, restored: Callable[..., Restored]
):
    repacked(made, lambda content: forged(content, CONFIGURATION, EVIL))

    with pytest.raises(ConfigError, match="expected a backup with its own seal"):
        restored(without_seal=WithoutSeal.ACCEPTED)


def test_a_backup_without_a_seal_cannot_say_that_it_has_one(
    made: Path, restored: Callable[..., Restored]
):
    def change(content: dict[str, bytes]) -> None:
        without_seal(content)
        changed_manifest(content, {"has_seal": True})

    repacked(made, change)

    with pytest.raises(ConfigError, match="says otherwise of a seal than its beginning"):
        restored(without_seal=WithoutSeal.ACCEPTED)


# --- what changes under our hands -----------------------------------------------------------------


def test_a_file_that_is_replaced_while_it_is_restored_is_proved_again(
    source: Source, made: Path, master_key: Path, tmp_path: Path
):
    other = tmp_path / "other.tar.gz"
    make(source, other, NOW + 1, silent)
    forgery = tmp_path / "forgery.tar.gz"
    shutil.copy(made, forgery)
    repacked(forgery, lambda content: forged(content, CONFIGURATION, EVIL))

    def replaced_by(replacement: Path) -> str:
        mine = tmp_path / "mine.tar.gz"
        shutil.copy(made, mine)

        def progress(what: str, _: int) -> None:
            if what == "proving" and replacement.exists():
                replacement.rename(mine)

        with pytest.raises(ConfigError) as failed:
            restore(mine, tmp_path / "new", tmp_path / "files", master_key, progress)
        assert not (tmp_path / "new").exists()
        return str(failed.value)

    assert "expected a backup with its own seal" in replaced_by(forgery)
    assert "was replaced while it was restored" in replaced_by(other)
