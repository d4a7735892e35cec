"""Which `collector.toml` a command works by, and so on which data folder and inventory.

The first of these that is there: `--config`, the file that the environment names, the folder's own,
that of an installed centre. What the command line says stands in front of it.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from govnet.errors import ConfigError

ENVIRONMENT: Final = "GOVNET_CONFIG"
HERE: Final = Path("collector.toml")
INSTALLED: Final = Path("/etc/govnet/collector.toml")
DEFAULT_INVENTORY: Final = "inventory.yaml"
DEFAULT_DATA: Final = "govnet-data"


def find_config(given: Path | None) -> Path | None:
    """Return the file of options to use, None: there is none, the defaults hold.

    One that was named is returned even if it is not there: reading it says so. Raises ConfigError
    for one that this user may not read, or that another user laid in the folder.
    """
    named = os.environ.get(ENVIRONMENT)
    file = given or (Path(named) if named else None)
    if file is None:
        file = next((file for file in (HERE, INSTALLED) if _is_there(file)), None)
        if file == HERE:
            _refuse_laid(HERE)
    if file is not None:
        _refuse_stranger(file)
    return file


def complete(options: argparse.Namespace) -> None:
    """Give a command the data folder and the inventory that its line does not name.

    Raises ConfigError: a file of options with mistakes, a folder of another user.
    """
    given = vars(options)
    lacking = [name for name in ("data_dir", "inventory") if name in given and given[name] is None]
    if lacking:
        file = find_config(options.config)
        if file is None:
            found = {"data_dir": DEFAULT_DATA, "inventory": Path(DEFAULT_INVENTORY)}
        else:
            from collector.config import load_config  # noqa: PLC0415 - loads much, seldom needed

            config = load_config(file)
            found = {"data_dir": config.data_dir, "inventory": Path(config.inventory)}
        given |= {name: found[name] for name in lacking}
        given["config"] = file
    if given.get("data_dir") is not None:
        _refuse_stranger(Path(options.data_dir))
        # `backup verify FILE` only reads a file that root brought.
        if not given.get("gives_to_owner") and given.get("file") != "verify":
            _warn_root(Path(options.data_dir))


def _is_there(file: Path) -> bool:
    """Whether there is such a file, be it one that this user may not see."""
    try:
        return file.is_file()
    except PermissionError:
        return True


def _refuse_laid(file: Path) -> None:
    """Raise ConfigError for a file that somebody else laid where the command happens to be called.

    It names the folder that is worked on, and files whose content is sent to an address.
    """
    try:
        owners = {status.st_uid for status in (file.stat(), file.lstat())}
    except PermissionError:
        return  # What may not even be looked at is refused as a stranger's.
    if not owners <= {0, os.geteuid()}:
        found = f"{file.absolute()}: belongs to another user ({_owner(file) or 'root'})"
        raise ConfigError([f"{found}; if it is meant, name it with --config {file}"])


def _refuse_stranger(path: Path) -> None:
    """Raise ConfigError for a file or folder that only another user may use."""
    try:
        is_usable = not path.exists() or os.access(path, _wanted(path), effective_ids=True)
    except PermissionError:
        is_usable = False
    if not is_usable:
        owner = _owner(path)
        as_whom = f"as its user: `sudo -u {owner} govnet ...`" if owner else "as root, with sudo"
        raise ConfigError([f"{path}: this user may not use it; run the command {as_whom}"])


def _wanted(path: Path) -> int:
    return os.R_OK | os.W_OK | os.X_OK if path.is_dir() else os.R_OK


def _owner(path: Path) -> str:
    """Return the user to whom a path belongs, or the nearest folder that can be seen; "": root."""
    for place in (path, *path.absolute().parents):
        try:
            owner = place.owner()
        except (OSError, KeyError):
            continue
        return _SERVICE_USER if owner == "root" and INSTALLED.parent in path.parents else owner
    return ""


_SERVICE_USER: Final = "govnet"
"""Who owns the data of an installed centre; its options belong to root and may be read by it."""


def _warn_root(data: Path) -> None:
    """Say that files which root makes in another user's folder can stop its collector."""
    if os.geteuid() == 0 and data.is_dir() and data.stat().st_uid != 0:
        owner = _owner(data)
        print(
            f"{data}: belongs to {owner}; better `sudo -u {owner} govnet ...`, which leaves no "
            "file there that only root may read",
            file=sys.stderr,
        )
