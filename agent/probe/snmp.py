"""Ask a device by SNMP (RFC 3416): single values, and whole columns by GETBULK.

One engine serves the whole process, numeric OIDs only, one question at a time for each device. A
silent device is a result; a device that answers nonsense without end is a CheckError that names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.probe.outcome import Outcome
from agent.probe.trace import Trace, silent
from govnet.settings import SnmpAccess

Value = int | bytes | str
"""Integers, counters, gauges, time ticks as int; octets and addresses as bytes; an OID as text."""

MAX_ROWS = 20_000
"""Most rows of one column; a device with more is not asked further."""
MAX_VALUE_BYTES = 4096
"""Longest octet string that is kept."""


@dataclass(frozen=True, slots=True)
class Scalars:
    """What GET brought: values by OID; what the device does not have is absent."""

    outcome: Outcome
    values: Mapping[str, Value] = field(default_factory=dict)
    rtt_seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a walk brought: for each column the values by index (the rest of the OID, dotted)."""

    outcome: Outcome
    columns: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    rtt_seconds: float | None = None
    detail: str = ""


def get(
    host: str,
    oids: Sequence[str],
    *,
    access: SnmpAccess,
    timeout_seconds: float,
    trace: Trace = silent,
) -> Scalars:
    """Return the values of `oids` (dotted, with instance, like `1.3.6.1.2.1.1.1.0`).

    Raises CheckError when this machine could not ask, and for a device whose answers break SNMP.
    """
    raise NotImplementedError


def walk(
    host: str,
    columns: Sequence[str],
    *,
    access: SnmpAccess,
    timeout_seconds: float,
    max_rows: int = MAX_ROWS,
    trace: Trace = silent,
) -> Columns:
    """Return all rows of `columns` (dotted OIDs), each column asked to its own end.

    Columns of one table are asked together. Raises CheckError as `get`, and for a walk that does
    not advance, has more than `max_rows` rows, or is not over in time though the device answers.
    """
    raise NotImplementedError
