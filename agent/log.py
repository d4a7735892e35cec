"""How the agent logs: one line per event, foreign data quoted, a lasting fault said once."""

import json
import logging
import sys
import time

from govnet.journald import PriorityLines, is_journal

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class FieldFormatter(logging.Formatter):
    """Writes `time level event key=value ...` from the `extra` fields of a log call."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; a traceback, if there is one, follows it."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        fields = "".join(
            f" {name}={_field(value)}"
            for name, value in record.__dict__.items()
            if name not in _STANDARD
        )
        line = f"{at} {record.levelname.lower()} {record.getMessage()}{fields}"
        if not record.exc_info:
            return line
        # Indented: what a remote side said in an exception can forge no line of ours.
        return "\n  ".join([line, *self.formatException(record.exc_info).splitlines()])


def _field(value: object) -> str:
    """Return a value on one line: bare if it is a plain word, else as a JSON string."""
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(' "=\\') & set(text)
    return text if plain and text else json.dumps(text, ensure_ascii=not text.isprintable())


def start_logging(level: int) -> None:
    """Send the agent's log to standard error; a service manager keeps and rotates it."""
    handler = logging.StreamHandler(sys.stderr)
    lines = FieldFormatter()
    handler.setFormatter(PriorityLines(lines) if is_journal(sys.stderr) else lines)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


class Fault:
    """A fault that may last: logged when it appears or changes, and when it is over.

    A line that is down for a weekend is two log lines and not 3,000.
    """

    __slots__ = ("_log", "_present", "_subject")

    def __init__(self, log: logging.Logger, subject: str) -> None:
        self._log = log
        self._subject = subject
        self._present: str | None = None

    def appeared(self, kind: str, detail: object, *, level: int = logging.WARNING) -> None:
        """Note the fault; it is logged unless its `kind` is what was already said."""
        if kind != self._present:
            self._present = kind
            self._log.log(
                level, f"{self._subject} failed", extra={"reason": kind, "detail": detail}
            )

    def over(self) -> None:
        """Note that it works."""
        if self._present is not None:
            self._present = None
            self._log.info(f"{self._subject} works again")
