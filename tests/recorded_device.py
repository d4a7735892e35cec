"""A device that answers SNMP from a record: `agent.probe.snmp` for cases, without a network.

A record maps OIDs (with their instance) to values: an integer is one; a text is octets, or an OID
if it begins with "oid "; or octets in hexadecimal if it begins with "hex ".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.probe.outcome import Outcome
from agent.probe.snmp import Columns, Scalars, Value
from govnet.errors import CheckError

RTT_SECONDS = 0.002


def value(plain: int | str) -> Value:
    """Return a value of a record as the probe gives it."""
    if isinstance(plain, int):
        return plain
    kind, _, rest = plain.partition(" ")
    if kind == "oid":
        return rest
    return bytes.fromhex(rest) if kind == "hex" else plain.encode()


class RecordedDevice:
    """Answers from one record at every address; `silent` answers nothing at all, `denies` says why.

    `unresolved` says why its name has no address, `breaks_off_at` are columns at which it falls
    silent, `nonsense_at` those at which it breaks the protocol.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._values = {oid: value(plain) for oid, plain in record.get("values", {}).items()}
        self._silent = record.get("silent", False)
        self._denies = record.get("denies", "")
        self._unresolved = record.get("unresolved", "")
        self._breaks_off_at = frozenset(record.get("breaks_off_at", ()))
        self._nonsense_at = frozenset(record.get("nonsense_at", ()))
        self.asked: list[str] = []

    def get(self, _host: str, oids: Sequence[str], **_how: Any) -> Scalars:
        self.asked += oids
        if self._silent:
            return Scalars(Outcome.TIMEOUT)
        if self._denies:
            return Scalars(Outcome.DENIED, detail=self._denies)
        if self._unresolved:
            return Scalars(Outcome.UNRESOLVED, detail=self._unresolved)
        found = {oid: self._values[oid] for oid in oids if oid in self._values}
        return Scalars(Outcome.ANSWERED, found, RTT_SECONDS)

    def walk(self, _host: str, columns: Sequence[str], **_how: Any) -> Columns:
        self.asked += columns
        if self._silent or self._breaks_off_at & set(columns):
            return Columns(Outcome.TIMEOUT)
        if self._nonsense_at & set(columns):
            raise CheckError("198.18.1.2 answers nonsense")
        found = {
            column: {
                oid.removeprefix(f"{column}."): each
                for oid, each in self._values.items()
                if oid.startswith(f"{column}.")
            }
            for column in columns
        }
        return Columns(Outcome.ANSWERED, found, RTT_SECONDS)
