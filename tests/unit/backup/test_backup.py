"""What `govnet backup` writes, `govnet restore` brings back; anything else is refused."""

import fcntl
import gzip
import os
import shutil
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.backup import making
from collector.backup.archive import MANIFEST_NAME
from collector.backup.making import Source, make
from collector.backup.restoring import restore
from collector.config import load_config
from collector.store import open_store
from collector.store.copying import copy_database
from collector.store.registry import load_registry
from collector.store.rotation import rotate_master
from collector.store.vault import read_master
from govnet.errors import ConfigError, GovnetError
from govnet.journal import Journal
from tests.unit.backup.backups import NOW, members, repacked, silent, verified
from tests.unit.test_migrating import downgrade


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


def test_a_newer_format_is_named_as_such(made: Path):
    changed = repacked(made, lambda content: content.update({"govnet-backup": b"3\n"}))

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


def test_a_folder_whose_name_is_no_text_is_backed_up(source: Source, tmp_path: Path):
    strange = tmp_path / os.fsdecode(b"d\xff")
    shutil.copytree(source.data, strange)
    shutil.copy(f"{source.data}.master-key", f"{strange}.master-key")

    manifest = make(Source(strange, source.config), tmp_path / "one.tar.gz", NOW, silent)

    assert manifest.members[0].was == f"{tmp_path}/d\ufffd/govnet.sqlite3"


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    source: Source, master_key: Path, tmp_path: Path
):
    downgrade(source.data)
    made = tmp_path / "old.tar.gz"
    assert make(source, made, NOW, silent).schema == "0012"

    done = restore(made, tmp_path / "new", tmp_path / "new-files", master_key, silent)

    assert done.agents == 1
    assert (
        make(
            Source(tmp_path / "new", source.config, None, master_key),
            tmp_path / "again.tar.gz",
            NOW,
            silent,
        ).schema
        > "0012"
    )
    assert not (tmp_path / "new/backups").exists()


def test_what_a_killed_backup_left_goes_with_the_next(source: Source, tmp_path: Path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "govnet-20250101T000000Z.tar.gz.part").touch()
    (folder / "govnet-20250101T000000Z.tar.gz.part-database").touch()

    make(source, folder / "new.tar.gz", NOW, silent)

    assert [one.name for one in folder.iterdir()] == ["new.tar.gz"]


def test_a_master_key_that_is_replaced_while_the_database_is_copied_seals_the_backup(
    source: Source, master_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The copy has the key of before, which is nowhere any more: it is made again."""
    rotations = [NOW]

    def copy_then_rotate(*arguments: Any) -> None:
        copy_database(*arguments)
        if rotations:
            with closing(open_store(source.data)) as store:
                rotate_master(store, rotations.pop())

    monkeypatch.setattr(making, "copy_database", copy_then_rotate)

    manifest = make(source, tmp_path / "one.tar.gz", NOW, silent)

    master = read_master(master_key)
    assert master is not None
    assert manifest.master_key == master.id
