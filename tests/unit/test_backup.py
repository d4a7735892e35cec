"""What `govnet backup` writes, `govnet restore` brings back; anything else is refused."""

import asyncio
import fcntl
import gzip
import io
import json
import os
import shutil
import stat
import tarfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.backup.archive import MANIFEST_NAME, verified
from collector.backup.making import Source, make
from collector.backup.note import Note, read_note
from collector.backup.restoring import restore
from collector.backup.told import BackupTold
from collector.cli import main
from collector.config import load_config
from collector.metrics.selfmetrics import SelfMetrics
from collector.places import ensure_operator_token
from collector.store import open_store
from collector.store.registry import enrol, load_registry
from collector.tls import folder as tls
from govnet.errors import ConfigError, GovnetError
from govnet.journal import Journal
from inventory.load import load

NOW = 1_795_865_400.0
CREDENTIALS = "snmp:\n  ups: {version: 2c, community: rat-bi-mat}\n"


def silent(_: str, __: int) -> None:
    """Show nothing."""


@pytest.fixture
def source(tmp_path: Path, small_inventory_file: Path) -> Source:
    """Return a collector that has run: agents, a certificate, a full inbox, its configuration."""
    (tmp_path / "collector.toml").write_text(
        'inventory = "inventory.yaml"\ndata_dir = "data"\n[credentials]\nfile = "secrets.yaml"\n'
    )
    (tmp_path / "secrets.yaml").write_text(CREDENTIALS)
    data = tmp_path / "data"
    with closing(open_store(data)) as store:
        enrol(store, load(small_inventory_file), "xa-a", "pc-1", NOW)
    ensure_operator_token(data)
    tls.init(data, ["localhost"], 30, time.time())
    with Journal(data / "inbox", segment_bytes=200) as journal:
        for number in range(9):
            journal.append(bytes([number]) * 150)
        journal.sync()
    (data / "history").mkdir()
    (data / "history/prom.json").write_text('{"position":700}')
    return Source(data, load_config(tmp_path / "collector.toml"), tmp_path / "collector.toml")


@pytest.fixture
def made(source: Source, tmp_path: Path) -> Path:
    """Return a backup of it."""
    target = tmp_path / "backups/one.tar.gz"
    make(source, target, NOW, silent)
    return target


