"""`govnet backup` and `govnet restore`: everything a collector holds, in one file and back."""

import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_inventory_option,
    existing_data,
    utc,
)
from collector.commands.lookup import DEFAULT_DATA, find_config
from govnet.errors import ConfigError, GovnetError

if TYPE_CHECKING:
    from collector.backup.archive import Manifest
    from collector.backup.making import Source
    from collector.backup.proving import WithoutSeal
    from collector.store.vault import Vault

_KIB, _MIB = 1 << 10, 1 << 20
_SHOW_SECONDS = 0.2
_NO_SEAL = "It has no seal: nobody can tell whether it was changed after it was made."


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    _add_backup(commands)
    _add_restore(commands)


def _add_backup(commands: Commands) -> None:
    command = add_command(
        commands, "backup", "Write everything the collector holds to one file; it may run.", backup
    )
    command.usage = (
        "govnet backup [FILE | --to FOLDER [--keep N]] [--data FOLDER] [--config FILE]\n"
        "                     [--inventory FILE] [--master-key-file FILE]\n"
        "       govnet backup verify FILE [--unsealed] [--master-key-file FILE]"
    )
    command.description = (
        "Write database, the part of the inbox that is needed, certificates, configuration and "
        "inventory to one file (.tar.gz), while the collector runs; the file appears whole and "
        "verified, or not at all. Secrets in it are sealed with the master key, which is NOT in "
        "it: keep that elsewhere, without it no backup can be restored. The file as a whole has a "
        "seal by the same key. `govnet backup verify FILE` proves a file whole and, where that key "
        "is, unchanged."
    )
    command.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="where to write it (default: a name by the time, in the folder of --to); or `verify`",
    )
    command.add_argument("verified", nargs="?", metavar="FILE", help=argparse.SUPPRESS)
    command.add_argument(
        "--to",
        metavar="FOLDER",
        type=Path,
        help=f"where backups lie (default: beside the data, {DEFAULT_DATA}-backup)",
    )
    command.add_argument(
        "--keep",
        metavar="N",
        type=int,
        help="afterwards remove all but the newest N in that folder (default: keep all)",
    )
    _add_unsealed(command)
    add_inventory_option(command)
    _add_master_key(command)
    add_data(command)


def _add_restore(commands: Commands) -> None:
    command = add_command(
        commands, "restore", "Bring a backup back into an empty folder, whole or not.", restore
    )
    command.description = (
        "Bring a backup back into an empty folder. The file is proved first, before anything is "
        "written: whole, and sealed by the master key, which must lie where it is looked for. One "
        "of an older version is brought up to date, one of a newer version is refused. What is "
        "there is never written over. What happened after "
        "the backup was made is gone; agents go on by themselves."
    )
    command.add_argument("file", metavar="FILE", type=Path, help="what `govnet backup` wrote")
    command.add_argument(
        "--files",
        metavar="FOLDER",
        type=Path,
        help="an empty folder for configuration and inventory (default: beside the data,"
        f" {DEFAULT_DATA}-files)",
    )
    command.set_defaults(gives_to_owner=True)
    _add_unsealed(command)
    _add_master_key(command)
    add_data(command)


def _add_unsealed(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--unsealed",
        action="store_true",
        help="believe a backup that has no seal, as versions before the seal made it: whoever had"
        " it may have changed it (default: refuse it)",
    )


def _add_master_key(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--master-key-file",
        metavar="FILE",
        type=Path,
        help="where the master key lies (default: as the collector has it, else beside the data,"
        f" {DEFAULT_DATA}.master-key)",
    )


def backup(options: argparse.Namespace) -> int:
    """Make a backup, or verify one."""
    if options.file == "verify":
        return _verify(options)
    if options.unsealed:
        raise ConfigError(["--unsealed: expected with `verify`; what is made has a seal"])
    if options.verified is not None:
        raise ConfigError([f"{options.verified}: expected one FILE"])
    if options.file is not None and (options.to is not None or options.keep is not None):
        raise ConfigError(["FILE: expected a file, or a folder with --to and --keep, not both"])
    if options.keep is not None and options.keep < 1:
        raise ConfigError([f"--keep: expected 1 or more, got {options.keep}"])
    from collector.backup import generations  # noqa: PLC0415

    source = _source(options)
    existing_data(str(source.data))
    now = time.time()
    folder = options.to or generations.usual_folder(source.data)
    target = Path(options.file) if options.file else folder / generations.file_name(now)
    manifest, size_bytes = _made(source, target, now)
    print(f"{target}: {_size(size_bytes)}, {len(manifest.members)} files, verified")
    if options.keep is not None:
        try:
            for old in generations.drop_old(folder, options.keep):
                print(f"{old}: removed, {options.keep} newer ones are kept")
        except OSError as exc:
            raise GovnetError(f"{exc.filename}: cannot be removed: {exc.strerror or exc}") from exc
    _say_master_key(source)
    return 0


