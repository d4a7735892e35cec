"""The script of faults: when each holds, whom it darkens, and every mistake in a file."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from govnet.errors import ConfigError
from inventory.load import load as load_inventory
from inventory.model import Inventory, Lifecycle
from simulator.faults import Fault, FaultKind, at, load

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "simulator" / "faults" / "demo.json"


@pytest.mark.parametrize(
    ("elapsed_seconds", "holds"), [(0.0, False), (29.9, False), (30.0, True), (299.9, True)]
)
def test_a_fault_holds_from_its_start_to_before_its_end(elapsed_seconds: float, holds: bool):  # noqa: FBT001 - the expected value
    script = [Fault(FaultKind.LINK_CUT, "xa-a", 30.0, 300.0)]

    assert holds is at(script, elapsed_seconds).has(FaultKind.LINK_CUT, "xa-a")
    assert not at(script, 300.0).active


def test_a_fault_without_an_end_stays():
    assert at([Fault(FaultKind.POWER_CUT, "xa-a")], 1e9).items(FaultKind.POWER_CUT) == {"xa-a"}


def test_a_script_is_read_with_its_defaults(tmp_path: Path):
    path = tmp_path / "script.json"
    path.write_text('[{"kind": "disk_full", "item": "xa-a/pc-1"}]')

    assert load(path) == (Fault(FaultKind.DISK_FULL, "xa-a/pc-1", 0.0, math.inf),)


def test_every_mistake_of_a_script_is_named(tmp_path: Path):
    path = tmp_path / "script.json"
    script = [
        {"kind": "link_cut", "item": "xa-a"},
        {"kind": "flood", "item": "", "colour": 1},
        "xa-b",
        {"kind": "link_cut", "item": "xa-a", "from_seconds": "ten", "to_seconds": True},
        {"kind": "link_cut", "item": "xa-a", "from_seconds": 60, "to_seconds": 30},
        {"kind": "link_cut", "item": "xa-a", "from_seconds": -1},
    ]
    path.write_text(json.dumps(script))

    with pytest.raises(ConfigError) as caught:
        load(path)

    kinds = ", ".join(FaultKind)
    assert caught.value.problems == [
        f"{path}: [1]: colour: unknown field",
        f"{path}: [1]: kind: expected one of {kinds}, found 'flood'",
        f"{path}: [1]: item: expected an inventory id, found ''",
        f"{path}: [2]: expected an object, found 'xa-b'",
        f"{path}: [3]: from_seconds: expected seconds from 0, found 'ten'",
        f"{path}: [3]: to_seconds: expected seconds from 0, found True",
        f"{path}: [4]: to_seconds: expected later than from_seconds",
        f"{path}: [5]: from_seconds: expected seconds from 0, found -1",
    ]


@pytest.mark.parametrize("text", ["", "[", "{}", "1"])
def test_a_file_that_is_no_list_of_faults_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "script.json"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"expected (JSON|a list of faults)"):
        load(path)


def test_a_script_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.json")


def items_of(inventory: Inventory, kind: FaultKind) -> Iterator[str]:
    """Yield the ids that a fault of this kind may name."""
    active = [site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE]
    match kind:
        case FaultKind.LINK_CUT | FaultKind.SLOW_LINK | FaultKind.POWER_CUT:
            needs_no_line = kind is FaultKind.POWER_CUT
            yield from (site.id for site in active if site.links or needs_no_line)
        case FaultKind.MACHINE_OFF | FaultKind.DISK_FULL:
            yield from (machine.id for site in active for machine in site.machines)
        case FaultKind.ON_BATTERY:
            yield from (one.id for site in active for one in (*site.machines, *site.devices))
        case FaultKind.DEVICE_DOWN:
            yield from (device.id for site in active for device in site.devices)
        case FaultKind.POINT_DOWN:
            yield from (point.id for site in active for point in site.conference_points)
        case FaultKind.SERVICE_DOWN:
            yield from inventory.services
        case FaultKind.CERTIFICATE_EXPIRING:
            secure = {"https", "imaps"}
            for service in inventory.services.values():
                if (service.url or "").partition(":")[0] in secure:
                    yield service.id


def test_the_shipped_script_names_only_what_the_shipped_inventory_has():
    inventory = load_inventory(ROOT / "inventory.yaml")

    unknown = [
        fault for fault in load(SHIPPED) if fault.item not in set(items_of(inventory, fault.kind))
    ]

    assert unknown == []


def test_the_shipped_script_shows_what_the_page_can_show():
    shown = {
        FaultKind.LINK_CUT,
        FaultKind.POWER_CUT,
        FaultKind.SLOW_LINK,
        FaultKind.MACHINE_OFF,
        FaultKind.DEVICE_DOWN,
        FaultKind.POINT_DOWN,
        FaultKind.SERVICE_DOWN,
        FaultKind.CERTIFICATE_EXPIRING,
        FaultKind.DISK_FULL,
        FaultKind.ON_BATTERY,
    }

    assert shown == {fault.kind for fault in load(SHIPPED)}
