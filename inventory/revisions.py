"""The inventory as git had it at a revision: the whole folder, so that its includes are of then.

git is a program that is there or not; nothing else here or in govnet needs it.
"""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from govnet.errors import ConfigError
from inventory import model
from inventory.load import load

TIMEOUT_SECONDS: Final = 60.0


def load_revision(path: Path, revision: str) -> model.Inventory:
    """Return the inventory that the file `path` was at a revision, like `HEAD~3`.

    Raises ConfigError where git is missing, the folder is in no repository, the revision is not
    known or had no such file, and with every mistake that the inventory had then, its places
    named `REVISION:file`.
    """
    if revision.startswith("-"):
        raise ConfigError([f'--since: expected a revision, got "{revision}"'])
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ConfigError([f"{path.as_posix()}: expected a file in a folder, got no such folder"])
    commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        _git_or_raise(folder, "rev-parse", "--git-dir")  # Says if there is no repository.
        expected = f"expected a revision that git knows in {folder.as_posix()}"
        raise ConfigError([f'--since: {expected}, got "{revision}"'])
    archive = _git_or_raise(folder, "archive", "--format=tar", commit.decode().strip(), "--", ".")
    with tempfile.TemporaryDirectory(prefix="govnet-") as made:
        _unpack(archive, Path(made))
        copy = Path(made) / path.name
        if not copy.is_file():
            raise ConfigError(
                [f'{path.as_posix()}: expected it at the revision "{revision}", got no such file']
            )
        try:
            return load(copy)
        except ConfigError as exc:
            folder_of_then = f"{Path(made).as_posix()}/"
            raise ConfigError(
                [line.replace(folder_of_then, f"{revision}:") for line in exc.problems]
            ) from exc


def _unpack(archive: bytes, folder: Path) -> None:
    """Write the files of an archive of git; git's own names lead nowhere else."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())


def _git_or_raise(folder: Path, *arguments: str) -> bytes:
    """Return what git prints. Raises ConfigError with what it complains of."""
    done = _run(folder, arguments)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0] if said else f"exit status {done.returncode}"
        hint = "docs/inventory.md, History in git"
        raise ConfigError([f"--since: expected a folder that git keeps, got: {reason} ({hint})"])
    return done.stdout


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints, None if it failed."""
    done = _run(folder, arguments)
    return done.stdout if done.returncode == 0 else None


def _run(folder: Path, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", folder.as_posix(), *arguments],
            capture_output=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except FileNotFoundError as exc:
        hint = 'on Debian "apt install git"'
        raise ConfigError([f"--since: expected the program git, got none ({hint})"]) from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise ConfigError([f"--since: git cannot be used: {exc}"]) from exc
