"""Agents' keys at rest, and the master key outside the database."""

import hmac
import os
import secrets
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from cryptography.exceptions import InvalidTag
from sqlalchemy import create_engine

from collector.store import Store, open_store, rotation
from collector.store.database import FILE_NAME
from collector.store.migrating import MIGRATIONS
from collector.store.registry import enrol, load_registry
from collector.store.rotation import rotate_master
from collector.store.vault import Master, Vault, read_master, write_master
from govnet.errors import ConfigError, WireError
from inventory.model import Inventory

KEY = secrets.token_bytes(32)


class Killed(BaseException):
    """The process ends here."""


def test_a_sealed_key_opens_only_as_that_key_of_that_agent():
    master = Master(secrets.token_bytes(32))
    sealed = master.seal("a", "k1", KEY)

    assert master.open("a", "k1", sealed) == KEY
    assert KEY not in sealed
    assert master.seal("a", "k1", KEY) != sealed
    for agent, key in (("b", "k1"), ("a", "k2")):
        with pytest.raises(InvalidTag):
            master.open(agent, key, sealed)


def test_the_key_of_another_purpose_is_that_of_rfc_5869_and_differs_by_purpose():
    key = bytes(range(32))
    extracted = hmac.digest(bytes(32), key, "sha256")

    assert Master(key).derived("a") == hmac.digest(extracted, b"a\x01", "sha256")
    assert Master(key).derived("b") != Master(key).derived("a")


def test_the_master_key_lies_beside_the_folder_for_its_owner_only(tmp_path: Path):
    data = tmp_path / "data"
    open_store(data).close()
    file = tmp_path / "data.master-key"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().strip()) == 64
    assert not [path for path in data.rglob("*") if file.read_bytes().strip() in path.read_bytes()]


@pytest.mark.parametrize(("owner", "mode"), [(1000, 0o640), (0, 0o644), (0, 0o660)])
def test_a_master_key_that_others_can_read_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: int, mode: int
):
    open_store(tmp_path / "data").close()
    (tmp_path / "data.master-key").chmod(mode)
    _let_files_belong_to(owner, monkeypatch)

    with pytest.raises(ConfigError, match=rf"found mode {mode:04o}.*chmod 600"):
        open_store(tmp_path / "data")


def test_a_master_key_of_root_may_be_read_by_the_service_through_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = write_master(tmp_path / "master.key")
    (tmp_path / "master.key").chmod(0o640)
    _let_files_belong_to(0, monkeypatch)

    found = read_master(tmp_path / "master.key")

    assert found is not None
    assert found.id == made.id


def _let_files_belong_to(owner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file seem to be that user's, as tests may run as root or not."""
    real = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        found[stat.ST_UID] = owner
        return os.stat_result(found)

    monkeypatch.setattr("collector.store.vault.os.fstat", fstat)


@pytest.mark.parametrize("text", ["", "xyz", "AB" * 32, "ab" * 31, "ab" * 33])
def test_a_file_that_holds_no_master_key_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(text)

    with pytest.raises(ConfigError, match="64 hex digits") as caught:
        read_master(file)
    assert not text or text not in str(caught.value)


def test_a_database_sealed_by_another_master_is_refused(tmp_path: Path):
    open_store(tmp_path / "data").close()
    file = tmp_path / "data.master-key"
    file.unlink()
    with pytest.raises(ConfigError, match=r"expected the master key .*, found none"):
        open_store(tmp_path / "data")

    write_master(file)
    with pytest.raises(ConfigError, match="put its file back"):
        open_store(tmp_path / "data")


def test_a_named_file_is_found_again_by_commands(tmp_path: Path):
    file = tmp_path / "elsewhere"
    open_store(tmp_path / "data", file).close()

    store = open_store(tmp_path / "data")
    store.close()

    assert store.vault.file == file
    assert not (tmp_path / "data.master-key").exists()


def test_a_systemd_credential_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "credentials"
    folder.mkdir()
    made = write_master(folder / "govnet-master-key")
    (folder / "govnet-master-key").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))

    store = open_store(tmp_path / "data")
    with store.read() as connection:
        assert store.master(connection).id == made.id
    with pytest.raises(ConfigError, match="systemd credential"):
        rotate_master(store, 1.0)
    store.close()


def test_of_two_that_make_the_master_at_once_both_use_one(tmp_path: Path):
    first = write_master(tmp_path / "key")

    assert write_master(tmp_path / "key").id == first.id
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_an_altered_key_in_the_database_is_said_without_showing_it_and_counts_as_revoked(
    tmp_path: Path, small_province: Inventory, caplog: pytest.LogCaptureFixture
):
    """One damaged row keeps no collector from starting, and no revocation from being seen."""
    store = open_store(tmp_path / "data")
    new = enrol(store, small_province, "xa-a", "pc-1", 5.0)
    store.close()
    with sqlite3.connect(tmp_path / "data" / FILE_NAME) as raw:
        raw.execute(
            "UPDATE agent_keys SET secret = CAST(substr(secret, 1, 40) || zeroblob(29) AS BLOB)"
        )
    raw.close()

    store = open_store(tmp_path / "data")
    registry = load_registry(store)
    store.close()

    (record,) = caplog.records
    agent = new.identity.agent
    assert f"agent {agent}: its key k1 was changed in the database" in str(vars(record)["problem"])
    assert new.secret.hex() not in str(vars(record))
    with pytest.raises(WireError) as refused:
        registry.credential(agent, "k1")
    assert "revoked" == refused.value.reason


