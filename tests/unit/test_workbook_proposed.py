"""What the template proposes for a unit that has no building yet."""

import msgspec
import pytest

from inventory.model import Inventory, Lifecycle, Unit, UnitKind
from inventory.workbook.proposed import FILLED_BY_TEMPLATE, proposals, proposed_id, proposed_name
from inventory.workbook.written import Written

COMMUNE = Unit(id="bang-thanh", name="Xã Bằng Thành", kind=UnitKind.COMMUNE)
AGENCY = Unit(id="so-y-te", name="Sở Y tế", kind=UnitKind.AGENCY)


def province_of(small: Inventory, *units: Unit) -> Inventory:
    return msgspec.structs.replace(small, units={one.id: one for one in units})


def test_a_unit_without_a_site_gets_a_row_with_id_name_and_profile(
    small_province: Inventory,
) -> None:
    """The first profile for that kind of building is the usual one."""
    written = Written(site_profiles={"campus": "", "hq": "commune", "annex": "commune"})

    (row,) = proposals(province_of(small_province, COMMUNE), written)

    assert row == {
        "id": "bang-thanh",
        "unit": "bang-thanh",
        "name": "Trụ sở UBND xã Bằng Thành",
        "profile": "hq",
    }
    assert set(row) <= FILLED_BY_TEMPLATE


def test_without_a_profile_the_row_says_what_kind_of_building_it_is(
    small_province: Inventory,
) -> None:
    """Import needs one of both."""
    (row,) = proposals(province_of(small_province, AGENCY))

    assert row["kind"] == "agency"


def test_units_that_are_gone_or_have_no_building_get_no_row(small_province: Inventory) -> None:
    """Former communes, the province itself, and offices within an agency."""
    retired = msgspec.structs.replace(COMMUNE, lifecycle=Lifecycle.RETIRED)
    office = Unit(id="van-phong", name="Văn phòng", kind=UnitKind.SUB_UNIT)
    province = Unit(id="lam-dong", name="Tỉnh Lâm Đồng", kind=UnitKind.PROVINCE)

    assert list(proposals(province_of(small_province, retired, office, province))) == []


def test_a_unit_with_a_site_gets_no_second_one(small_province: Inventory) -> None:
    """Its row is the one of the site."""
    proposed = {row["unit"] for row in proposals(small_province)}
    housed = {one.unit for site in small_province.sites.values() for one in site.assignments}

    assert not proposed & housed


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Phường Cam Ly - Đà Lạt", UnitKind.WARD, "Trụ sở UBND phường Cam Ly - Đà Lạt"),
        ("Đặc khu Phú Quý", UnitKind.SPECIAL_ZONE, "Trụ sở UBND đặc khu Phú Quý"),
        ("Bằng Thành", UnitKind.COMMUNE, "Trụ sở UBND xã Bằng Thành"),
        ("Sở Y tế", UnitKind.AGENCY, "Trụ sở Sở Y tế"),
    ],
)
def test_names_are_written_as_on_the_signboard(name: str, kind: UnitKind, expected: str) -> None:
    """The word for the kind stands once, in small letters."""
    assert proposed_name(Unit(id="a", name=name, kind=kind)) == expected


def test_an_id_that_is_taken_gets_a_number() -> None:
    """Sites and services share one name space."""
    assert proposed_id("a", ()) == "a"
    assert proposed_id("a", {"a", "a-2"}) == "a-3"
