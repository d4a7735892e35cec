"""The names of backups in a folder, by their time, and which of them go."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collector.backup.archive import SUFFIX

PART: Final = ".part"
"""Behind the name of what is not finished."""
_NAME = re.compile(r"govnet-[0-9]{8}T[0-9]{6}Z" + re.escape(SUFFIX))


def file_name(at: float) -> str:
    """Return the name of a backup made at that time (Unix seconds)."""
    return f"govnet-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


def usual_folder(data: Path) -> Path:
    """Return where backups go if nobody says where: beside the data folder, never inside."""
    return Path(f"{data.resolve()}-backup")


def drop_unfinished(folder: Path) -> None:
    """Remove what a backup left that was killed; none may be under way. Raises OSError."""
    for file in folder.glob(f"govnet-*{SUFFIX}{PART}*"):
        file.unlink()


def drop_old(folder: Path, keep: int) -> list[Path]:
    """Remove the oldest backups beyond the newest `keep`; return them. Raises OSError."""
    made = sorted(file for file in folder.iterdir() if _NAME.fullmatch(file.name))
    old = made[: len(made) - keep] if len(made) > keep else []
    for file in old:
        file.unlink()
    return old
