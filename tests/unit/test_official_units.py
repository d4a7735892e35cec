"""The shipped list of official units: counts, ids, periods and lineage."""

import hashlib
import re
from collections import Counter
from datetime import date
from pathlib import Path

from inventory.load import load
from inventory.model import UnitKind
from inventory.units.kinds import bare
from inventory.units.official import load_official
from inventory.units.records import OfficialUnit, OfficialVersion

ROOT = Path(__file__).parents[2]
REFORM = date(2025, 7, 1)
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
UNITS = load_official().units
CURRENT = [unit for unit in UNITS.values() if unit.is_current]
FORMER = [unit for unit in UNITS.values() if not unit.is_current]


def province_of(version: OfficialVersion) -> str:
    """Return the id of the province in which a version lies, by the parents of its time."""
    parent = UNITS[version.parent or ""]
    if parent.newest.kind is UnitKind.DISTRICT:
        parent = UNITS[parent.newest.parent or ""]
    return parent.id


def came_from(unit: OfficialUnit) -> set[str]:
    """Return the former provinces of a commune of today."""
    origins = load_official().origins.get(unit.id, ())
    old = [UNITS[one.old].newest for one in origins] or list(unit.versions[:-1])
    return {province_of(version) for version in old}


def communes_of(province: str) -> list[OfficialUnit]:
    return [unit for unit in CURRENT if unit.newest.parent == province]


def test_the_units_of_today_are_those_of_the_official_list() -> None:
    assert {
        UnitKind.PROVINCE: 34,
        UnitKind.COMMUNE: 2621,
        UnitKind.WARD: 687,
        UnitKind.SPECIAL_ZONE: 13,
    } == Counter(unit.newest.kind for unit in CURRENT)


def test_the_units_of_before_are_all_there_once() -> None:
    before = Counter(
        len(version.code)
        for unit in UNITS.values()
        for version in unit.versions
        if version.valid_from is None
    )

    assert {2: 63, 3: 696, 5: 10_035} == before


def test_a_merged_province_has_the_communes_of_each_of_its_former_ones() -> None:
    thai_nguyen, lam_dong = communes_of("thai-nguyen-19"), communes_of("lam-dong-68")

    assert {("bac-kan-06",): 37, ("thai-nguyen-19-cu",): 55} == Counter(
        tuple(came_from(unit)) for unit in thai_nguyen
    )
    assert {("lam-dong-68-cu",): 51, ("dak-nong-67",): 28, ("binh-thuan-60",): 45} == Counter(
        tuple(came_from(unit)) for unit in lam_dong
    )


def test_the_four_communes_of_the_merger_of_bang_thanh_are_its_origins() -> None:
    official = load_official()

    assert {
        "Xã Bộc Bố": "01864",
        "Xã Giáo Hiệu": "01870",
        "Xã Nhạn Môn": "01861",
        "Xã Bằng Thành": "01858",
    } == {
        UNITS[one.old].newest.name: UNITS[one.old].newest.code
        for one in official.origins["bang-thanh-01864"]
    }
    assert "pac-nam-060" == UNITS["boc-bo-01864"].newest.parent
    assert "bac-kan-06" == UNITS["pac-nam-060"].newest.parent


def test_a_former_commune_that_was_split_says_so_in_every_part() -> None:
    split = {
        old: ones for old, ones in load_official().successors.items() if ones[0].kind == "split"
    }

    assert 471 == len(split)
    assert all(len(ones) > 1 and all(one.partial for one in ones) for ones in split.values())


def test_a_unit_renamed_whole_stays_the_same_unit() -> None:
    """A new id would cut its history off: names are versions."""
    assert ["Xã Krông Na", "Xã Buôn Đôn"] == [
        version.name for version in UNITS["buon-don-24235"].versions
    ]


