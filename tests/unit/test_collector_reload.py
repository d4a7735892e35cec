import asyncio
import threading
import time
from pathlib import Path

import pytest

from collector.config import Config
from collector.places import local_trust
from collector.process import Collector
from collector.tls import folder
from inventory.model import Inventory
from tests.unit.deadlines import HANG_SECONDS

INVENTORY = """\
province: {id: lam-dong, code: "68", name: Tỉnh Lâm Đồng, operator: Sở KH&CN, centre: trung-tam}
units: [{id: xa, name: Xã, kind: commune, latitude: 12.0, longitude: 108.0}]
sites:
"""


def _inventory(sites: int) -> str:
    rows = [("trung-tam", "data_centre"), *((f"xa-{number}", "commune") for number in range(sites))]
    return INVENTORY + "".join(
        f"  - {{id: {name}, name: {name}, unit: xa, kind: {kind}}}\n" for name, kind in rows
    )


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.yaml"
    path.write_text(_inventory(1), encoding="utf-8")
    return path


@pytest.fixture
def config(inventory: Path, tmp_path: Path) -> Config:
    return Config(inventory=str(inventory), data_dir=str(tmp_path / "data"))


def test_of_two_reloads_the_later_one_stands(config: Config, inventory: Path):
    """The first is slow to read; what it found must not replace what the second finds."""
    is_read, may_go_on = threading.Event(), threading.Event()

    async def nothing() -> None:
        """Serve nobody, so that the collector is closed at once."""

    async def reload_twice() -> set[str]:
        collector = Collector(config)
        load = collector._files.load

        def load_slowly() -> Inventory:
            found = load()
            if not is_read.is_set():
                is_read.set()
                may_go_on.wait(HANG_SECONDS)
            return found

        collector._files.load = load_slowly  # type: ignore[method-assign]  # The disk that is slow.
        first = asyncio.create_task(collector.reload())
        await asyncio.to_thread(is_read.wait, HANG_SECONDS)
        await asyncio.to_thread(inventory.write_text, _inventory(2), encoding="utf-8")
        second = asyncio.create_task(collector.reload())
        await asyncio.wait([second], timeout=0.5)
        may_go_on.set()
        await asyncio.gather(first, second)
        sites = set(collector._live.inventory.sites)
        await collector.run_beside(nothing())
        return sites

    assert asyncio.run(reload_twice()) == {"trung-tam", "xa-0", "xa-1"}


def test_commands_follow_a_certificate_for_other_names(config: Config):
    """Commands reach the collector at an address that is none of the names."""
    data = Path(config.data_dir)
    folder.init(data, ["one.example"], 30, time.time())

    async def nothing() -> None:
        """Serve nobody, so that the collector is closed at once."""

    async def renew() -> list[str]:
        collector = Collector(config)
        collector.note_trust()
        noted = [local_trust(data)[0]]
        folder.renew(data, time.time(), 30, ["two.example"])
        await collector.reload()
        await collector.run_beside(nothing())
        return [*noted, local_trust(data)[0]]

    assert asyncio.run(renew()) == ["one.example", "two.example"]
