"""Starts the log of a process of the collector."""

import logging
import sys

from collector.logs.lines import JsonLines, TextLines
from collector.logs.options import LogOptions, destination
from collector.logs.rfc5424 import MAX_BYTES, MAX_UDP_BYTES, Rfc5424
from collector.logs.syslog import SyslogHandler, connector
from govnet.journald import PriorityLines, is_journal

_LOUD = ("uvicorn", "alembic", "urllib3")
"""Their own accounts of every start and request repeat ours."""


def start_logging(options: LogOptions, **fields: str) -> SyslogHandler | None:
    """Log to standard error, and to a syslog server if one is named; return the latter's handler.

    `fields` are added to every line. A traceback is part of its event.
    """
    made = JsonLines(dict(fields)) if options.format == "json" else TextLines(dict(fields))
    handler = logging.StreamHandler()
    handler.setFormatter(PriorityLines(made) if is_journal(sys.stderr) else made)
    handlers: list[logging.Handler] = [handler]
    syslog = None if options.syslog is None else _syslog(options, options.syslog, dict(fields))
    if syslog is not None:
        handlers.append(syslog)
    logging.basicConfig(level=options.level.upper(), handlers=handlers)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    return syslog


def _syslog(options: LogOptions, server: str, fields: dict[str, object]) -> SyslogHandler:
    to = destination(server)
    most = MAX_UDP_BYTES if to.transport == "udp" else MAX_BYTES
    formatter = Rfc5424(options.syslog_enterprise, max_bytes=most, fields=fields)
    return SyslogHandler(formatter, connector(to, options.syslog_ca_file))
