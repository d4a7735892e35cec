"""Migrations go forward, first there is a copy, and what fails leaves the database as it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from collector.store import migrating, open_store
from collector.store.database import FILE_NAME
from collector.store.migrating import COPIES, KEPT_COPIES
from govnet.errors import ConfigError


def downgrade(data: Path) -> None:
    """Make the database one of the version before conferences."""
    with closing(sqlite3.connect(data / FILE_NAME)) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'conference%'"
                " OR name LIKE 'point_%' OR name LIKE 'room_%' OR name LIKE 'sweep%')"
            )
        ]
        for name in tables:
            connection.execute(f"DROP TABLE {name}")
        connection.execute("ALTER TABLE only_row DROP COLUMN conferences_version")
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
        connection.commit()


def schema(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def copies(data: Path) -> list[Path]:
    return sorted((data / COPIES).glob("*.sqlite3"))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    open_store(data).close()
    downgrade(data)
    return data


def test_a_database_of_this_version_is_not_copied(tmp_path: Path):
    for _ in range(2):
        open_store(tmp_path / "data").close()

    assert copies(tmp_path / "data") == []


def test_before_a_migration_there_is_a_copy_by_which_to_go_back(old: Path):
    open_store(old).close()

    (copy,) = copies(old)
    assert schema(copy) == "0012"
    assert schema(old / FILE_NAME) > "0012"
    assert copy.stat().st_mode & 0o077 == 0
    assert copy.name.endswith("-schema-0012.sqlite3")


def test_only_the_newest_copies_are_kept(old: Path):
    (old / COPIES).mkdir()
    for day in range(1, 6):
        (old / COPIES / f"2025010{day}T000000Z-schema-0011.sqlite3").touch()

    open_store(old).close()

    assert len(copies(old)) == KEPT_COPIES
    assert schema(copies(old)[-1]) == "0012"


def test_a_migration_that_fails_changes_nothing_and_says_how_to_go_back(
    old: Path, monkeypatch: pytest.MonkeyPatch
):
    before = sqlite_dump(old / FILE_NAME)
    upgrade = command.upgrade

    def fails(config: object, revision: str) -> None:
        upgrade(config, revision)  # type: ignore[arg-type]
        raise KeyError("boom")

    monkeypatch.setattr(migrating.command, "upgrade", fails)

    with pytest.raises(ConfigError, match=r"(?s)from schema 0012 to .* failed.*ran before"):
        open_store(old)

    assert sqlite_dump(old / FILE_NAME) == before
    monkeypatch.undo()
    open_store(old).close()
    assert schema(old / FILE_NAME) > "0012"


def test_without_room_for_the_copy_nothing_is_migrated(old: Path):
    (old / COPIES).write_text("a file stands where the folder should be")

    with pytest.raises(ConfigError, match=r"(?s)expected a copy of the database.*make room"):
        open_store(old)

    assert schema(old / FILE_NAME) == "0012"


def sqlite_dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())
