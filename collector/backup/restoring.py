"""Bringing a backup back into an empty folder, whole or not at all.

1. The file is proved before anything is written: whole, of a version that is known, and sealed by
   the master key that is here.
2. It is unpacked into folders beside the wanted ones, which may be on different disks, and proved
   again on the way: it could have been replaced meanwhile.
3. What is older than this version is brought up to date there.
4. What is sealed in it is opened, and one of the agents' keys.
5. Only then the folders take their names.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from collector.backup.archive import DATABASE_NAME, Manifest, Member, Progress, Reader
from collector.backup.making import SEALED_IN
from collector.backup.proving import WithoutSeal, master_of, prove, sealer
from collector.store.database import open_store
from collector.store.migrating import COPIES, is_known_schema
from collector.store.tables import agent_keys
from collector.store.vault import Master, Vault, credential_file
from govnet import __version__
from govnet.disk import Disk, private_opener
from govnet.errors import ConfigError, GovnetError

DATA, FILES = "data", "files"
_DRAFT = ".restoring"


class Restored(NamedTuple):
    """What was brought back, and where its configuration lies; None: there was none in it."""

    manifest: Manifest
    agents: int
    files: Path | None


def restore(
    file: Path,
    data: Path,
    files: Path,
    master_key_file: Path | None,
    progress: Progress,
    *,
    without_seal: WithoutSeal = WithoutSeal.REFUSED,
) -> Restored:
    """Restore into the folder `data`, and configuration and inventory into `files`.

    Both must be empty or not there. Raises ConfigError, GovnetError: then nothing was changed.
    """
    data, files = data.resolve(), files.resolve()
    vault = Vault(master_key_file or credential_file() or Path(f"{data}.master-key"))
    try:
        for folder, other in ((data, files), (files, data)):
            _require_empty(folder)
            if folder.is_relative_to(other):
                raise ConfigError([f"{folder}: expected a folder that is not in {other}"])
        manifest = prove(file, vault, progress, without_seal=without_seal)
        _refuse_newer(file, manifest)
        master = master_of(file, vault, manifest.master_key)
        with _draft_of(data) as data_draft, _draft_of(files) as files_draft:
            drafts = {DATA: data_draft, FILES: files_draft}
            with Reader.opened(file) as reader:
                _unpack(reader, drafts, progress)
                if reader.proved(sealer(reader, vault, without_seal)) != manifest:
                    raise ConfigError([f"{file}: was replaced while it was restored; try again"])
            _unseal(file, drafts, manifest, master)
            agents = _bring_up_to_date(data_draft, vault)
            has_files = any(_is_configuration(member) for member in manifest.members)
            if has_files:
                _take_place(files_draft, files)
            try:
                _take_place(data_draft, data)
            except OSError:
                if has_files:
                    shutil.rmtree(files)
                raise
    except OSError as exc:
        raise GovnetError(f"{exc.filename or data}: {exc.strerror or exc}") from exc
    return Restored(manifest, agents, files if has_files else None)


def _require_empty(folder: Path) -> None:
    if folder.is_mount():
        expected = "expected a folder that can be renamed, found a disk that is mounted there"
        raise ConfigError([f"{folder}: {expected}: name a folder in it"])
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        expected = "expected an empty folder or none: what is there is never written over"
        hint = f"move it away first (mv {folder} {folder}.old), or name another folder"
        raise ConfigError([f"{folder}: {expected}; {hint}"])


@contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """Give a folder beside the wanted one; whatever is left in it at the end is removed."""
    draft = folder.with_name(folder.name + _DRAFT)
    # What a restore left that was killed.
    shutil.rmtree(draft, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft.mkdir(mode=0o700)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _unpack(reader: Reader, drafts: Mapping[str, Path], progress: Progress) -> None:
    """Write every member into its draft, durably."""
    done = 0
    for found in reader.members():
        path = _draft_path(drafts, found.name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "xb", opener=private_opener) as target:
            for chunk in found.content():
                target.write(chunk)
                done += len(chunk)
                progress("unpacking", done)
            target.flush()
            os.fsync(target.fileno())
        # By it the collector tells how old a part of its inbox is.
        os.utime(path, (found.at, found.at))
        path.chmod(found.mode)


def _draft_path(drafts: Mapping[str, Path], member: str) -> Path:
    """Return where a member lies in the draft of its folder."""
    top, _, below = member.partition("/")
    return drafts[top] / below


def _refuse_newer(file: Path, manifest: Manifest) -> None:
    if DATABASE_NAME not in {member.name for member in manifest.members}:
        raise ConfigError([f"{file}: expected a database in it, there is none"])
    if not is_known_schema(manifest.schema):
        made = f"it was made by govnet {manifest.version} (schema {manifest.schema})"
        hint = f"install that version or a newer one, this is {__version__}"
        raise ConfigError([f"{file}: {made}: {hint}"])


def _unseal(file: Path, drafts: Mapping[str, Path], manifest: Manifest, master: Master) -> None:
    """Open what is sealed, in its place. Raises ConfigError for what another key sealed."""
    for member in manifest.members:
        path = _draft_path(drafts, member.name)
        if member.sealed:
            try:
                content = master.open(SEALED_IN, member.name, path.read_bytes())
            except (InvalidTag, ValueError) as exc:
                problem = f"{file}: {member.name!r} is not what the master key sealed"
                raise ConfigError([problem]) from exc
            at = path.stat().st_mtime
            with path.open("r+b") as target:
                target.write(content)
                target.truncate()
                target.flush()
                os.fsync(target.fileno())
            os.utime(path, (at, at))


def _bring_up_to_date(data: Path, vault: Vault) -> int:
    """Migrate the database and open one key of it; return how many agents have one."""
    with closing(open_store(data, vault.file)) as store:
        with store.read() as connection:
            rows = connection.execute(select(agent_keys)).all()
        if rows:
            store.vault.open(rows[0].agent, rows[0].id, rows[0].secret)
    # The copy from before a migration: the backup itself is one.
    shutil.rmtree(data / COPIES, ignore_errors=True)
    return len({row.agent for row in rows})


def _take_place(draft: Path, folder: Path) -> None:
    """Let the draft be the folder, owned as an empty one that was there."""
    if folder.exists():
        status = folder.stat()
        if os.geteuid() == 0:
            for path in (draft, *draft.rglob("*")):
                os.chown(path, status.st_uid, status.st_gid)
        draft.chmod(status.st_mode & 0o7777)
    for path in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
        Disk().sync_directory(path)
    draft.rename(folder)
    Disk().sync_directory(folder.parent)


def places(manifest: Manifest, files: Path) -> list[tuple[Path, str]]:
    """Return where each file of the configuration lies now, and where it lay."""
    return [
        (files / member.name.removeprefix(f"{FILES}/"), member.was)
        for member in manifest.members
        if _is_configuration(member)
    ]


def _is_configuration(member: Member) -> bool:
    return member.name.startswith(f"{FILES}/")
