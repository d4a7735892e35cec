"""What a history process tells the collector: what it sent, and what became of its log lines."""

from collections.abc import Callable

import msgspec

from collector.history.channel import Done, line
from collector.logs.syslog import SyslogHandler


class Telling:
    """Writes what was done, with what a syslog server got of this process since the last time."""

    def __init__(self, write: Callable[[bytes], None], syslog: SyslogHandler | None) -> None:
        self._write = write
        self._syslog = syslog
        self._told: dict[str, int] = {}

    def __call__(self, done: Done) -> None:
        """Write it. Raises BrokenPipeError when the collector is gone."""
        counted = {} if self._syslog is None else self._syslog.counted
        news = {result: number - self._told.get(result, 0) for result, number in counted.items()}
        self._told = counted
        self._write(line(msgspec.structs.replace(done, syslog=news)))
