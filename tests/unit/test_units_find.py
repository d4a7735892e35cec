"""Finding official units as people name them, and what a program takes for the one meant."""

import time

import pytest

from inventory.units.find import (
    Fit,
    Match,
    find,
    near_names,
    near_province,
    provinces,
    resolve,
)
from inventory.units.official import load_official

UNITS = load_official()
BANG_THANH = "bang-thanh-01864"


def ids(text: str, province: str | None = None) -> list[str]:
    return [match.unit.id for match in find(UNITS, text, province=province, limit=99).found]


def meant(text: str, province: str | None = None) -> str | None:
    unit = resolve(UNITS, text, province=province).unit
    return unit.id if unit else None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bang thanh", BANG_THANH),
        ("BẰNG  THÀNH", BANG_THANH),
        ("X.Bằng Thành", BANG_THANH),
        ("x bang thanh", BANG_THANH),
        ("bangthanh", BANG_THANH),
        ("bộc bố", "boc-bo-01864"),
        ("X. Bộc Bố, H. Pác Nặm, T. Bắc Kạn", "boc-bo-01864"),
        ("n thol ha", "n-thol-ha-24973"),
        ("xã N’Thol Hạ", "n-thol-ha-24973"),
        ("Nthol ha", "n-thol-ha-24973"),
        ("P5, Đà Lạt", "phuong-5-24790"),
        ("phường 05 tp.đà lạt", "phuong-5-24790"),
        ("Q.1, TP. Hồ Chí Minh", "quan-1-760"),
        ("Q1, TPHCM", "quan-1-760"),
        ("xã Củ Chi TP.HCM", "cu-chi-27553"),
        ("Xà Bang", "xa-bang-26596"),
        ("Phường Hoà Bình, Phú Thọ", "hoa-binh-04795"),
        ("Phường Hòa Bình, Phú Thọ", "hoa-binh-04795"),
        ("TT D'ran", "d-ran-24928"),
        ("xuân hương đà lạt", "xuan-huong-da-lat-24781"),
        ("Lâm Viên", "lam-vien-da-lat-24778"),
        ("đk phú quý", "phu-quy-23272"),
        ("đặc khu Phú Quí", "phu-quy-23272"),
        ("xã Mĩ Đức, Hà Nội", "my-duc-10441"),
        ("tx duy tien", "duy-tien-349"),
        ("TP Huế", "hue-46"),
        ("01864 Bộc Bố", "boc-bo-01864"),
        ("060", "pac-nam-060"),
    ],
)
def test_a_unit_is_found_however_it_is_typed(text: str, found: str) -> None:
    assert found == ids(text)[0]


@pytest.mark.parametrize("old", ["Bộc Bố", "Giáo Hiệu", "Nhạn Môn", "Bằng Thành"])
def test_every_old_name_of_a_merger_leads_to_the_commune_of_today(old: str) -> None:
    for text in (f"Xã {old}, Pác Nặm", f"{old}, Bắc Kạn", f"{old}, Thái Nguyên"):
        assert BANG_THANH == meant(text)
        assert {BANG_THANH} == {
            unit.id for match in find(UNITS, text).found for unit in match.today
        }


def test_what_was_spelled_with_diacritics_ranks_before_what_fits_without_them() -> None:
    fits = [match.fit for match in find(UNITS, "Tân Thành", limit=99).found]

    assert sorted(fits) == fits
    assert {Fit.SPELLED, Fit.OTHERWISE} == set(fits)


def test_what_is_in_force_ranks_before_what_ended() -> None:
    first = find(UNITS, "tan thanh", province="68").found[0]

    assert "tan-thanh-23143" == first.unit.id
    assert first.version.valid_to is None


def test_a_kind_that_was_typed_leaves_others_out_unless_nothing_has_it() -> None:
    assert ["d-ran-24934"] == ids("xã d'ran")
    assert ["d-ran-24928"] == ids("thị trấn d'ran")
    assert [False, False] == [match.kind_fits for match in find(UNITS, "phường bằng thành").found]


def test_a_code_that_two_units_had_finds_both() -> None:
    assert [BANG_THANH, "boc-bo-01864"] == ids("01864")


def test_a_parent_narrows_with_a_comma_or_without() -> None:
    assert ["bang-thanh-01858"] == ids("bằng thành pác nặm") == ids("bằng thành, huyện pác nặm")
    assert ["bang-thanh-01858"] == ids("bằng thành pác nặm bắc kạn")


