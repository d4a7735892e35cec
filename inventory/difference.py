"""What differs between two inventories, record by record and field by field. Pure.

Compared is what they mean, after profiles, defaults and ranges: a profile that was changed shows
at every site that uses it, a file that was only ordered anew shows nothing.
"""

from typing import Literal

import msgspec

from inventory.model import Inventory


class FieldChange(msgspec.Struct, frozen=True):
    """One field with its value before and after, as text a person reads; None: not there."""

    name: str
    before: str | None
    after: str | None


class Change(msgspec.Struct, frozen=True):
    """One record that was added, removed or changed.

    `kind` is the record's (`site`, `link`, `device`, `unit`, ...), `id` its full id.
    """

    what: Literal["added", "removed", "changed"]
    kind: str
    id: str
    fields: tuple[FieldChange, ...] = ()


def difference(before: Inventory, after: Inventory) -> tuple[Change, ...]:
    """Return every change, in the order of the inventory after, what was removed last."""
    raise NotImplementedError


def lines(changes: tuple[Change, ...]) -> list[str]:
    """Return the changes as a person reads them, + added, - removed, ~ changed."""
    raise NotImplementedError
