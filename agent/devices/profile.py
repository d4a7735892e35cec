"""The records of a profile, as `agent.devices.load` reads them; `agent.profiles` tells the format.

Nothing here asks or converts; a profile is data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

GENERIC = "generic"
"""The profile of devices that no family fits."""

IF_INDEX = "if_index"
ENTITY_PORT = "entity_port"
NO_LABEL = "_"


@dataclass(frozen=True, slots=True)
class Where:
    """Keep only rows whose `column` has one of these values (text for octets and OIDs)."""

    column: str
    equals: frozenset[int | str]


@dataclass(frozen=True, slots=True)
class TextOf:
    """A label's text: another column of the same row.

    `index_pieces` is how many pieces of the row's index that column's index has; None is all.
    """

    column: str
    index_pieces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a raw value goes through until it is a number; see `agent.profiles`."""

    absent: frozenset[int | str] = frozenset()
    numbers: Mapping[int, float] | None = None
    bits: Mapping[str, Mapping[int, str]] | None = None
    constant: float | None = None
    unit: str | None = None
    operands: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value of the device."""

    metric: str
    oid: str
    conversion: Conversion
    labels: Mapping[str, str]
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: a sample for each row."""

    metric: str
    column: str
    conversion: Conversion
    labels: Mapping[str, str | TextOf]
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns that share an index. `index` is its pieces; `entity_port` stands alone."""

    index: tuple[str, ...]
    where: tuple[Where, ...]
    labels: Mapping[str, str | TextOf]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a text about the device is found: an OID, a column's first row, or sysDescr."""

    oid: str | None = None
    column: str | None = None
    where: tuple[Where, ...] = ()
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What devices a family is made of."""

    object_ids: tuple[str, ...]
    description: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A family, everything it includes taken in. `match` None: only chosen by name."""

    family: str
    name: str
    kinds: tuple[str, ...]
    match: Match | None
    readers: tuple[str, ...]
    info: Mapping[str, tuple[Fact, ...]]
    scalars: tuple[Scalar, ...]
    tables: tuple[Table, ...]
    unsupported: str
    source: str

    def metrics(self) -> frozenset[str]:
        """Return the names of the metrics that its data gives; its readers give more."""
        return frozenset(
            [scalar.metric for scalar in self.scalars]
            + [column.metric for table in self.tables for column in table.columns]
        )
