"""The utility's list: times, columns, encodings, and every mistake at its place."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from collector.maintenance.records import Announced
from collector.maintenance.times import read_time, shown
from collector.maintenance.utility_csv import decode, read_notices
from govnet.errors import ConfigError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EIGHT = datetime(2026, 12, 1, 8, tzinfo=ZONE).timestamp()


def read(text: str) -> list[Announced]:
    return read_notices(text, "cat.csv", ZONE)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return caught.value.problems


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01 08:00",
        "2026-12-01T08:00",
        "2026-12-01  08:00:00",
        "01/12/2026 08:00",
        "1/12/2026 8:00",
        "01-12-2026 8h00",
        "08:00 01/12/2026",
        "08:00:00 ngày 01/12/2026",
        "8h00, NGÀY 1/12/2026",
        " 8g00 nga\u0300y 01/12/2026 ",
    ],
)
def test_a_time_is_read_as_people_and_the_utility_write_it(text: str):
    assert EIGHT == read_time(text, ZONE)
    assert "01/12/2026 08:00" == shown(EIGHT, ZONE)


@pytest.mark.parametrize(
    "text",
    ["", "08:00", "01/12/2026", "31/02/2026 08:00", "01/12/2026 24:00", "12/13/2026 08:00", "mai"],
)
def test_what_is_no_time_is_none(text: str):
    assert read_time(text, ZONE) is None


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_may_come_in_any_order_with_others_between_them(separator: str, end: str):
    lines = [
        ["STT", "Đến", "KHU VỰC MẤT ĐIỆN", "tu", "Lý do"],
        ["1", "01/12/2026 17:00", '"Thôn 1, thôn 2; xã Ka Đô"', "01/12/2026 08:00", "Sửa lưới"],
        ["", "", "", "", ""],
        ["2", "01/12/2026 9:00", '"Xã Đơn Dương\n(một phần)"', "01/12/2026 08:00", ""],
    ]
    text = end + end.join(separator.join(line) for line in lines) + end

    first, second = read(text)
    assert first == Announced(
        area="Thôn 1, thôn 2; xã Ka Đô", start=EIGHT, end=EIGHT + 9 * 3600, reason="Sửa lưới"
    )
    assert (second.area, second.reason) == ("Xã Đơn Dương (một phần)", "")


def test_every_mistake_is_told_at_once_with_its_place():
    text = (
        "Khu vực,Từ,Đến\n"
        ",01/12/2026 08:00,x\n"
        '"Xã A,\nthôn 1",01/12/2026 08:00,01/12/2026 07:00\n'
        "Xã B,,2028-01-01 00:00\n"
        "Xã C,01/12/2026 08:00,2028-01-01 00:00\n"
        "Xã D\n"
    )
    later = "expected a time after the start, 01/12/2026 08:00"
    time = "expected a time like 01/12/2026 07:30 or 2026-12-01 07:30"
    assert mistakes(text) == [
        "cat.csv:2:1: Khu vực: expected the area without power, got nothing",
        f'cat.csv:2:19: Đến: {time}, got "x"',
        f'cat.csv:4:26: Đến: {later}, got "01/12/2026 07:00"',
        f"cat.csv:5:6: Từ: {time}, got nothing",
        'cat.csv:6:23: Đến: expected at most 366 days after the start, got "2028-01-01 00:00"',
        f"cat.csv:7:1: Từ: {time}, got nothing",
    ]


def test_missing_and_doubled_columns_are_named():
    assert mistakes("Nơi;Từ;Từ\n") == [
        'cat.csv:1:1: expected a column "Khu vực" or "Khu vực mất điện", got "Nơi", "Từ", "Từ"',
        'cat.csv:1:1: expected a column "Đến" or "Thời gian kết thúc", got "Nơi", "Từ", "Từ"',
        'cat.csv:1:8: Từ: expected this column once, got "Từ"',
    ]
    assert mistakes("\n \n") == [
        "cat.csv:1:1: expected a line that names the columns, got an empty file"
    ]


def test_a_header_alone_announces_nothing():
    assert read("Khu vực;Từ;Đến\n") == []


def test_the_mark_that_excel_puts_first_is_no_part_of_the_text():
    assert "Khu vực" == decode("\ufeffKhu vực".encode(), "cat.csv")


def test_another_encoding_is_named_with_what_to_do():
    with pytest.raises(ConfigError) as caught:
        decode("Khu vực;Từ\nxã".encode("utf-16"), "cat.csv")

    assert caught.value.problems == [
        "cat.csv:1:1: expected UTF-8 text, got another encoding (save it as «CSV UTF-8» in Excel)"
    ]


def test_texts_of_unbearable_length_are_refused():
    long = "a" * 5000
    assert mistakes(f"Khu vực;Từ;Đến;Lý do\n{long};01/12/2026 08:00;01/12/2026 09:00;{long}\n") == [
        "cat.csv:2:1: Khu vực: expected at most 4000 characters, got 5000",
        "cat.csv:2:5036: Lý do: expected at most 500 characters, got 5000",
    ]
