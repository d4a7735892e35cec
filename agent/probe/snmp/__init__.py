"""Ask a device by SNMP (RFC 3416): single values, and whole columns by GETBULK.

Numeric OIDs only, one question at a time for each device. A silent device is a result; a device
that answers nonsense without end is a CheckError that names it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.snmp.library import pysnmp_needed
from agent.probe.snmp.pdu import (
    MAX_VALUE_BYTES,
    TOO_BIG,
    Oid,
    Pdu,
    Question,
    Value,
    error_name,
    oid_text,
    parse_oid,
)
from agent.probe.snmp.walking import Room, TableWalk
from agent.probe.trace import Trace, silent
from govnet.errors import CheckError
from govnet.settings import SnmpAccess

if TYPE_CHECKING:
    from agent.probe.snmp.exchange import Exchange

__all__ = ["MAX_ROWS", "MAX_VALUE_BYTES", "Columns", "Scalars", "Value", "get", "walk"]

MAX_ROWS = 20_000
"""Most rows of one column; a device with more is not asked further."""

MAX_WALK_BYTES = 4 << 20
"""Most bytes of values that one walk keeps; about 80,000 numbers."""

_VALUES_AT_ONCE = 20

T = TypeVar("T")


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
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Scalars:
    """Return the values of `oids` (dotted, with instance, like `1.3.6.1.2.1.1.1.0`).

    Raises CheckError when this machine could not ask, and for a device whose answers break SNMP.
    """
    wanted = {parse_oid(oid): oid for oid in oids}
    read = partial(_read_scalars, tuple(wanted), trace)
    found = _talk(host, access, read, timeout_seconds=timeout_seconds, clock=clock, trace=trace)
    values = {wanted[oid]: value for oid, value in (found.what or {}).items()}
    return Scalars(found.outcome, values, found.rtt_seconds, found.detail)


def walk(
    host: str,
    columns: Sequence[str],
    *,
    access: SnmpAccess,
    timeout_seconds: float,
    max_rows: int = MAX_ROWS,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Columns:
    """Return all rows of `columns` (dotted OIDs), each column asked to its own end.

    Columns of one table are asked together. Raises CheckError as `get`, and for a walk that does
    not advance, has more than `max_rows` rows, or is not over in time though the device answers.
    """
    wanted = {parse_oid(column): column for column in columns}
    make = partial(
        TableWalk,
        bulk=access.version != "1",
        max_rows=max_rows,
        room=Room(MAX_WALK_BYTES),
        trace=trace,
    )
    read = partial(_read_columns, tuple(wanted), make, trace)
    found = _talk(host, access, read, timeout_seconds=timeout_seconds, clock=clock, trace=trace)
    rows = {wanted[column]: values for column, values in (found.what or {}).items()}
    return Columns(found.outcome, rows, found.rtt_seconds, found.detail)


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    """What a conversation brought, or how it ended without."""

    outcome: Outcome
    what: T | None = None
    rtt_seconds: float | None = None
    detail: str = ""


def _talk(
    host: str,
    access: SnmpAccess,
    read: Callable[["Exchange"], T],
    *,
    timeout_seconds: float,
    clock: Clock,
    trace: Trace,
) -> _Found[T]:
    """Let `read` ask the device, and turn how it ended into a finding or a CheckError."""
    deadline = Deadline(timeout_seconds, clock)
    exchange: Exchange | None = None
    try:
        with _exchange()(host, access, deadline, trace) as exchange:
            what = read(exchange)
            return _Found(Outcome.ANSWERED, what, exchange.rtt_seconds)
    except TimeoutError as exc:
        if exchange is None:
            return _Found(Outcome.TIMEOUT)
        if exchange.answers and exchange.sendings == 1:
            raise CheckError(
                f"{host}: not over in {timeout_seconds:g} s, though it answers"
                f" ({exchange.answers} answers so far)"
            ) from exc
        outcome, detail = exchange.silence()
        trace(f"no answer in {timeout_seconds:g} s: {detail}")
        return _Found(outcome, detail=detail)
    except OSError as exc:
        trace(f"no answer: {exc}")
        try:
            return _Found(outcome_of(exc), detail=str(exc))
        except CheckError as error:
            raise CheckError(f"{host}: {error}") from exc
    except CheckError as exc:
        raise CheckError(f"{host}: {exc}") from exc


def _exchange() -> Callable[..., AbstractContextManager["Exchange"]]:
    """Return what opens a conversation; only agents that ask by SNMP load pysnmp."""
    with pysnmp_needed():
        from agent.probe.snmp.exchange import exchange  # noqa: PLC0415 - 18 MB, for few agents
    return exchange


def _read_scalars(oids: Sequence[Oid], trace: Trace, exchange: "Exchange") -> dict[Oid, Value]:
    """Ask for all values, some at once; one that the device refuses costs no other."""
    values: dict[Oid, Value] = {}
    pending = list(oids)
    at_once = _VALUES_AT_ONCE
    while pending:
        batch = pending[:at_once]
        trace(f"GET of {len(batch)} values")
        answer = exchange.ask(Question("get", batch))
        if answer.error_status:
            refused = _refused(answer, batch)
            name = error_name(answer.error_status)
            if refused is None:
                trace(f"{name}; asking for fewer values at once")
                at_once = len(batch) // 2
            else:
                trace(f"{name}: no {oid_text(refused)}")
                pending.remove(refused)
            continue
        found = dict(answer.values)
        if found.keys().isdisjoint(batch):
            raise CheckError("it answered with other OIDs than it was asked for")
        for oid in batch:
            value = found.get(oid)
            if isinstance(value, int | bytes | str):
                values[oid] = value
        del pending[: len(batch)]
    return values


def _refused(answer: Pdu, batch: Sequence[Oid]) -> Oid | None:
    """Return the OID that an error is about; None if that has to be found out with fewer."""
    if answer.error_status != TOO_BIG and 1 <= answer.error_index <= len(batch):
        return batch[answer.error_index - 1]
    return batch[0] if len(batch) == 1 else None


def _read_columns(
    columns: Sequence[Oid],
    make: Callable[[Sequence[Oid]], TableWalk],
    trace: Trace,
    exchange: "Exchange",
) -> dict[Oid, dict[str, Value]]:
    """Walk table after table, the columns of each together."""
    tables: dict[Oid, list[Oid]] = {}
    for column in columns:
        tables.setdefault(column[:-1], []).append(column)
    rows: dict[Oid, dict[str, Value]] = {}
    for table, members in tables.items():
        trace(f"walk over {len(members)} columns of {oid_text(table)}")
        table_walk = make(members)
        while not table_walk.done:
            table_walk.take(exchange.ask(table_walk.question()))
        rows |= table_walk.rows()
    return rows