def _old_database(data: Path, secret: bytes) -> None:
    """Make the database as revision 0003 left it, with one key that lies open."""
    data.mkdir()
    path = data / FILE_NAME
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.exec_driver_sql(
            "INSERT INTO agents (id, site, machine, enrolled_at)"
            " VALUES ('0a', 'xa-a', 'xa-a/pc-1', 5.0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO agent_keys (agent, id, secret, created_at) VALUES ('0a', 'k1', ?, 5.0)",
            (secret,),
        )
    engine.dispose()


def test_keys_of_an_older_database_are_sealed_and_leave_no_trace(tmp_path: Path):
    data = tmp_path / "data"
    _old_database(data, KEY)
    assert KEY in (data / FILE_NAME).read_bytes()

    store = open_store(data)

    assert load_registry(store).credential("0a", "k1").secret == KEY
    store.close()
    for path in data.iterdir():
        assert KEY not in path.read_bytes(), path.name


def test_killed_after_the_sealing_the_traces_are_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = tmp_path / "data"
    _old_database(data, KEY)

    def die(_: Store) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Store, "compact", die)
        with pytest.raises(Killed):
            open_store(data)
    store = open_store(data)

    assert load_registry(store).credential("0a", "k1").secret == KEY
    store.close()
    for path in data.iterdir():
        assert KEY not in path.read_bytes(), path.name
    assert not (data / "keys-being-sealed").exists()


@pytest.fixture
def sealed(tmp_path: Path, small_province: Inventory) -> Callable[[], dict[str, bytes]]:
    """Make a database with three keys; a call opens it anew and returns the keys."""
    data = tmp_path / "data"
    store = open_store(data)
    for _ in range(3):
        enrol(store, small_province, "xa-a", None, 5.0)
    store.close()

    def read() -> dict[str, bytes]:
        opened = open_store(data)
        try:
            registry = load_registry(opened)
            return {
                one.agent: registry.credential(one.agent, "k1").secret for one in registry.enrolled
            }
        finally:
            opened.close()

    return read


def test_rotation_changes_the_master_and_no_key(
    tmp_path: Path, sealed: Callable[[], dict[str, bytes]]
):
    before, file = sealed(), tmp_path / "data.master-key"
    old = file.read_text()
    store = open_store(tmp_path / "data")

    assert rotate_master(store, 9.0) == 3
    store.close()

    assert sealed() == before
    assert file.read_text() != old
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not Path(f"{file}.next").exists()


def test_a_rotated_master_is_read_by_whom_the_old_one_was_and_a_link_to_it_stays(
    tmp_path: Path, sealed: Callable[[], dict[str, bytes]]
):
    """As the Debian package lays it: root's, its group the collector's, a link beside the data."""
    before, link = sealed(), tmp_path / "data.master-key"
    file = tmp_path / "etc/master.key"
    file.parent.mkdir()
    link.rename(file)
    link.symlink_to(file)
    os.chown(file, 0, 2)
    file.chmod(0o640)
    old = file.read_text()
    store = open_store(tmp_path / "data")

    rotate_master(store, 9.0)
    store.close()

    status = file.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (0, 2, 0o640)
    assert link.readlink() == file
    assert file.read_text() != old
    assert sealed() == before


@pytest.mark.parametrize("step", ["finish", "write_master", "note", "replace", "checkpoint"])
def test_rotation_killed_at_any_step_loses_no_key_and_is_done_again(
    tmp_path: Path,
    sealed: Callable[[], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
):
    before = sealed()
    store = open_store(tmp_path / "data")

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if step == "checkpoint":
            patch.setattr(store, "checkpoint", die)
        elif step == "replace":
            patch.setattr(Path, "replace", die)
        else:
            patch.setattr(rotation, step, die)
        with pytest.raises(Killed):
            rotate_master(store, 9.0)
    store.close()

    assert sealed() == before
    store = open_store(tmp_path / "data")
    rotate_master(store, 10.0)
    store.close()
    assert sealed() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "data.master-key"]


def test_whoever_holds_the_old_master_finds_the_next_one_and_seals_by_it(
    tmp_path: Path, small_province: Inventory
):
    """A collector runs while a command rotates."""
    running = open_store(tmp_path / "data")
    before = enrol(running, small_province, "xa-a", None, 5.0)
    other = open_store(tmp_path / "data")
    rotate_master(other, 6.0)
    other.close()

    after = enrol(running, small_province, "xa-a", None, 7.0)

    registry = load_registry(running)
    for new in (before, after):
        assert registry.credential(new.identity.agent, "k1").secret == new.secret
    running.close()
    fresh = Vault(tmp_path / "data.master-key")
    with sqlite3.connect(tmp_path / "data" / FILE_NAME) as raw:
        rows = raw.execute("SELECT agent, id, secret FROM agent_keys").fetchall()
    raw.close()
    assert {fresh.open(*row) for row in rows} == {before.secret, after.secret}


def test_a_place_that_does_not_exist_is_said(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot be made.*master_key_file"):
        open_store(tmp_path / "data", tmp_path / "missing" / "key")
