"""Of which folders this agent may tell how old their files are: as its own file says, nobody else.

The collector's settings name files; they cannot make an agent look at what it was not set up for.
"""

from pathlib import Path

_folders: tuple[Path, ...] = ()


def allow(folders: tuple[Path, ...]) -> None:
    """Set the folders that this process may look into; none forbids it."""
    global _folders  # noqa: PLW0603 - one process has one configuration
    _folders = folders


def allowed() -> tuple[Path, ...]:
    """Return the folders that this process may look into."""
    return _folders
