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


def note_trust(data: Path, name: str, ca_file: Path | None) -> None:
    """Note by which name of its certificate, and which CA, commands know the collector.

    `name` is "" without TLS; without a CA the usual ones vouch for it.
    """
    _write_private(data / "local-tls", f"{name}\n{ca_file.resolve() if ca_file else ''}")


def local_trust(data: Path) -> tuple[str, Path | None]:
    """Return what `note_trust` noted. Raises ConfigError."""
    name, _, ca_file = _read(data / "local-tls", "").partition("\n")
    return name.strip(), Path(ca_file.strip()) if ca_file.strip() else None


def local_url(data: Path) -> str:
    """Return where the collector listens, its default if it never ran."""
    return _read(data / "local-url", f"http://{DEFAULT_LISTEN}").strip()


def public_url(data: Path) -> str:
    """Return how agents and browsers reach the collector, its default if it never ran."""
    return _read(data / "url", f"http://{DEFAULT_LISTEN}").strip()


def _read(path: Path, usual: str) -> str:
    """Return what was noted, `usual` if nothing was. Raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return usual
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc
    except UnicodeDecodeError as exc:
        again = "start the collector again, which writes it"
        raise ConfigError([f"{path}: expected a text, found something else: {again}"]) from exc


def _write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all, unless it says that already.

    So a collector starts on a disk that is full. Raises ConfigError.
    """
    content = (text + "\n").encode()
    draft = path.with_suffix(".new")
    try:
        if path.exists() and path.read_bytes() == content:
            return
        draft.unlink(missing_ok=True)
        draft.touch(mode=_PRIVATE)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be written: {exc.strerror or exc}"]) from exc
