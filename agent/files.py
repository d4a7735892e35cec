"""Small files of the agent's state folder, replaced whole so that a power cut leaves old or new."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` durably and put it in the place of `path` in one step, readable by us only.

    Raises OSError if the disk refuses it; the old file is then intact.
    """
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600
    )
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
