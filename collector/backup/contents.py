"""What belongs in a backup beside database and inbox: small files of data and configuration.

What opens something by itself is sealed with the master key, so that a backup that is stolen opens
nothing. The master key is never among them.
"""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from collector.config import Config, tables
from collector.places import operator_token_file
from collector.tls.folder import FOLDER as TLS
from govnet.errors import GovnetError
from inventory.files import MAX_FILE_BYTES, read_sources
from inventory.problems import Problems

HISTORY: Final = "history"
INBOX: Final = "inbox"
_PLAIN_DATA: Final = ("digest-sent",)
_OUTSIDE: Final = "elsewhere"


class Small(NamedTuple):
    """A file by its name in the backup; `is_secret`: it is sealed there."""

    name: str
    path: Path
    is_secret: bool = False


class Read(NamedTuple):
    """A small file as it was read, last written at `at` (Unix seconds), and its permissions."""

    small: Small
    content: bytes
    at: float
    mode: int


def positions(data: Path) -> list[Small]:
    """Return the files that say how far each receiver of history has everything."""
    return [
        Small(f"data/{HISTORY}/{file.name}", file)
        for file in sorted((data / HISTORY).glob("*.json"))
    ]


def small_files(data: Path, config: Config, config_file: Path | None) -> list[Small]:
    """Return the other files: of the data folder, and what the configuration names.

    Addresses and notes that a start writes anew do not belong to them.
    """
    found = [Small(f"data/{name}", data / name) for name in _PLAIN_DATA]
    found.append(Small("data/operator-token", operator_token_file(data), is_secret=True))
    found += [
        Small(f"data/{TLS}/{file.name}", file, is_secret=file.name != "ca.pem")
        for file in sorted((data / TLS).glob("*.pem"))
    ]
    inventory = Path(config.inventory)
    base = (config_file or inventory).parent
    if config_file is not None:
        found.append(Small(_name(config_file, base), config_file))
    found += [Small(_name(file, base), file) for file in _of_the_inventory(inventory)]
    found += [Small(_name(file, base), file, secret) for file, secret in _named(config)]
    present = {one.path.resolve(): one for one in found if one.path.is_file()}
    return list(present.values())


def read_all(files: Iterable[Small], never: Iterable[Path]) -> list[Read]:
    """Read them, again until two readings agree: files that belong together change together.

    A file of `never` is left out whatever names it. Raises GovnetError, OSError.
    """
    kept_out = {path.resolve() for path in never}
    wanted = [one for one in files if one.path.resolve() not in kept_out]
    before = _read(wanted)
    for _ in range(_READINGS):
        after = _read(wanted)
        if after == before:
            return after
        before = after
    raise GovnetError("the configuration is being changed all the time; try again")


_READINGS: Final = 5


def _read(files: Iterable[Small]) -> list[Read]:
    found = []
    for one in files:
        if (status := one.path.stat()).st_size > MAX_FILE_BYTES:
            raise GovnetError(f"{one.path}: expected a small file, it has {status.st_size} bytes")
        mode = stat.S_IMODE(status.st_mode) & 0o777
        found.append(Read(one, one.path.read_bytes(), status.st_mtime, mode))
    return found


def _of_the_inventory(top: Path) -> Iterator[Path]:
    """Yield the top file, even with mistakes, and the files that it includes."""
    yield top
    sources = read_sources(top, Problems())
    for written in (sources.files if sources else {}).values():
        yield written.path


def _named(config: Config) -> Iterator[tuple[Path, bool]]:
    """Yield the files that the configuration names, and whether each is a secret.

    All are secrets but the CAs that are trusted. The master key is never among them.
    """
    for table in (config, *(table for _, table in tables(config))):
        for option in table.__struct_fields__:
            if option == "file" or (option.endswith("_file") and option != "master_key_file"):
                path = getattr(table, option)
                if path is not None:
                    yield Path(path), not option.endswith("ca_file")


def _name(path: Path, base: Path) -> str:
    """Return the name in the backup: as it lies to `base`, so that it fits together again."""
    whole = path.resolve()
    if whole.is_relative_to(base.resolve()):
        return f"files/{whole.relative_to(base.resolve()).as_posix()}"
    return f"files/{_OUTSIDE}/{whole.relative_to(whole.anchor).as_posix()}"
