"""When a file was last written, or the newest of a folder: a station's data that arrives as files.

Names and contents are not read, and nothing of them is given back.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from agent.probe.trace import Trace, silent
from govnet.errors import CheckError

MAX_ENTRIES = 20_000
"""Files of a folder that are looked at; one with more is an error, not a long wait."""


def newest(url: str, folders: Sequence[Path], trace: Trace = silent) -> float | None:
    """Return when the file at a `file://` URL was written (Unix time, this machine's clock).

    Of a folder (the path ends with `/`) the newest file itself counts, not those in folders below.
    None where there is none yet. Raises CheckError for what does not lie in one of `folders`, links
    followed, for a folder that is not there, and for what this account may not see.
    """
    # Loaded here because it brings the whole HTTP client with it.
    from urllib.request import url2pathname  # noqa: PLC0415

    parts = urlsplit(url)
    path = Path(url2pathname(parts.path))
    if parts.scheme != "file" or parts.netloc or not path.is_absolute():
        raise CheckError(f"expected file:///FOLDER/ or file:///FILE, got {url!r}")
    try:
        real = path.resolve()
        allowed = any(real.is_relative_to(folder.resolve()) for folder in folders)
        if not allowed:
            raise CheckError(f"{path} lies in no folder of [files] in this agent's agent.toml")
        return _newest_of(real, trace) if parts.path.endswith("/") else _written_at(real)
    except (OSError, ValueError) as exc:
        raise CheckError(f"{path} cannot be seen: {exc}") from exc


def _newest_of(folder: Path, trace: Trace) -> float | None:
    moments: list[float] = []
    number = 0
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries, 1):
            if number > MAX_ENTRIES:
                raise CheckError(f"{folder} has more than {MAX_ENTRIES} entries")
            if entry.is_file(follow_symlinks=False):
                written_at = _written_at(Path(entry.path))
                moments += [written_at] if written_at is not None else []
    trace(f"looked at {number} entries, {len(moments)} of them files")
    return max(moments, default=None)


def _written_at(file: Path) -> float | None:
    """Return when a file was written, None if there is none, or none any more."""
    try:
        return file.lstat().st_mtime
    except FileNotFoundError:
        return None
