"""What is wrong with items that still work."""

import msgspec
import pytest

from collector.series.labels import Targets
from collector.verdict.judge import CONDITIONS_SECONDS
from collector.verdict.verdicts import Condition
from inventory.model import Lifecycle, Machine
from tests.judged_province import CENTRE, Judged

RETIRED_PC = Machine(id="xa-a/pc-1", profile="pc", lifecycle=Lifecycle.RETIRED)


def test_conditions_name_what_is_wrong_with_items_that_still_work(alive: Judged) -> None:
    gib = 2.0**30
    disks = [
        ("govnet_machine_disk_size_bytes", 100 * gib, {"disk": "C:"}),
        ("govnet_machine_disk_free_bytes", 4 * gib, {"disk": "C:"}),
    ]
    dropped = "govnet_agent_spool_dropped_reports_total"
    soon = alive.now + 13 * 86_400
    expiry = "govnet_service_certificate_expiry_timestamp_seconds"
    alive.hear("xa-b/pc-1", {("agent", "xa-b/pc-1"): [(dropped, 5.0)]}, skew_seconds=-301.0)
    alive.now += 60
    alive.hear(
        "xa-b/pc-1",
        {("machine", "xa-b/pc-1"): disks, ("agent", "xa-b/pc-1"): [(dropped, 6.0)]},  # type: ignore[dict-item]
        skew_seconds=-301.0,
    )
    alive.hear(CENTRE, {("service", "thu"): [("govnet_service_up", 1.0), (expiry, soon)]})

    assert alive.judge().conditions == {
        Condition("xa-b", "xa-b/pc-1", "disk_full"),
        Condition("xa-b", "xa-b/pc-1", "clock_wrong"),
        Condition("xa-b", "xa-b/pc-1", "spool_dropping"),
        Condition("trung-tam", "thu", "certificate_expiring"),
    }
    alive.now += 500
    assert alive.judge().conditions == frozenset()


@pytest.mark.parametrize(
    ("machine", "changed"),
    [
        ("xa-a/pc-mat", {}),
        ("xa-a/pc-1", {"machines": (RETIRED_PC,)}),
        ("xa-a/pc-1", {"lifecycle": Lifecycle.EXEMPT, "exempt_reason": "trụ sở mật"}),
        ("xa-a/pc-1", None),
    ],
)
def test_what_is_not_judged_has_no_conditions(
    province: Judged, machine: str, changed: dict[str, object] | None
) -> None:
    """Neither an exempt nor a retired machine, nor those of an exempt site or of one that left."""
    province.hear(machine, skew_seconds=900.0)
    sites = dict(province.inventory.sites)
    left = sites.pop("xa-a")
    if changed is not None:
        sites["xa-a"] = msgspec.structs.replace(left, **changed)
    inventory = msgspec.structs.replace(province.inventory, sites=sites)
    province.evidence.replace_inventory(Targets(inventory))
    province.judgement.replace_inventory(inventory, province.now)
    province.now += CONDITIONS_SECONDS

    assert province.judge().conditions == frozenset()


@pytest.mark.parametrize(("size", "free"), [(1_000, 49), (100, 11), (20, 2)])
def test_a_disk_with_room_is_not_full(province: Judged, size: int, free: int) -> None:
    """Given in GiB: a large disk needs 10 GiB, a small one 5 %."""
    disks = [
        ("govnet_machine_disk_size_bytes", size * 2.0**30, {"disk": "/"}),
        ("govnet_machine_disk_free_bytes", free * 2.0**30, {"disk": "/"}),
    ]
    province.hear("xa-b/pc-1", {("machine", "xa-b/pc-1"): disks})  # type: ignore[dict-item]

    assert province.judge().conditions == frozenset()
