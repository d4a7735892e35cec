"""When the inventory is compared with what was seen, and what the metrics say of it."""

import asyncio

from collector.discovery import counted as counted_of
from collector.discovery.comparing import COMPARE_SECONDS, Comparing
from collector.discovery.counted import Counted, counted
from collector.discovery.differences import Differences, NeverSeen, Undeclared
from inventory.model import Inventory
from tests.sightings import AT


class Scene:
    """A collector that gathers what it is told, at a time that is told."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.version, self.now = inventory, 1, AT
        self.lists: list[Differences] = []
        self.comparing = Comparing(
            find=self.find,
            inventory=lambda: self.inventory,
            version=lambda: self.version,
            compared=self.lists.append,
            wall=lambda: self.now,
        )

    async def find(self) -> Differences:
        return lists(("xa-b", self.version))

    def tick(self) -> int:
        """Return how often it was compared so far."""
        asyncio.run(self.comparing.tick())
        return len(self.lists)


def test_it_is_compared_at_once_each_minute_and_when_something_changes(
    small_province: Inventory,
):
    scene = Scene(small_province)

    assert [scene.tick(), scene.tick()] == [1, 1]
    scene.now += COMPARE_SECONDS
    assert [scene.tick(), scene.tick()] == [2, 2]
    scene.version = 2
    assert [scene.tick(), scene.tick()] == [3, 3]
    scene.inventory = Inventory(**{name: getattr(small_province, name) for name in FIELDS})
    assert [scene.tick(), scene.tick()] == [4, 4]
    scene.now -= 3600.0
    assert scene.tick() == 5
    assert [one.undeclared[0].number for one in scene.lists] == [1, 1, 2, 2, 2]


FIELDS = Inventory.__struct_fields__


def lists(*undeclared: tuple[str, int], missing: int = 0) -> Differences:
    seen = tuple(Undeclared(site, "station", "station", "", "", "", n) for site, n in undeclared)
    places = NeverSeen("xa-b", "places", "xa-b", "", missing)
    return Differences(AT, seen, (places,) if missing else ())


def test_a_number_that_falls_stays_as_zero_while_its_site_exists():
    before = counted(lists(("xa-a", 3), ("", 2), missing=5), {"xa-a", "xa-b"})

    assert before.undeclared == {("", "station"): 2.0, ("xa-a", "station"): 3.0}
    assert before.never_seen == {("xa-b", "places"): 5.0}
    after = counted(lists(), {"xa-a", "xa-b"}, before)
    assert after.undeclared == {("", "station"): 0.0, ("xa-a", "station"): 0.0}
    assert after.never_seen == {("xa-b", "places"): 0.0}
    gone: Counted = counted(lists(), {"xa-b"}, after)
    assert gone.undeclared == {("", "station"): 0.0}


def test_what_is_at_no_site_of_the_inventory_has_no_number():
    found = counted(lists(("cu", 3)), {"xa-a"}, counted_of.NOTHING)

    assert found.undeclared == {}
    assert found.lists.undeclared[0].number == 3
