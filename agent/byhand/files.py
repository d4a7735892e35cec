"""Certificates that a person gives as files."""

from pathlib import Path

from govnet.errors import CheckError

_LIMIT_BYTES = 1 << 20


def read_pem(path: Path) -> str:
    """Return the text of a PEM file. Raises CheckError if it cannot be read."""
    try:
        with path.open(encoding="ascii") as file:
            return file.read(_LIMIT_BYTES)
    except (OSError, UnicodeError) as exc:
        raise CheckError(f"không đọc được {path} như tệp PEM: {exc}") from exc
