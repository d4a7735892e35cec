"""What the inventory alone says is exposed of what is active, and of nothing else."""

from dataclasses import dataclass

import msgspec

from collector.metrics.declared import declared_rows
from inventory.model import Inventory, Lifecycle


@dataclass(frozen=True)
class Rows:
    """The rows of an inventory."""

    inventory: Inventory

    def __getitem__(self, name: str) -> dict[tuple[str, ...], float]:
        return dict(declared_rows(self.inventory)[name])


def test_a_circuit_has_its_carrier_its_capacity_and_what_was_agreed(small_province: Inventory):
    rows, key = Rows(small_province), ("xa-a", "xa-a/tslcd")

    assert 1.0 == rows["govnet_link_info"][(*key, "vnpt", "fiber", "0")]
    assert 25e6 == rows["govnet_link_capacity_bytes_per_second"][key]
    assert 0.99 == rows["govnet_link_agreed_availability_ratio"][key]


def test_a_server_is_told_from_a_pc_and_an_exempt_machine_is_not_named(small_province: Inventory):
    rows = Rows(small_province)["govnet_machine_role_info"]

    assert {
        ("xa-a", "xa-a/pc-1", "pc"),
        ("xa-a", "xa-a/pc-2", "pc"),
        ("xa-a", "xa-a/may-chu", "server"),
    } == set(rows)


def test_nothing_of_a_site_that_is_not_active_is_exposed(small_province: Inventory):
    site = small_province.sites["xa-a"]
    retired = msgspec.structs.replace(site, lifecycle=Lifecycle.RETIRED)
    changed = msgspec.structs.replace(
        small_province, sites={**small_province.sites, "xa-a": retired}
    )
    left = [key for rows in declared_rows(changed).values() for key in rows if key[0] == "xa-a"]

    assert [] == left


def test_a_retired_circuit_and_device_are_not_exposed(small_province: Inventory):
    site = small_province.sites["xa-a"]
    changed_site = msgspec.structs.replace(
        site,
        links=(msgspec.structs.replace(site.links[0], lifecycle=Lifecycle.RETIRED),),
        devices=(msgspec.structs.replace(site.devices[0], lifecycle=Lifecycle.PLANNED),),
    )
    changed = Rows(
        msgspec.structs.replace(
            small_province, sites={**small_province.sites, "xa-a": changed_site}
        )
    )

    assert ("xa-a", "xa-a/cpe", "cpe") not in changed["govnet_device_kind_info"]
    assert ("xa-b", "xa-b/cpe", "cpe") in changed["govnet_device_kind_info"]
    assert ("xa-a", "xa-a/tslcd") not in changed["govnet_link_capacity_bytes_per_second"]