def _source(options: argparse.Namespace) -> "Source":
    """Return what is to be backed up. Raises ConfigError."""
    from collector.backup.making import Source  # noqa: PLC0415
    from collector.config import Config, load_config  # noqa: PLC0415

    file = find_config(options.config)
    config = load_config(file) if file else Config()
    config = config.over(inventory=str(options.inventory), data_dir=options.data_dir)
    master = options.master_key_file
    if master is None and config.master_key_file is not None:
        master = Path(config.master_key_file)
    return Source(Path(config.data_dir), config, file, master)


def _made(source: "Source", target: Path, now: float) -> "tuple[Manifest, int]":
    """Make it, and note for the collector how it ended."""
    from collector.backup.making import make  # noqa: PLC0415
    from collector.backup.note import note_failure, note_success  # noqa: PLC0415

    progress = _Progress()
    try:
        manifest = make(source, target, now, progress)
        size_bytes = target.stat().st_size
    except GovnetError as exc:
        # A disk that is full takes no note either; whoever called is told.
        with suppress(OSError):
            note_failure(source.data, time.time(), str(exc))
        raise
    finally:
        progress.close()
    try:
        note_success(source.data, now, target, size_bytes)
    except OSError as exc:
        raise GovnetError(f"{target}: made, but {source.data} takes no note of it: {exc}") from exc
    return manifest, size_bytes


def _say_master_key(source: "Source") -> None:
    from collector.store.database import find_vault  # noqa: PLC0415
    from collector.store.vault import is_credential  # noqa: PLC0415

    file = find_vault(source.data, source.master_key_file).file
    where = "the file its credential is loaded from" if is_credential(file) else str(file)
    print(
        f"The master key is not in it: keep a copy of {where} on paper or on a stick in a safe,"
        " apart from the backups. Without it nothing can be restored."
    )


def _verify(options: argparse.Namespace) -> int:
    """Prove a backup whole and, where the master key is, unchanged."""
    if options.verified is None:
        raise ConfigError(["verify: expected the FILE of a backup"])
    from collector.backup.proving import prove  # noqa: PLC0415

    file, vault = Path(options.verified), _vault_at_hand(options)
    progress = _Progress()
    try:
        manifest = prove(file, vault, progress, without_seal=_without_seal(options))
    finally:
        progress.close()
    print(
        f"{file}: whole; made {utc(manifest.made_at)} by govnet {manifest.version},"
        f" schema {manifest.schema}, {len(manifest.members)} files"
    )
    if not manifest.has_seal:
        print(_NO_SEAL)
    elif vault is None:
        print(
            f"NOT proved unchanged: the master key {manifest.master_key} is not here; on the"
            " machine that has it, or with --master-key-file, it is proved"
        )
    else:
        print(f"Unchanged since it was sealed with the master key {manifest.master_key}.")
    return 0


def _vault_at_hand(options: argparse.Namespace) -> "Vault | None":
    """Return the vault whose master key is here; None: nobody named one and there is none."""
    from collector.store.database import find_vault  # noqa: PLC0415
    from collector.store.vault import read_master  # noqa: PLC0415

    source = _source(options)
    vault = find_vault(source.data, source.master_key_file)
    if options.master_key_file is None and read_master(vault.file) is None:
        return None
    return vault


def _without_seal(options: argparse.Namespace) -> "WithoutSeal":
    from collector.backup.proving import WithoutSeal  # noqa: PLC0415

    return WithoutSeal.ACCEPTED if options.unsealed else WithoutSeal.REFUSED


def restore(options: argparse.Namespace) -> int:
    """Restore into an empty folder and say what comes next."""
    from collector.backup.restoring import places, restore  # noqa: PLC0415

    data = Path(options.data_dir)
    files = options.files or Path(f"{data.resolve()}-files")
    progress = _Progress()
    try:
        done = restore(
            *(options.file, data, files, options.master_key_file, progress),
            without_seal=_without_seal(options),
        )
    finally:
        progress.close()
    made_at = utc(done.manifest.made_at)
    print(f"{data}: restored as it was at {made_at}; {done.agents} agents with their keys")
    if not done.manifest.has_seal:
        print(_NO_SEAL)
    if done.files is not None:
        print("Configuration and inventory, and where they were:")
        for now, was in places(done.manifest, done.files):
            print(f"  {now}  ({was})")
    print(
        f"Gone is what happened after {made_at}: machines enrolled since must enrol again, and what"
        " was revoked, approved, changed or signed off since is to be done again."
        " Agents go on by themselves; what they still hold arrives."
    )
    print(f"Next: put the configuration in its place, start `govnet serve --data {data} ...`, then")
    print("`govnet doctor`.")
    return 0


class _Progress:
    """One line on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._at = 0.0

    def __call__(self, what: str, done_bytes: int) -> None:
        now = time.monotonic()
        if self._is_shown and now >= self._at + _SHOW_SECONDS:
            self._at = now
            print(f"\r\x1b[K{what}: {_size(done_bytes)}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Clear the line."""
        if self._is_shown and self._at:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _size(number: int) -> str:
    return f"{number / _MIB:.1f} MiB" if number >= _MIB else f"{number / _KIB:.1f} KiB"
