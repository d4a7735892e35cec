"""Making the shipped list from its source: identity, ids for ever, what cannot be joined."""

from datetime import date

import msgspec

from inventory.units.drafts import drafts
from inventory.units.extract import with_ids
from inventory.units.records import OfficialUnits
from inventory.units.source import Row, Source, unjoined
from inventory.units.table import read, write_lineage, write_units

NOTHING = OfficialUnits(units={}, lineage=())


def today(name: str, code: str, area: float = 1.0) -> Row:
    return {
        "province": "Tỉnh Mới",
        "provinceCode": "02",
        "provinceKey": "moi",
        "provinceLat": 20.0,
        "provinceLon": 105.0,
        "ward": name,
        "wardCode": code,
        "wardLat": 20.123456,
        "wardLon": 105.987654,
        "wardAreaKm2": area,
    }


def before(name: str | None, code: str | None, province: str = "a") -> Row:
    return {
        "province": f"Tỉnh {province.upper()}",
        "provinceCode": {"a": "01", "moi": "02"}[province],
        "provinceKey": province,
        "provinceLat": 20.0,
        "provinceLon": 105.0,
        "district": "Huyện Núi",
        "districtCode": "001",
        "districtLat": None,
        "districtLon": None,
        "ward": name,
        "wardCode": code,
        "wardLat": None,
        "wardLon": None,
    }


SOURCE = Source(
    today={
        "kept": today("Xã Giữ Nguyên", "00001"),
        "renamed": today("Phường Tên Mới", "00002", area=0),
        "merged": today("Xã Đông", "00003"),
        "part": today("Xã Tây", "00004"),
        "island": today("Đặc khu Đảo", "00009"),
    },
    before={
        "kept": before("Xã Giữ Nguyên", "00001"),
        "renamed": before("Xã Tên Cũ", "00002"),
        "east": before("Xã Đông", "00003"),
        "west": before("Xã Đoài", "00005"),
        "island": before(None, None, "moi"),
    },
    provinces={"moi": ("moi", "a")},
    whole={"kept": ("kept",), "renamed": ("renamed",), "merged": ("east",), "island": ("island",)},
    parts={"merged": ("west",), "part": ("west",)},
)


def made(source: Source = SOURCE, present: OfficialUnits = NOTHING) -> OfficialUnits:
    return with_ids(drafts(source), present)


def test_a_unit_whose_extent_stayed_is_one_unit_with_two_versions() -> None:
    units = made().units

    assert ["nui-001", "moi-02"] == [one.parent for one in units["giu-nguyen-00001"].versions]
    assert ["Xã Tên Cũ", "Phường Tên Mới"] == [one.name for one in units["ten-moi-00002"].versions]
    assert "ten-cu-00002" not in units


def test_a_unit_that_took_in_another_is_new_and_the_old_one_of_its_name_is_marked() -> None:
    units = made().units

    assert units["dong-00003"].is_current
    assert date(2025, 7, 1) == units["dong-00003-cu"].newest.valid_to


def test_lineage_says_what_went_wholly_and_what_in_part() -> None:
    found = {(one.old, one.new): (one.kind, one.partial) for one in made().lineage}

    assert {
        ("dong-00003-cu", "dong-00003"): ("merged", False),
        ("doai-00005", "dong-00003"): ("split", True),
        ("doai-00005", "tay-00004"): ("split", True),
        ("nui-001", "dao-00009"): ("renamed", False),
        ("moi-02-cu", "moi-02"): ("merged", False),
        ("a-01", "moi-02"): ("merged", False),
    } == found


def test_what_is_not_known_is_left_out() -> None:
    units = made().units

    assert units["ten-moi-00002"].area_km2 is None
    assert (20.1235, 105.9877) == (units["tay-00004"].latitude, units["tay-00004"].longitude)
    assert units["doai-00005"].latitude is None


def test_an_id_stays_when_a_later_source_spells_or_names_the_unit_otherwise() -> None:
    present = made()
    rows = {**SOURCE.today, "renamed": today("Phường Tên Mới Nữa", "00002")}
    later = made(msgspec.structs.replace(SOURCE, today=rows), present)

    assert present.units.keys() == later.units.keys()
    assert "Phường Tên Mới Nữa" == later.units["ten-moi-00002"].newest.name


def test_an_id_stays_with_what_lasts_when_a_later_source_knows_of_a_merger() -> None:
    """What was thought one unit with two versions is two; only the former gets a new id."""
    known = msgspec.structs.replace(
        SOURCE,
        whole={**SOURCE.whole, "kept": ("kept", "more")},
        before={**SOURCE.before, "more": before("Xã Thêm", "00006")},
    )
    later = made(known, made())

    assert later.units["giu-nguyen-00001"].is_current
    assert 1 == len(later.units["giu-nguyen-00001"].versions)
    assert not later.units["giu-nguyen-00001-cu"].is_current


def test_the_files_give_back_the_records_they_were_written_from() -> None:
    units = made()
    again = read(write_units(units.units.values()), write_lineage(units.lineage))

    assert units.units == again.units
    assert set(units.lineage) == set(again.lineage)


def test_what_cannot_be_joined_is_named() -> None:
    wrong = msgspec.structs.replace(SOURCE, whole={"kept": ("east",), "merged": ("east", "gone")})

    assert [
        "commune that came from nowhere: island",
        "commune that came from nowhere: renamed",
        "former commune that is unknown: gone",
        "former commune that went nowhere: island",
        "former commune that went nowhere: kept",
        "former commune that went nowhere: renamed",
        "former commune that went wholly to several: east",
    ] == sorted(unjoined(wrong))
    assert [] == unjoined(SOURCE)
