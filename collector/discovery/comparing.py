"""Compares the inventory with what was seen, again and again beside serving; never for a scrape."""

import math
from collections.abc import Awaitable, Callable
from typing import Final

from collector.discovery.differences import Differences, differences
from collector.discovery.gather import Present, read
from collector.store.database import Store
from inventory.model import Inventory

COMPARE_SECONDS: Final = 60.0
"""So often at least; at once where the inventory or the registry changed."""
LOOK_SECONDS: Final = 5.0
"""How often it is looked whether that is so: thousands may enrol one after the other."""


def found(store: Store, known: Present) -> Differences:
    """Compare what the collector knew with what the database has; on the database's thread."""
    return differences(known.inventory, read(store, known))


class Comparing:
    """Does it when it is due.

    `find` returns the differences as they are, `version` the version of the registry; `compared`
    takes them over. Used from one event loop.
    """

    def __init__(
        self,
        *,
        find: Callable[[], Awaitable[Differences]],
        inventory: Callable[[], Inventory],
        version: Callable[[], int],
        compared: Callable[[Differences], None],
        wall: Callable[[], float],
    ) -> None:
        self._find = find
        self._inventory = inventory
        self._version = version
        self._compared = compared
        self._wall = wall
        self._seen: tuple[Inventory, int] | None = None
        self._at = -math.inf

    async def tick(self) -> None:
        """Compare if it is due."""
        is_changed = (
            self._seen is None
            or self._seen[0] is not self._inventory()
            or self._seen[1] != self._version()
        )
        if is_changed or not 0 <= self._wall() - self._at < COMPARE_SECONDS:
            await self.compare()

    async def compare(self) -> None:
        """Compare now."""
        # What changes meanwhile is found at the next look.
        self._seen, self._at = (self._inventory(), self._version()), self._wall()
        self._compared(await self._find())
