"""Rows for the inventory, proposed from what was seen. Pure; nothing is written here."""

import msgspec

from collector.discovery.sightings import Sightings
from inventory.editing.put import Put
from inventory.model import Inventory


class Suggestion(msgspec.Struct, frozen=True):
    """One proposal. `id` stays the same from day to day; `edits` are what accepting it writes.

    `reason` says in Vietnamese from what it follows; `command` is what to run instead where the
    inventory is not what has to change (an agent to approve or to rename), empty otherwise.
    """

    id: str
    site: str
    title: str
    reason: str
    edits: tuple[Put, ...] = ()
    command: str = ""


def suggest(inventory: Inventory, sightings: Sightings) -> tuple[Suggestion, ...]:
    """Return what may be accepted, by site."""
    raise NotImplementedError
