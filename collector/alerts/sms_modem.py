"""Handing a text message to the program that owns the modem: gammu or smstools.

Both queue it on disk and send it when the modem can; that it was queued is all we know.
"""

import os
import secrets
import subprocess
from pathlib import Path
from typing import Final, Protocol

from govnet.errors import GovnetError

GAMMU_SECONDS: Final = 20.0
DEFAULT_SPOOL: Final = Path("/var/spool/sms/outgoing")
_LONG: Final = "400"
"""Most characters that gammu reads; without it more than one part is refused."""


class Modem(Protocol):
    """Takes a text message for a number."""

    def send(self, number: str, text: str) -> None:
        """Queue a text message. Raises GovnetError."""


class Gammu:
    """`gammu-smsd-inject` of Gammu's SMS daemon, configured in /etc/gammu-smsdrc."""

    def __init__(self, config: Path | None = None) -> None:
        self._options = [] if config is None else ["-c", str(config)]

    def send(self, number: str, text: str) -> None:
        """Queue a text message. Raises GovnetError."""
        unicode = [] if text.isascii() else ["-unicode"]
        command = [
            *("gammu-smsd-inject", *self._options, "TEXT", number),
            *(*unicode, "-len", _LONG, "-text", text),
        ]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=GAMMU_SECONDS,
                check=False,
                # Gammu reads the text in the letters of the locale.
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            )
        except OSError as exc:
            raise GovnetError(f"gammu-smsd-inject: cannot be started: {exc.strerror}") from exc
        except subprocess.TimeoutExpired as exc:
            raise GovnetError(f"gammu-smsd-inject: no end in {GAMMU_SECONDS:g} s") from exc
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-300:]
            raise GovnetError(f"gammu-smsd-inject: status {done.returncode}: {said}")


class Smstools:
    """Files for the daemon of SMS Server Tools 3, which takes them from `outgoing`."""

    def __init__(self, spool: Path = DEFAULT_SPOOL) -> None:
        self._spool = spool

    def send(self, number: str, text: str) -> None:
        """Queue a text message. Raises GovnetError."""
        alphabet = "ISO" if text.isascii() else "UTF"
        content = f"To: {number.removeprefix('+')}\nAlphabet: {alphabet}\n\n{text}\n"
        name = f"govnet-{secrets.token_hex(8)}"
        # Beside the spool, on the same disk: the daemon must not take a file half written.
        draft = self._spool.parent / f".{name}"
        try:
            draft.write_text(content, encoding="utf-8", newline="\n")
            draft.chmod(0o660)
            draft.rename(self._spool / name)
        except OSError as exc:
            draft.unlink(missing_ok=True)
            raise GovnetError(f"{self._spool}: cannot be written: {exc.strerror}") from exc
