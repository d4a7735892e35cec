"""A collector whose only point is a room, and somebody who is signed in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.store import open_store
from collector.web.access import make_link, redeem_link
from tests.scenarios.centre import Centre, Clock
from tests.unit.conferences.rig import NOW, Rig


@pytest.fixture
def inventory_with_a_room(small_inventory_file: Path) -> Path:
    with small_inventory_file.open("a", encoding="utf-8") as file:
        file.write(
            '    conference_points: [{id: vc, kind: codec, address: "+10"},'
            ' {id: mcu, kind: mcu, address: "+11"}]\n'
        )
    return small_inventory_file


@pytest.fixture
def rig(inventory_with_a_room: Path) -> Iterator[Rig]:
    clock = Clock(NOW)
    centre = Centre(inventory_with_a_room, None, clock)
    try:
        with closing(open_store(centre.data)) as store:
            cookie = redeem_link(store, make_link(store, NOW), NOW, 86_400)
        assert cookie is not None
        centre.start()
        yield Rig(centre, clock, cookie)
    finally:
        centre.close()
