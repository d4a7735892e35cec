"""What people and Excel put into cells, by the kind of the column."""

from datetime import date, datetime
from typing import Any

import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from inventory.workbook.columns import CellKind
from inventory.workbook.reading.cells import UnreadableError, read_cell
from inventory.workbook.reading.package import Fault


def read(kind: CellKind, raw: Any) -> Any:
    return read_cell(kind, raw, WINDOWS_EPOCH)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (24, 24),
        (24.0, 24),
        ("24 ", 24),
        ("24,0", 24),
        ("1.700", 1700),
        ("1,700", 1700),
        ("1 700", 1700),
        ("１２", 12),
        ("\u200b24\u00a0máy", 24),
    ],
)
def test_a_count_is_read_however_it_is_written(raw: object, expected: int):
    assert expected == read(CellKind.COUNT, raw)


@pytest.mark.parametrize(
    "raw", ["24,000", "24.000", "2,5", -1, 2.5, True, "nhiều", "1.70.0", "", 1e300, "9" * 5000]
)
def test_what_is_no_count_or_two_counts_is_refused(raw: object):
    with pytest.raises(UnreadableError):
        read(CellKind.COUNT, raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (200, 200),
        ("1,5", 1.5),
        ("1.5", 1.5),
        ("1.700", 1700),
        ("1.700,5", 1700.5),
        ("1,700.5", 1700.5),
        ("1.700.000", 1_700_000),
        ("200 Mbps", 200),
        ("1 Gbps", 1000),
        ("2,5G", 2500),
    ],
)
def test_a_number_has_a_comma_or_a_dot(raw: object, expected: float):
    found = read(CellKind.NUMBER, raw)

    assert (expected, type(expected)) == (found, type(found))


@pytest.mark.parametrize(
    "raw", ["1,700", "1,70,0", "1.7,0.0", "-5", -5, True, "200/100", "1e3", 1e300, "9" * 400]
)
def test_what_is_no_number_or_two_numbers_is_refused(raw: object):
    with pytest.raises(UnreadableError):
        read(CellKind.NUMBER, raw)


@pytest.mark.parametrize(
    "raw",
    [
        datetime(2026, 10, 1),  # noqa: DTZ001 - as openpyxl gives it
        date(2026, 10, 1),
        "01/10/2026",
        "1-10-2026",
        "1.10.26",
        "2026-10-01",
        "2026-10-01 00:00:00",
        "ngày 01/10/2026",
        " 01 / 10 / 2026 ",
        46296,
        "46296",
    ],
)
def test_a_day_is_read_however_it_is_written(raw: object):
    assert date(2026, 10, 1) == read(CellKind.DATE, raw)


def test_serial_numbers_count_from_1904_in_a_workbook_of_a_mac():
    assert date(2026, 10, 1) == read_cell(CellKind.DATE, 44834, MAC_EPOCH)


@pytest.mark.parametrize("raw", ["31/02/2026", "12/31/2026", "10/2026", 2026, 7, True, "mai"])
def test_what_is_no_day_is_refused(raw: object):
    with pytest.raises(UnreadableError):
        read(CellKind.DATE, raw)


@pytest.mark.parametrize(
    "raw",
    [
        22.6432,
        "22,6432",
        "22.6432",
        "22,6432°",
        "22.6432° N",
        "N 22.6432",
        "22.6432 B",
        "22°38'35.52\"N",
        "22°38′35,52″",
    ],
)
def test_a_latitude_has_a_comma_a_sign_or_minutes(raw: object):
    assert pytest.approx(22.6432) == read(CellKind.LATITUDE, raw)


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        (105.75, "that is a longitude"),
        (226432, "the decimal comma was lost"),
        ("22.6432, 105.7512", "both numbers stand in this cell: put each in its own"),
        ("22°75'", ""),
        ("bắc", ""),
    ],
)
def test_a_wrong_latitude_is_told_with_its_likely_reason(raw: object, hint: str):
    with pytest.raises(UnreadableError) as caught:
        read(CellKind.LATITUDE, raw)

    assert hint == caught.value.hint


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (263000001, "0263000001"),
        (2633822000, "02633822000"),
        ("0263 3822.000", "02633822000"),
        ("+84 263 3822 000", "02633822000"),
        ("(0263) 3822-000", "02633822000"),
        (19001234, "19001234"),
        (1900123456, "1900123456"),
        (113, "113"),
    ],
)
def test_a_telephone_gets_its_first_nought_back(raw: object, expected: str):
    assert expected == read(CellKind.TELEPHONE, raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("10.19.7.1", "10.19.7.1"),
        ("10,19,7,1", "10.19.7.1"),
        (" 2001:DB8::1", "2001:db8::1"),
        (1, "+1"),
        (10.0, "+10"),
        ("+ 10", "+10"),
    ],
)
def test_an_address_is_whole_or_counted_in_the_network(raw: object, expected: str):
    assert expected == read(CellKind.ADDRESS, raw)


def test_networks_are_separated_by_anything():
    raw = "10.19.7.0/24;10.19.8.0/255.255.255.0\n 2001:db8::/64 ,"

    assert ("10.19.7.0/24", "10.19.8.0/24", "2001:db8::/64") == read(CellKind.NETWORKS, raw)


@pytest.mark.parametrize("raw", [True, "Có", "x", "✓", "YES", 1, "TRUE", "co"])
def test_words_for_yes(raw: object):
    assert read(CellKind.FLAG, raw) is True


@pytest.mark.parametrize("raw", [False, "Không", "ko", "NO", 0, "FALSE"])
def test_words_for_no(raw: object):
    assert read(CellKind.FLAG, raw) is False


def test_text_is_composed_and_its_numbers_are_short():
    assert "Nhà văn hoá" == read(CellKind.TEXT, " Nha\u0300\u200b  va\u0306n\u00a0hoá\n")
    assert "8801" == read(CellKind.TEXT, 8801.0)


@pytest.mark.parametrize("kind", list(CellKind))
def test_an_error_of_excel_is_a_value_of_no_column(kind: CellKind):
    with pytest.raises(UnreadableError):
        read(kind, Fault("#N/A"))
