"""Which sites a notice of the utility may reach: always a ranked guess, never a decision."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from collector.maintenance.candidates import Places
from collector.maintenance.records import Match
from inventory.load import load
from inventory.model import Inventory, Lifecycle

ROOT = Path(__file__).parents[2]
DAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(ROOT / "inventory.yaml")


@pytest.fixture(scope="module")
def places(province: Inventory) -> Places:
    return Places(province)


def found(places: Places, area: str) -> dict[str, Match]:
    return {one.site: one.match for one in places.candidates(area, DAY)}


@pytest.mark.parametrize(
    "area",
    [
        "Thôn Nghĩa Đức, xã Đơn Dương",
        "XÃ ĐƠN DƯƠNG: thôn Nghĩa Đức",
        "x. don duong",
        "Một phần thôn 2 - Xã  Đơn Dương.",
    ],
)
def test_a_commune_is_found_by_its_name_however_it_is_written(places: Places, area: str):
    assert found(places, area) == {"don-duong": Match.UNIT, "don-duong-2": Match.UNIT}


def test_of_a_former_commune_its_old_seat_comes_first(places: Places):
    assert list(found(places, "Thôn R'Lơm, xã Tu Tra").items()) == [
        ("don-duong-2", Match.FORMER_SEAT),
        ("don-duong", Match.FORMER_UNIT),
    ]
    assert found(places, "TT Thạnh Mỹ")["don-duong"] is Match.FORMER_UNIT


def test_what_is_called_today_as_before_is_todays(places: Places):
    assert found(places, "xã Hiệp Thạnh")["hiep-thanh"] is Match.UNIT


def test_a_name_within_a_longer_name_is_not_meant(places: Places):
    assert set(found(places, "xã Nam Ban Lâm Hà")) == {"nam-ban-lam-ha"}
    assert set(found(places, "xã Đam Rông 1")) == {"dam-rong-1"}


@pytest.mark.parametrize("before", ["thôn", "đường", "Điện lực", "TDP"])
def test_a_hamlet_street_or_office_called_like_a_commune_is_not_that_commune(
    places: Places, before: str
):
    assert "duc-trong" not in found(places, f"{before} Đức Trọng, xã Ka Đô")


def test_a_name_without_the_word_for_a_commune_ranks_behind(places: Places):
    assert found(places, "Ka Đô, xã Đơn Dương") == {
        "don-duong": Match.UNIT,
        "don-duong-2": Match.UNIT,
        "ka-do": Match.UNIT_ALIKE,
    }


def test_of_a_district_all_of_its_power_area_may_be_meant(places: Places, province: Inventory):
    assert found(places, "Toàn huyện Đơn Dương") == {
        site.id: Match.POWER_AREA
        for site in province.sites.values()
        if site.power_area == "don-duong"
    }


def test_what_names_nothing_known_has_no_candidate(places: Places):
    assert found(places, "Khu vực trạm biến áp T3") == {}


def test_a_hamlet_in_the_postal_address_is_nearest(province: Inventory):
    site = msgspec.structs.replace(
        province.sites["don-duong-2"], postal_address="Thôn Nghĩa Hội, xã Đơn Dương"
    )
    places = Places(msgspec.structs.replace(province, sites={**province.sites, site.id: site}))

    assert list(found(places, "thôn Nghĩa Đức, Nghĩa Hội - xã Đơn Dương").items()) == [
        ("don-duong-2", Match.HAMLET),
        ("don-duong", Match.UNIT),
    ]
    assert found(places, "thôn Nghĩa Hội")["don-duong-2"] is Match.HAMLET
    assert "don-duong-2" not in found(places, "thôn Nghĩa Hội, xã Ka Đô")


def test_an_agency_is_found_by_the_commune_of_its_address(province: Inventory):
    site = msgspec.structs.replace(
        province.sites["bv-lam-dong"], postal_address="01 Phạm Ngọc Thạch, phường Cam Ly"
    )
    places = Places(msgspec.structs.replace(province, sites={**province.sites, site.id: site}))

    assert found(places, "Phường Cam Ly - Đà Lạt")["bv-lam-dong"] is Match.UNIT
    assert found(places, "đường Phạm Ngọc Thạch, 01 Phạm Ngọc Thạch, phường Cam Ly")[
        "bv-lam-dong"
    ] is (Match.HAMLET)


def test_what_is_not_in_use_is_no_candidate(province: Inventory):
    site = msgspec.structs.replace(province.sites["don-duong"], lifecycle=Lifecycle.PLANNED)
    places = Places(msgspec.structs.replace(province, sites={**province.sites, site.id: site}))

    assert found(places, "xã Đơn Dương") == {"don-duong-2": Match.UNIT}
