"""The inventory compared with what was seen. Pure."""

import msgspec

from collector.discovery.sightings import Sightings
from inventory.model import Inventory


class Undeclared(msgspec.Struct, frozen=True):
    """Something seen that nobody declared.

    `kind` is agent_waiting, agent_beyond_count, neighbour or station; `key` names it for good
    (agent id, MAC or name), `seen_by` is the device or agent that saw it.
    """

    site: str
    kind: str
    key: str
    name: str
    address: str
    seen_by: str


class NeverSeen(msgspec.Struct, frozen=True):
    """Something declared of which nobody ever saw a sign of life.

    `kind` is site, link, device, machine, point, service or places; for places (machines known
    by number) `missing` says how many were never filled.
    """

    site: str
    kind: str
    item: str
    name: str
    missing: int = 1


class Differences(msgspec.Struct, frozen=True):
    """Both lists, as of a moment (Unix seconds)."""

    as_of: float
    undeclared: tuple[Undeclared, ...]
    never_seen: tuple[NeverSeen, ...]


def differences(inventory: Inventory, sightings: Sightings) -> Differences:
    """Return what is seen and not declared, and what is declared and was never seen."""
    raise NotImplementedError
