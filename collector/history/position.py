"""How far a receiver has everything: a small file, replaced as a whole."""

from pathlib import Path

import msgspec

from govnet.disk import replace_file
from govnet.errors import ConfigError


class Position(msgspec.Struct, frozen=True):
    """The inbox position up to which a receiver acknowledged everything."""

    position: int


class PositionFile:
    """The file of one receiver."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> int | None:
        """Return the position, None if there is none yet.

        Raises ConfigError for a file that holds no position: better asked than sent anew.
        """
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise ConfigError([f"{self._path}: cannot be read: {exc.strerror or exc}"]) from exc
        try:
            return msgspec.json.decode(raw, type=Position).position
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            problem = f"{self._path}: expected a position, got {raw[:80]!r}; remove the file to"
            raise ConfigError([f"{problem} send again what the inbox still has"]) from exc

    def save(self, position: int) -> None:
        """Replace the file, durably. Raises OSError when the disk refuses."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self._path, msgspec.json.encode(Position(position)))
