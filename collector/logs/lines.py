"""One line per event: as text for people, or as JSON. Foreign data is quoted in both.

No line of ours can be forged by what a client sent: control characters are escaped, and the lines
of a traceback are indented.
"""

import json
import logging
import math
import time
from typing import Final

_STANDARD_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
}
_OURS: Final = ("time", "level", "logger", "event", "traceback")
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}

_JSON_CONTROLS: Final = {code: f"\\u{code:04x}" for code in (*range(127, 160), 0x2028, 0x2029)}
"""What JSON may hold as it is, and terminals and other readers of lines take for more."""


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Return what an event was logged with (`extra`)."""
    return {key: value for key, value in vars(record).items() if key not in _STANDARD_FIELDS}


def one_line(text: str) -> str:
    """Return a text with its control characters escaped."""
    return text.translate(_CONTROLS)


def timestamp(at: float, digits: int = 3) -> str:
    """Return a time (Unix seconds) as UTC of RFC 3339."""
    seconds = math.floor(at)
    fraction = f".{int((at - seconds) * 10**digits):0{digits}d}" if digits else ""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + fraction + "Z"


class TextLines(logging.Formatter):
    """`2026-11-22T01:02:03Z INFO collector.intake.ingest: event key='value'`."""

    def __init__(self, fields: dict[str, object]) -> None:
        """Add `fields` to every line."""
        super().__init__()
        self._fields = fields

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows, indented."""
        given = "".join(
            f" {key}={value!r}" for key, value in (self._fields | fields_of(record)).items()
        )
        head = f"{timestamp(record.created, 0)} {record.levelname} {record.name}"
        line = f"{head}: {one_line(record.getMessage() + given)}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n  {one_line(row)}" for row in trace.splitlines())
        return line


class JsonLines(logging.Formatter):
    """One JSON object per event: time, level, logger, event, and its fields beside them."""

    def __init__(self, fields: dict[str, object]) -> None:
        """Add `fields` to every line."""
        super().__init__()
        self._fields = fields

    def format(self, record: logging.LogRecord) -> str:
        """Return the object; a field of one of our own names gets a trailing underscore."""
        row: dict[str, object] = {
            "time": timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for key, value in (self._fields | fields_of(record)).items():
            row[f"{key}_" if key in _OURS else key] = _plain(value)
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str).translate(_JSON_CONTROLS)


def _plain(value: object) -> object:
    """Return a value that JSON has; it has no infinity and no NaN."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
