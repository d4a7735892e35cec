"""Whether standard error is systemd's journal, and how lines tell it their importance."""

import logging
import os
from typing import Final, TextIO

_STEPS: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG: Final = 7


def is_journal(stream: TextIO) -> bool:
    """Whether what is written there goes to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    named = os.environ.get("JOURNAL_STREAM")
    if named is None:
        return False
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{status.st_dev}:{status.st_ino}"


def severity(level: int) -> int:
    """Return the severity (RFC 5424, 6.2.1) of a level of `logging`.

    2 critical, 3 error, 4 warning, 6 informational, 7 debug.
    """
    return next((number for least, number in _STEPS if level >= least), _DEBUG)


class PriorityLines(logging.Formatter):
    """Another formatter's lines, each with its importance in front (sd-daemon(3)): `<4>...`."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines; without it the journal takes all of them as informational."""
        number = severity(record.levelno)
        return "\n".join(f"<{number}>{line}" for line in self._inner.format(record).split("\n"))
