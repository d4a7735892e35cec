"""SNMP's library is loaded by the agents that need it, and missed in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from govnet.errors import CheckError


@contextmanager
def pysnmp_needed() -> Iterator[None]:
    """Import within this block what needs pysnmp. Raises CheckError where it is not installed."""
    try:
        yield
    except ImportError as exc:
        raise CheckError("SNMP needs the Python package pysnmp: pip install pysnmp") from exc