@pytest.fixture
def master_key(source: Source) -> Path:
    return Path(f"{source.data}.master-key")


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def repacked(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the backup anew with other members."""
    content = members(file)
    change(content)
    with tarfile.open(file, "w:gz") as tar:
        for name, plain in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(plain)
            tar.addfile(entry, io.BytesIO(plain))
    return file


def test_what_was_backed_up_comes_back(
    source: Source, made: Path, master_key: Path, tmp_path: Path
):
    done = restore(made, tmp_path / "new", tmp_path / "new-files", master_key, silent)

    for name in ("operator-token", "tls/ca.pem", "tls/ca-key.pem", "tls/server.pem"):
        assert (tmp_path / "new" / name).read_bytes() == (source.data / name).read_bytes()
    for name in ("collector.toml", "inventory.yaml", "secrets.yaml"):
        assert (tmp_path / "new-files" / name).read_bytes() == (tmp_path / name).read_bytes()
    assert done.agents == 1
    with closing(open_store(source.data)) as old, closing(open_store(tmp_path / "new")) as new:
        assert load_registry(new).rows == load_registry(old).rows
    with Journal(tmp_path / "new/inbox") as journal, Journal(source.data / "inbox") as original:
        assert list(journal.read()) == list(original.read())
    assert not list(tmp_path.glob("*.restoring"))


def test_the_master_key_and_no_secret_lie_in_it(source: Source, made: Path, master_key: Path):
    held = b"\n".join(members(made).values())

    for secret in (
        master_key.read_bytes().strip(),
        (source.data / "operator-token").read_bytes().strip(),
        (source.data / "tls/ca-key.pem").read_bytes(),
        b"rat-bi-mat",
        b"PRIVATE KEY",
    ):
        assert secret not in held
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700


def test_a_master_key_that_the_configuration_names_as_something_else_stays_out(
    source: Source, master_key: Path, tmp_path: Path
):
    (tmp_path / "collector.toml").write_text(
        f'data_dir = "data"\n[credentials]\nfile = "{master_key}"\n'
    )
    config = load_config(tmp_path / "collector.toml")
    manifest = make(source._replace(config=config), tmp_path / "one.tar.gz", NOW, silent)

    assert master_key.name not in {Path(one.name).name for one in manifest.members}


def test_of_the_inbox_only_what_a_start_or_a_receiver_needs_is_in_it(
    source: Source, tmp_path: Path
):
    with closing(open_store(source.data)) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE only_row SET inbox_position = 1300")
    for segment in (source.data / "inbox").glob("*"):
        os.utime(segment, (NOW - 86_400.0, NOW - 86_400.0))
    manifest = make(source, tmp_path / "one.tar.gz", NOW, silent)

    kept = sorted(one.name for one in manifest.members if one.name.startswith("data/inbox/"))
    every = sorted(f"data/inbox/{one.name}" for one in (source.data / "inbox").glob("*[0-9].*"))
    assert 0 < len(kept) < len(every)
    assert every[-len(kept) :] == kept
    bases = [int(Path(name).name.partition(".")[0]) for name in kept]
    assert bases[0] <= 700
    assert bases[1] > 700


def test_without_the_right_master_key_it_is_told_what_to_do(made: Path, tmp_path: Path):
    other = tmp_path / "other.master-key"
    for key in (None, "1" * 64):
        if key is not None:
            other.write_text(key)
            other.chmod(0o600)
        with pytest.raises(ConfigError, match=r"expected the master key .*--master-key-file"):
            restore(made, tmp_path / "new", tmp_path / "new-files", other, silent)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "new-files").exists()


@pytest.mark.parametrize("occupied", ["new", "new-files"])
def test_what_is_there_is_never_written_over(
    made: Path, master_key: Path, tmp_path: Path, occupied: str
):
    (tmp_path / occupied).mkdir()
    (tmp_path / occupied / "mine").touch()

    with pytest.raises(ConfigError, match="expected an empty folder"):
        restore(made, tmp_path / "new", tmp_path / "new-files", master_key, silent)

    assert [one.name for one in (tmp_path / occupied).iterdir()] == ["mine"]


def test_every_file_that_was_cut_short_is_refused(made: Path):
    whole = made.read_bytes()
    for length in (0, 1, 20, len(whole) // 2, len(whole) - 1):
        made.write_bytes(whole[:length])
        with pytest.raises(ConfigError, match="expected a"):
            verified(made)


def test_a_changed_byte_anywhere_is_refused_unless_it_means_nothing(made: Path):
    """Some bits of a compressed file say nothing: what is unpacked is the same."""
    whole, refused = made.read_bytes(), 0
    plain = gzip.decompress(whole)
    for place in range(len(whole) // 80, len(whole), len(whole) // 40):
        made.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            verified(made)
        except ConfigError:
            refused += 1
        else:
            assert gzip.decompress(made.read_bytes()) == plain

    assert refused > 30


@pytest.mark.parametrize(
    "content",
    [b"", b"not an archive", gzip.compress(b"text"), gzip.compress(b"\0" * 10_240)],
    ids=["empty", "text", "compressed text", "compressed zeros"],
)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "x.tar.gz").write_bytes(content)

    with pytest.raises(ConfigError, match="expected a"):
        verified(tmp_path / "x.tar.gz")


@pytest.mark.parametrize("name", ["../evil", "data/../../evil", "/etc/evil", "data", "other/x"])
def test_a_member_that_leads_elsewhere_is_refused(
    made: Path, master_key: Path, tmp_path: Path, name: str
):
    def change(content: dict[str, bytes]) -> None:
        manifest = content.pop(MANIFEST_NAME)
        content[name] = b"evil"
        content[MANIFEST_NAME] = manifest

    with pytest.raises(ConfigError, match="does not belong in it"):
        restore(repacked(made, change), tmp_path / "n", tmp_path / "f", master_key, silent)
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": "9999"}, "install that version or a newer one"),
        ({"members": []}, "is not what was put into it"),
    ],
)
def test_a_manifest_of_something_else_is_refused(
    made: Path, master_key: Path, tmp_path: Path, change: dict[str, object], told: str
):
    def changed(content: dict[str, bytes]) -> None:
        manifest = json.loads(content[MANIFEST_NAME]) | change
        content[MANIFEST_NAME] = json.dumps(manifest).encode()

    with pytest.raises(ConfigError, match=told):
        restore(repacked(made, changed), tmp_path / "n", tmp_path / "f", master_key, silent)
    assert not (tmp_path / "n").exists()


def test_a_newer_format_is_named_as_such(made: Path):
    changed = repacked(made, lambda content: content.update({"govnet-backup": b"2\n"}))

    with pytest.raises(ConfigError, match="a newer govnet made it"):
        verified(changed)


def test_a_file_that_is_there_stays(source: Source, made: Path):
    before = made.read_bytes()

    with pytest.raises(GovnetError, match="stays as it is"):
        make(source, made, NOW, silent)

    assert made.read_bytes() == before


def test_two_at_a_time_are_refused(source: Source, tmp_path: Path):
    lock = os.open(source.data, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with pytest.raises(GovnetError, match="another backup of it is under way"):
            make(source, tmp_path / "two.tar.gz", NOW, silent)
    finally:
        os.close(lock)


def test_a_backup_leaves_nothing_in_the_folder_that_its_owner_could_not_use(
    source: Source, tmp_path: Path
):
    for path in (source.data, *source.data.rglob("*")):
        os.chown(path, 2, 2)

    make(source, tmp_path / "one.tar.gz", NOW, silent)

    assert {path.stat().st_uid for path in source.data.rglob("*")} == {2}


def test_a_folder_that_may_not_be_looked_into_is_told(made: Path, master_key: Path, tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for place in (tmp_path, *tmp_path.parents[:-2]):
        place.chmod(0o755)

    os.seteuid(65_534)
    try:
        with pytest.raises(GovnetError, match=f"{closed}/files: Permission denied"):
            restore(made, tmp_path / "new", closed / "files", master_key, silent)
    finally:
        os.seteuid(0)


def test_what_a_killed_backup_left_goes_with_the_next(source: Source, tmp_path: Path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "govnet-20250101T000000Z.tar.gz.part").touch()
    (folder / "govnet-20250101T000000Z.tar.gz.part-database").touch()

    make(source, folder / "new.tar.gz", NOW, silent)

    assert [one.name for one in folder.iterdir()] == ["new.tar.gz"]


# --- the command ----------------------------------------------------------------------------------


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