def test_a_part_of_a_name_is_found_only_where_nothing_has_it_whole() -> None:
    assert {Fit.PART} == {match.fit for match in find(UNITS, "bang th").found}
    assert ["da-lat-672"] == ids("da lat")


def test_a_limit_cuts_the_list_and_says_how_many_there_were() -> None:
    matches = find(UNITS, "tân thành", limit=2)

    assert (2, True) == (len(matches.found), matches.total > 20)


def test_a_unit_renamed_whole_is_found_by_its_old_name_as_itself() -> None:
    match = find(UNITS, "Krông Na").found[0]

    assert ("buon-don-24235", "Xã Krông Na") == (match.unit.id, match.version.name)


@pytest.mark.parametrize(
    ("text", "province", "expected"),
    [
        ("Bằng Thành", "19", BANG_THANH),
        ("Bằng Thành", "Tỉnh Thái Nguyên", BANG_THANH),
        ("Bằng Thành", "bac kan", BANG_THANH),
        ("Xã Bộc Bố", "19", BANG_THANH),
        ("Bằng Thành, Pác Nặm", None, BANG_THANH),
        ("01864", None, BANG_THANH),
        ("01858", None, BANG_THANH),
        ("1864", None, BANG_THANH),
        ("Bộc Bố", "6", BANG_THANH),
        (BANG_THANH, None, BANG_THANH),
        ("boc-bo-01864", None, BANG_THANH),
        ("Tân Thành", "68", "tan-thanh-23143"),
        ("Tân Thành, Đức Trọng", "68", "tan-hoi-24976"),
        ("Thị trấn D'ran", "68", "d-ran-24934"),
    ],
)
def test_a_program_gets_the_one_unit_of_today_where_something_decides(
    text: str, province: str | None, expected: str
) -> None:
    assert expected == meant(text, province)


@pytest.mark.parametrize(
    ("text", "province", "why"),
    [
        ("Xã Bằng Thành", None, "a name alone, though no other has it"),
        ("Bộc Bố", None, "a former name alone"),
        ("Bộc Bố", "", "an empty province decides nothing"),
        ("Tân Thành", None, "a name of many"),
        ("Hòa Thắng, Bắc Bình", "68", "it was split: two units have parts of it"),
        ("Đà Lạt", "68", "a city that became several"),
        ("Bằng Thạnh", "19", "another spelling is another name"),
        ("Phường Bằng Thành", "19", "another kind"),
        ("01864 Nhạn Môn", None, "the code is of another name"),
        ("Bằng Thàn", "19", "a part of a name"),
        ("", "19", "nothing"),
    ],
)
def test_a_program_gets_the_candidates_where_nothing_decides(
    text: str, province: str | None, why: str
) -> None:
    found = resolve(UNITS, text, province=province)

    assert found.unit is None, why
    assert bool(text) == bool(found.candidates)


def test_a_program_is_told_by_which_former_name_it_found() -> None:
    match = resolve(UNITS, "Xã Bộc Bố", province="19").match

    assert isinstance(match, Match)
    assert "Xã Bộc Bố" == match.version.name


def test_a_province_is_known_by_name_and_code_of_any_time() -> None:
    assert {"thai-nguyen-19", "thai-nguyen-19-cu"} == provinces(UNITS, "Thái Nguyên")
    assert {"bac-kan-06"} == provinces(UNITS, "06") == provinces(UNITS, "t. bắc kạn")
    assert set() == provinces(UNITS, "Pác Nặm")


def test_a_name_that_nothing_has_gets_the_nearest_one_as_a_hint() -> None:
    assert [] == ids("Xã Bang Thnah")
    assert ["Xã Bằng Thành"] == near_names(UNITS, "Xã Bang Thnah")
    assert [] == near_names(UNITS, "") == near_names(UNITS, "qqqqqqqqqqqq")


def test_a_text_of_any_length_is_answered_at_once():
    started_at = time.thread_time()

    for text in ("a" * 100_000, "thai nguyen " * 10_000, "," * 100_000):
        find(UNITS, text)
        near_names(UNITS, text)
        near_province(UNITS, text)
        provinces(UNITS, text)

    assert time.thread_time() - started_at < 10
