"""Certificates that a person gives as files."""

from pathlib import Path

from govnet.errors import ConfigError

_LIMIT_BYTES = 1 << 20
_BEGIN = "-----BEGIN CERTIFICATE-----"


def read_pem(option: str, path: Path) -> str:
    """Return the text of a PEM file.

    Raises ConfigError, naming the option, for one that cannot be read or holds no certificate.
    """
    expected = f"{option}: expected a PEM file with a certificate, got {str(path)!r}"
    try:
        with path.open(encoding="ascii") as file:
            text = file.read(_LIMIT_BYTES)
    except (OSError, UnicodeError) as exc:
        raise ConfigError([f"{expected}: {exc}"]) from exc
    if _BEGIN not in text:
        raise ConfigError([f"{expected}: no {_BEGIN!r} in it"])
    return text
