"""A device's answers in a file from which snmpsim can play it: what a new profile is made from.

The format is that of `.snmprec` files: `OID|TAG|VALUE`, one a line, in the order of the OIDs. Of
the types that SNMP tells apart only those remain that matter to a reader: integers, octets, OIDs.
"""

from collections.abc import Callable, Iterator, Mapping

from agent.devices.values import index_order
from agent.probe.snmp import Columns, Value
from govnet.errors import CheckError

SUBTREES = (
    "1.0.8802",
    "1.3.6.1.2.1.1",
    "1.3.6.1.2.1.2",
    "1.3.6.1.2.1.4",
    "1.3.6.1.2.1.10",
    "1.3.6.1.2.1.17",
    "1.3.6.1.2.1.25",
    "1.3.6.1.2.1.26",
    "1.3.6.1.2.1.31",
    "1.3.6.1.2.1.33",
    "1.3.6.1.2.1.43",
    "1.3.6.1.2.1.47",
    "1.3.6.1.2.1.99",
    "1.3.6.1.2.1.105",
    "1.3.6.1.2.1.131",
    "1.3.6.1.4.1",
)
"""LLDP, the standard MIBs that profiles read, and everything of makers."""

_INTEGER, _OCTETS, _OID, _COUNTER64 = "2", "4x", "6", "70"
_LARGEST_INTEGER = (1 << 31) - 1


def record(walk: Callable[[str], Columns], tell: Callable[[str], None]) -> Iterator[str]:
    """Yield the lines of a recording; what cannot be walked to its end is told and left out."""
    for subtree in SUBTREES:
        try:
            found = walk(subtree)
        except CheckError as exc:
            tell(f"{subtree}: {exc}")
            continue
        yield from lines(subtree, found.columns.get(subtree, {}))


def lines(subtree: str, values: Mapping[str, Value]) -> Iterator[str]:
    """Yield the values below one OID as `OID|TAG|VALUE`."""
    for index in sorted(values, key=index_order):
        tag, text = _written(values[index])
        yield f"{subtree}.{index}|{tag}|{text}"


def _written(value: Value) -> tuple[str, str]:
    if isinstance(value, bytes):
        return _OCTETS, value.hex()
    if isinstance(value, str):
        return _OID, value
    return (_INTEGER if abs(value) <= _LARGEST_INTEGER else _COUNTER64), str(value)
