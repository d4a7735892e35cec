"""What a named conversion of a raw value is; `agent.devices.units` has the table of all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.probe.snmp import Value

Row = Mapping[str, Value]
"""Other columns of a value's row by the names of the profile's `with`, and `description`."""

Convert = Callable[[Value, Row], float | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """A conversion; `operands` are the names that its row may have, of which `needed` must."""

    convert: Convert
    operands: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