def test_ids_are_valid_and_start_with_the_name_without_its_kind() -> None:
    assert all(ID.fullmatch(unit) and unit == UNITS[unit].id for unit in UNITS)
    assert {"thai-nguyen-19", "bac-kan-06", "thai-nguyen-19-cu", "pac-nam-060"} <= UNITS.keys()
    assert "n-thol-ha-24973" in UNITS
    assert "Phường 5" == bare("Phường 5")


def test_no_id_ever_changes() -> None:
    """Sites, series and links hold ids. A later list may add some: then, and only then, anew."""
    firsts = ((unit.id, unit.versions[0]) for unit in UNITS.values())
    text = "\n".join(sorted(f"{unit} {first.code} {first.name}" for unit, first in firsts))

    assert (
        "f986fd52e2db9c81a98d51d8b5a17816bfcc91bd6398ffab08b55b2d33b7459b"
        == hashlib.sha256(text.encode()).hexdigest()
    )


def test_codes_in_force_are_unique() -> None:
    assert len(CURRENT) == len({unit.newest.code for unit in CURRENT})


def test_versions_follow_each_other_without_a_gap() -> None:
    for unit in UNITS.values():
        for earlier, later in zip(unit.versions, unit.versions[1:], strict=False):
            assert earlier.valid_to == later.valid_from is not None
        assert unit.newest.valid_to in {None, REFORM}


def test_a_parent_is_of_a_tier_above_and_of_the_same_time() -> None:
    for unit in UNITS.values():
        for version in unit.versions:
            if version.parent is None:
                assert version.kind is UnitKind.PROVINCE
                continue
            parent = UNITS[version.parent].newest
            assert len(parent.code) < len(version.code)
            # What is above in a period exists in it: both ended, or the parent lasts.
            assert parent.valid_to in {version.valid_to, None}


def test_lineage_leads_from_what_ended_to_what_began_that_day_and_never_back() -> None:
    """So no unit can be its own ancestor: an old one had ended before a new one began."""
    for one in load_official().lineage:
        assert one.on == UNITS[one.old].newest.valid_to == UNITS[one.new].versions[0].valid_from
        assert one.partial == (one.kind == "split")


def test_what_ended_went_somewhere_and_what_began_came_from_somewhere() -> None:
    official = load_official()
    communes = [unit for unit in UNITS.values() if len(unit.newest.code) != 3]

    assert all(unit.is_current or unit.id in official.successors for unit in communes)
    assert all(
        unit.versions[0].valid_from is None or unit.id in official.origins for unit in communes
    )


def test_positions_lie_in_viet_nam() -> None:
    for unit in CURRENT:
        assert 6 < (unit.latitude or 0) < 24
        assert 102 < (unit.longitude or 0) < 118
        assert unit.area_km2 is None or unit.area_km2 > 0


def test_the_example_province_has_the_codes_and_names_of_the_list() -> None:
    example = load(ROOT / "inventory.yaml").units.values()
    known = {(one.code, one.name) for unit in UNITS.values() for one in unit.versions}
    in_force = {(unit.newest.code, unit.newest.name) for unit in CURRENT}
    communes = [unit for unit in example if unit.code and len(unit.code) == 5]

    assert 124 == sum(unit.lifecycle == "active" for unit in communes)
    assert [] == [
        unit.id
        for unit in communes
        if (unit.code, unit.name) not in (in_force if unit.lifecycle == "active" else known)
    ]


def test_the_example_province_says_of_its_mergers_what_the_list_says() -> None:
    inventory = load(ROOT / "inventory.yaml")
    official = load_official()
    by_code = {unit.newest.code: unit for unit in CURRENT}

    for unit in inventory.units.values():
        if unit.lineage and unit.code and len(unit.code) == 5:
            said = {(inventory.units[one.unit].code, one.kind, one.partial) for one in unit.lineage}
            assert said == {
                (UNITS[one.old].newest.code, one.kind, one.partial)
                for one in official.origins[by_code[unit.code].id]
            }, unit.id
