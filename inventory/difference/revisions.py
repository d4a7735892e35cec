"""The inventory as git had it at a revision: the whole folder, so that its includes are of then.

git is a program that is there or not; nothing else here or in govnet needs it.
"""

import io
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from govnet.errors import ConfigError
from inventory import model
from inventory.files import MAX_FILE_BYTES
from inventory.load import load
from inventory.problems import shown

TIMEOUT_SECONDS: Final = 60.0
MAX_BYTES: Final = 256 * 1024 * 1024
"""Of all files beside and below the inventory; they are in memory once."""
_LINK: Final = "120000"
"""The mode of a symbolic link in git."""


def load_revision(path: Path, revision: str) -> model.Inventory:
    """Return the inventory that the file `path` was at a revision, like `HEAD~3`.

    Raises ConfigError where git is missing, the folder is in no repository, the revision is not
    known or had no such file, and with every mistake that the inventory had then, its places
    named `REVISION:file`.
    """
    if revision.startswith(("-", "^")):
        raise ConfigError([f"--since: expected a revision, got {shown(revision)}"])
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ConfigError([f"{path.as_posix()}: expected a file in a folder, got no such folder"])
    commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        _git_or_raise(folder, "rev-parse", "--git-dir")  # Says if there is no repository.
        expected = f"expected a revision that git knows in {folder.as_posix()}"
        raise ConfigError([f"--since: {expected}, got {shown(revision)}"])
    names = _files(folder, commit.decode().strip())
    contents = _contents(folder, names.values())
    with tempfile.TemporaryDirectory(prefix="govnet-") as made:
        for name, content in zip(names, contents, strict=True):
            copied = Path(made) / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(content)
        copy = Path(made) / path.name
        if not copy.is_file():
            expected = f"expected it at the revision {shown(revision)}"
            raise ConfigError([f"{path.as_posix()}: {expected}, got no such file"])
        try:
            return load(copy)
        except ConfigError as exc:
            folder_of_then = f"{Path(made).as_posix()}/"
            raise ConfigError(
                [line.replace(folder_of_then, f"{revision}:") for line in exc.problems]
            ) from exc


def _files(folder: Path, commit: str) -> dict[str, str]:
    """Return the files of a folder that an inventory may hold, by path within it: their objects.

    No links, no submodules, nothing larger than a file of an inventory. git's own names lead
    nowhere else.
    """
    found: dict[str, str] = {}
    total = 0
    listed = _git_or_raise(folder, "ls-tree", "-r", "-z", "-l", commit, "--", ".")
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        about, _, name = line.partition("\t")
        mode, kind, digest, size = about.split()
        if kind == "blob" and mode != _LINK and int(size) <= MAX_FILE_BYTES:
            found[name] = digest
            total += int(size)
    if total > MAX_BYTES:
        hint = "keep the inventory in a folder of its own"
        got = f"{total:,} bytes in {len(found):,} files"
        expected = f"expected at most {MAX_BYTES:,} bytes in {folder.as_posix()}"
        raise ConfigError([f"--since: {expected}, got {got} ({hint})"])
    return found


def _contents(folder: Path, digests: Iterable[str]) -> Iterator[bytes]:
    """Yield the objects as they were committed.

    Unlike `git archive` this runs no filter that a repository names, and leaves nothing out.
    """
    asked = "".join(f"{digest}\n" for digest in digests).encode()
    answer = io.BytesIO(_git_or_raise(folder, "cat-file", "--batch", asked=asked))
    while head := answer.readline():
        yield answer.read(int(head.split()[-1]))
        answer.read(1)


def _git_or_raise(folder: Path, *arguments: str, asked: bytes = b"") -> bytes:
    """Return what git prints. Raises ConfigError with what it complains of."""
    done = _run(folder, arguments, asked)
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


def _run(
    folder: Path, arguments: tuple[str, ...], asked: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", folder.as_posix(), *arguments],
            input=asked,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
            # Of a repository that has only some of its objects: nothing is asked of elsewhere.
            env=os.environ | {"GIT_NO_LAZY_FETCH": "1"},
        )
    except ValueError as exc:  # A revision with a NUL.
        raise ConfigError([f"--since: expected a revision, got one that is none: {exc}"]) from exc
    except FileNotFoundError as exc:
        hint = 'on Debian "apt install git"'
        raise ConfigError([f"--since: expected the program git, got none ({hint})"]) from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise ConfigError([f"--since: git cannot be used: {exc}"]) from exc
