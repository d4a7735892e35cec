"""Former names of an inventory's units: from versions and lineage, however far back."""

from datetime import date
from pathlib import Path

import msgspec

from inventory.former_names import former_names, units_today
from inventory.load import load
from inventory.model import Inventory, Lifecycle, Lineage, Unit, UnitKind, UnitVersion

ROOT = Path(__file__).parents[2]


def unit(name: str, *came_from: str, versions: tuple[str, ...] = ()) -> Unit:
    return Unit(
        id=name.lower().replace(" ", "-"),
        name=name,
        kind=UnitKind.COMMUNE,
        lifecycle=Lifecycle.RETIRED,
        versions=tuple(UnitVersion(name=one, kind=UnitKind.COMMUNE) for one in versions),
        lineage=tuple(Lineage(unit=old, kind="merged", on=date(2025, 7, 1)) for old in came_from),
    )


def names(province: Inventory, *units: Unit) -> dict[str, list[str]]:
    inventory = msgspec.structs.replace(province, units={one.id: one for one in units})
    return {key: [one.name for one in ones] for key, ones in former_names(inventory).items()}


def test_versions_and_lineage_give_names_however_far_back(small_province: Inventory) -> None:
    found = names(
        small_province,
        unit("Now", "old-a", "old-b", versions=("First", "Second")),
        unit("Old A", "oldest"),
        unit("Old B", versions=("Once",)),
        unit("Oldest"),
    )

    assert {
        "now": ["Second", "First", "Old A", "Oldest", "Old B", "Once"],
        "old-a": ["Oldest"],
        "old-b": ["Once"],
    } == found


def test_the_name_of_today_and_repeated_ones_are_left_out(small_province: Inventory) -> None:
    found = names(
        small_province,
        unit("Xa Hoà", "one", "two", versions=("Xa Hòa",)),
        unit("One", versions=("Two",)),
        unit("Two"),
    )

    assert ["One", "Two"] == found["xa-hoà"]


def test_units_that_came_from_each_other_end(small_province: Inventory) -> None:
    assert {"a": ["B"], "b": ["A"]} == names(small_province, unit("A", "b"), unit("B", "a"))


def test_the_example_province_finds_lien_nghia_under_duc_trong() -> None:
    found = former_names(load(ROOT / "inventory.yaml"))

    assert ["Thị trấn Liên Nghĩa", "Xã Phú Hội"] == [one.name for one in found["duc-trong"]]
    assert "thi tran lien nghia" == found["duc-trong"][0].key


def test_a_former_unit_leads_to_all_units_in_use_that_it_went_into(
    small_province: Inventory,
) -> None:
    in_use = [
        msgspec.structs.replace(unit(name, "between"), lifecycle=Lifecycle.ACTIVE)
        for name in ("One", "Two")
    ]
    units = [*in_use, unit("Between", "old"), unit("Old"), unit("Lost")]
    inventory = msgspec.structs.replace(small_province, units={one.id: one for one in units})

    assert ["one", "two"] == [one.id for one in units_today(inventory, "old")]
    assert () == units_today(inventory, "lost")
