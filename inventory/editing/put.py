"""What is to be written into the inventory: one value of one field of one record."""

from datetime import date
from typing import Final

import msgspec

Plain = str | int | float | bool | date | list["Plain"] | dict[str, "Plain"]
"""What a value in YAML may be."""

KEYS: Final = {
    "links": "id",
    "devices": "id",
    "machines": "id",
    "conference_points": "id",
    "device_counts": "kind",
    "machine_counts": "profile",
}
"""By list of a site: the field by which its items are known, and merge over the profile's."""


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """Field `field` of a record gets `value`; a record or an item that is missing is made.

    `kind` is a list of the inventory (`inventory.files.RECORD_LISTS`), `record` the id of one of
    its records. With `items` and `item` the field is that of an item of a site's list, `item` its
    key (`KEYS`) as written in the site. A list or a mapping is replaced whole.
    """

    kind: str
    record: str
    field: str
    value: Plain
    items: str = ""
    item: str = ""
