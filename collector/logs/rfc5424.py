"""Syslog messages (RFC 5424), and how they stand one after the other in a stream (RFC 6587, 5425).

Pure: what a record becomes. Sending is done by `collector.logs.syslog`.
"""

import itertools
import logging
import os
import socket
import traceback
from collections.abc import Mapping
from typing import Final

from collector.logs.lines import fields_of, one_line, timestamp
from govnet.journald import severity

FACILITY_DAEMON: Final = 3
MAX_BYTES: Final = 8_192
"""What rsyslog takes by default; RFC 5425, 4.3.1: every receiver SHOULD take this."""
MAX_UDP_BYTES: Final = 2_048
"""RFC 5424, 6.1: every receiver SHOULD take this."""
MAX_VALUE_CHARACTERS: Final = 255
"""Of one field: structured data must stay whole where a message is cut."""
_MAX_SEQUENCE: Final = 2**31 - 1
_BOM: Final = "\ufeff"
_NO_NAME: Final = frozenset('= ]"')


class Rfc5424:
    """Makes messages of records; numbers them, so that a receiver sees where some are missing."""

    def __init__(
        self,
        enterprise: int,
        *,
        max_bytes: int = MAX_BYTES,
        fields: dict[str, object] | None = None,
    ) -> None:
        """`enterprise` stands behind the name of our structured data; `fields` are in each."""
        self._name = f"govnet@{enterprise}"
        self._max_bytes = max_bytes
        self._fields = fields or {}
        self._numbers = itertools.cycle(range(1, _MAX_SEQUENCE + 1))
        self._host = header_field(socket.gethostname(), 255)

    def message(self, record: logging.LogRecord) -> bytes:
        """Return the message of a record: at most `max_bytes`, cut at the end of a character."""
        head = (
            f"<{priority(record.levelno)}>1 {timestamp(record.created, 6)} {self._host}"
            f" govnet {record.process or os.getpid()} {header_field(record.name, 32)} "
        )
        data = f'[meta sequenceId="{next(self._numbers)}"]'
        data += element(self._name, self._fields | fields_of(record), self._max_bytes // 2)
        text = one_line(record.getMessage())
        if record.exc_info and record.exc_info[1] is not None:
            text += ": " + one_line(
                "".join(traceback.format_exception(record.exc_info[1])).rstrip()
            )
        whole = f"{head}{data} {_BOM}{text}".encode("utf-8", "backslashreplace")
        return _cut(whole, self._max_bytes)


def priority(level: int) -> int:
    """Return facility and severity (RFC 5424, 6.2.1) of a level of `logging`."""
    return FACILITY_DAEMON * 8 + severity(level)


def header_field(text: str, most: int) -> str:
    """Return a field of the header: printable ASCII, `-` for nothing."""
    return "".join(char if "!" <= char <= "~" else "_" for char in text)[:most] or "-"


def element(name: str, fields: Mapping[str, object], max_bytes: int) -> str:
    """Return an element of structured data (RFC 5424, 6.3), "" without any field.

    Fields for which there is no room are left out.
    """
    said, size = "", len(name) + 2
    for key, value in fields.items():
        param = f' {_param_name(key)}="{param_value(value)}"'
        size += len(param.encode("utf-8", "backslashreplace"))
        if size > max_bytes:
            break
        said += param
    return f"[{name}{said}]" if said else ""


def _param_name(key: str) -> str:
    return "".join("_" if char in _NO_NAME else char for char in header_field(key, 32))


def param_value(value: object) -> str:
    r"""Return a value as it stands between quotes: `"`, `\` and `]` escaped, on one line."""
    text = one_line(str(value))
    if len(text) > MAX_VALUE_CHARACTERS:
        text = text[: MAX_VALUE_CHARACTERS - 1] + "…"
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def framed(message: bytes) -> bytes:
    """Return a message for a stream: its length in front (RFC 6587, 3.4.1; RFC 5425, 4.3)."""
    return b"%d %s" % (len(message), message)


def _cut(message: bytes, most: int) -> bytes:
    return message if len(message) <= most else message[:most].decode("utf-8", "ignore").encode()
