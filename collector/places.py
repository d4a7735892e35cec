"""Small files of the data folder by which commands find the running collector."""

import secrets
from pathlib import Path

from collector.config import DEFAULT_LISTEN
from govnet.errors import ConfigError

_PRIVATE = 0o600


def operator_token_file(data: Path) -> Path:
    """Return the file of the bearer token for commands on this machine."""
    return data / "operator-token"


def ensure_operator_token(data: Path) -> Path:
    """Make the operator's token at the first start; return its file."""
    path = operator_token_file(data)
    if not path.exists():
        _write_private(path, secrets.token_hex(32))
    return path


def note_urls(data: Path, local: str, public: str) -> None:
    """Note where the collector listens, and how others reach it."""
    _write_private(data / "local-url", local)
    _write_private(data / "url", public)


def local_url(data: Path) -> str:
    """Return where the collector listens, its default if it never ran."""
    return _read(data / "local-url")


def public_url(data: Path) -> str:
    """Return how agents and browsers reach the collector, its default if it never ran."""
    return _read(data / "url")


def ca_pem(data: Path, ca_file: Path | None = None) -> bytes | None:
    """Return the certificate of the CA by which agents trust the collector, None if it has none.

    Raises ConfigError if the file that was named cannot be read.
    """
    path = ca_file or data / "tls" / "ca.pem"
    try:
        return path.read_bytes()
    except OSError as exc:
        if ca_file is None and isinstance(exc, FileNotFoundError):
            return None
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return f"http://{DEFAULT_LISTEN}"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=_PRIVATE)
    draft.write_text(text + "\n", encoding="ascii")
    draft.replace(path)
