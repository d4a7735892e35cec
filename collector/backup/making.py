"""Making a backup of a collector that may be running and taking in reports.

The order is what makes it one state, as if the power had failed at its end:

1. How far each receiver of history has everything, so that this is never ahead of the inbox.
2. The database, in one reading transaction. Its checkpoint says up to which position of the inbox
   sequence numbers and evidence are in it.
3. Certificates, configuration and inventory.
4. The inbox, listed only now: whatever was acknowledged before the database was copied is in the
   copy or behind its checkpoint in the inbox, and a start takes that in again. Of the older part
   only what a receiver does not have yet, and the last minutes, whose values a start shows.

A torn end of the inbox, copied while it was written, is cut by the start that finds it.
"""

import fcntl
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from collector.backup.archive import DATABASE_NAME, Manifest, Progress, Writer, create
from collector.backup.contents import (
    INBOX,
    Read,
    positions,
    read_all,
    small_files,
)
from collector.backup.generations import PART, drop_unfinished
from collector.backup.proving import prove
from collector.config import Config
from collector.history.position import Position
from collector.intake.replay import REPLAY_SECONDS
from collector.store.copying import copy_database
from collector.store.database import FILE_NAME, find_vault
from collector.store.vault import Master, Vault
from govnet import __version__
from govnet.disk import Disk
from govnet.errors import ConfigError, GovnetError
from govnet.segment import Segment, find_segments

SEALED_IN = "backup of"
"""In whose place secrets are sealed: no agent is called so."""


class Source(NamedTuple):
    """What is backed up: the data folder, and the options by which a collector runs on it."""

    data: Path
    config: Config
    config_file: Path | None = None
    master_key_file: Path | None = None


def make(source: Source, target: Path, now: float, progress: Progress) -> Manifest:
    """Write a backup to `target`, whole and verified or not at all; return what it is.

    Raises GovnetError: of one that is under way, a disk that is full, a master key that is missing.
    """
    data = source.data
    part, copy = Path(f"{target}{PART}"), Path(f"{target}{PART}-database")
    lock = _lock(data)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists():
            raise GovnetError(f"{target}: is there already and stays as it is")
        drop_unfinished(target.parent)
        try:
            vault = find_vault(data, source.master_key_file)
            manifest = _write(source, vault, part, copy, now=now, progress=progress)
            if prove(part, vault, progress) != manifest:
                raise GovnetError(f"{target}: what was read is not what was written")
            part.rename(target)
        finally:
            for unfinished in (part, copy):
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
        Disk().sync_directory(target.parent)
    except OSError as exc:
        raise GovnetError(f"{exc.filename or target}: {exc.strerror or exc}") from exc
    finally:
        os.close(lock)
    return manifest


def _lock(data: Path) -> int:
    """Lock the folder itself: a file that root made for it would keep the collector's user out.

    Raises GovnetError.
    """
    try:
        lock = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as exc:
        raise GovnetError(f"{data}: {exc.strerror or exc}") from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(lock)
        raise GovnetError(f"{data}: another backup of it is under way") from exc
    return lock


def _write(
    source: Source, vault: Vault, part: Path, copy: Path, *, now: float, progress: Progress
) -> Manifest:
    """Copy everything in the order that the head of this file gives."""
    data = source.data
    reached = read_all(positions(data), ())
    database = data / FILE_NAME
    if not database.is_file():
        raise ConfigError([f"{database}: expected the database of a collector, there is none"])
    stored = _copied(database, copy, progress)
    if not vault.holds(stored.master_key):
        # Perhaps it was replaced while the database was copied: a second copy has the next one.
        copy.unlink()
        stored = _copied(database, copy, progress)
    master = vault.master(stored.master_key)
    never = (vault.file, vault.next_file)
    small = read_all(small_files(data, source.config, source.config_file), never)
    with create(part) as file:
        writer = Writer(file, master)
        progress("packing the database", writer.add_file(DATABASE_NAME, copy, _shown(database)))
        copy.unlink()
        for one in (*reached, *small):
            _add(writer, one, master)
        done = 0
        for segment in _segments(data, stored.inbox_position, reached, now):
            done += writer.add_file(f"data/{INBOX}/{segment.path.name}", segment.path)
            progress("packing the inbox", done)
        manifest = Manifest(
            version=__version__,
            schema=stored.schema,
            made_at=now,
            master_key=stored.master_key,
            inbox_position=stored.inbox_position,
            members=tuple(writer.members),
            has_seal=True,
        )
        writer.finish(manifest)
        file.flush()
        os.fsync(file.fileno())
    return manifest


class _Stored(NamedTuple):
    """What the copy of the database says of itself."""

    schema: str
    inbox_position: int
    master_key: str


def _copied(database: Path, copy: Path, progress: Progress) -> _Stored:
    copy_database(database, copy, lambda done, _: progress("copying the database", done))
    return _stored(copy)


def _stored(copy: Path) -> _Stored:
    try:
        with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            query = "SELECT inbox_position, master_key FROM only_row"
            position, master_key = connection.execute(query).fetchone()
    except (sqlite3.Error, TypeError) as exc:
        again = "start `govnet serve` once, which brings it up to date"
        raise GovnetError(f"the database is none that this version knows: {again}") from exc
    return _Stored(str(schema), int(position), str(master_key))


def _add(writer: Writer, read: Read, master: Master) -> None:
    small = read.small
    content = read.content
    if small.is_secret:
        content = master.seal(SEALED_IN, small.name, content)
    writer.add(
        small.name,
        content,
        read.at,
        read.mode,
        was=_shown(small.path.resolve()),
        sealed=small.is_secret,
    )


def _shown(path: Path) -> str:
    """Return a path as text for people: a name may hold bytes that are none."""
    return os.fsencode(path).decode("utf-8", "replace")


def _segments(data: Path, inbox_position: int, reached: list[Read], now: float) -> list[Segment]:
    """Return the segments of the inbox that belong in it, oldest first."""
    folder = data / INBOX
    if not folder.is_dir():
        return []
    found = find_segments(folder)
    if found and found[0].base > inbox_position:
        # Retention took what the copied checkpoint needs, which only a full disk makes it do.
        raise GovnetError(f"{folder}: the disk is too full to keep what arrives; make room first")
    needed = min([inbox_position, *(_position(one) for one in reached)])
    for number, one in enumerate(found):
        if one.end > needed or one.path.stat().st_mtime >= now - REPLAY_SECONDS:
            return found[number:]
    return found[-1:]


def _position(read: Read) -> int:
    """Return what was read, not what stands there by now."""
    try:
        return msgspec.json.decode(read.content, type=Position).position
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise GovnetError(f"{read.small.path}: expected a position, found something else") from exc
