"""What a column, a sheet, a kind of cell and a list of choices are.

Which there are stands in `columns`; who uses the table takes these from there too.
"""

from enum import StrEnum

import msgspec


class CellKind(StrEnum):
    """What stands in a cell."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    ADDRESS = "address"
    """One IP address, or "+10" within the site's first network."""
    NETWORKS = "networks"
    """Networks, separated by commas, semicolons or lines."""
    TELEPHONE = "telephone"
    FLAG = "flag"
    """có or không."""
    CHOICE = "choice"
    """One of the names in the list of choices; the id of a record is understood too."""
    WORDS = "words"
    """Several words, separated by commas, semicolons or lines."""


class Choices(StrEnum):
    """The lists of the hidden sheet that drop-downs offer: name and id of each."""

    UNITS = "units"
    SITES = "sites"
    SITE_PROFILES = "site_profiles"
    MACHINE_PROFILES = "machine_profiles"
    CARRIERS = "carriers"
    CALENDARS = "calendars"
    CLUSTERS = "clusters"
    POWER_AREAS = "power_areas"
    SITE_KINDS = "site_kinds"
    LANS = "lans"
    DEVICE_KINDS = "device_kinds"
    POINT_KINDS = "point_kinds"
    SERVICE_KINDS = "service_kinds"
    LIFECYCLES = "lifecycles"
    DUTIES = "duties"


class Column(msgspec.Struct, frozen=True):
    """One column of a sheet.

    `key` is its name in code and tests, unique in its sheet; `note` is what the header's comment
    explains, with an example.
    """

    key: str
    header: str
    kind: CellKind
    note: str
    choices: Choices | None = None
    required: bool = False
    width: int = 16


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet: `title` is the name of its tab."""

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
