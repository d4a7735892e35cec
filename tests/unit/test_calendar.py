"""When what is expected: the sessions of 2026, holidays, swapped days, windows."""

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from inventory.calendar import Expectation, Schedule, Window, expected
from inventory.following import OFFICE_HOURS
from inventory.load import load
from inventory.model import Inventory

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TEXT = """
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: ttdl}
calendars:
  - id: office
    sessions:
      mon: &day [&morning {start: "07:30", end: "11:30"}, {start: "13:30", end: "17:00"}]
      tue: *day
      wed: *day
      thu: *day
      fri: [{start: "07:30", end: "11:30"}, {start: "13:30", end: "16:00"}]
    off: [2026-03-10]
    worked: {2026-03-14: tue, 2026-11-24: wed}
  - id: saturday
    sessions: {mon: *day, tue: *day, wed: *day, thu: *day, fri: *day, sat: [*morning]}
  - id: always
    holidays: null
    sessions:
      mon: &all [{start: "00:00", end: "24:00"}]
      tue: *all
      wed: *all
      thu: *all
      fri: *all
      sat: *all
      sun: *all
  - {id: never, sessions: {mon: []}}
changed_days:
  - {day: 2026-01-02, off: true, reason: 12729/VPCP-KGVX}
  - {day: 2026-01-10, worked_as: fri, reason: 12729/VPCP-KGVX}
  - {day: 2026-03-14, off: true, reason: thử}
units:
  - {id: above, name: Tỉnh, kind: province, calendar: saturday}
  - {id: xa, name: Xã, kind: commune, parent: above}
  - {id: phuong, name: Phường, kind: ward, calendar: office}
  - {id: so, name: Sở, kind: agency}
carriers: [{id: vnpt, name: VNPT}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}, {id: server, name: Máy chủ, role: server}]
sites:
  - id: ttdl
    unit: so
    name: Trung tâm
    kind: data_centre
    machines: [{id: sv, profile: server}]
    conference_points: [{id: mcu, kind: mcu, address: 198.18.0.9}]
  - id: xa
    unit: xa
    name: Xã
    kind: commune
    links: [{id: tslcd, technology: fiber, carrier: vnpt, far_end: {site: ttdl}}]
    devices:
      - {id: cpe, kind: cpe}
      - {id: may-in, kind: printer}
      - {id: may-in-to, kind: printer, address: 198.18.0.5, always_on: true}
      - {id: cu, kind: switch, lifecycle: retired}
    machines:
      - {id: mot-cua, profile: pc}
      - {id: hop, profile: pc, address: 198.18.0.6, always_on: true}
    conference_points: [{id: vc, kind: codec, address: 198.18.0.7}]
  - id: phuong
    name: Phường
    kind: commune
    assignments:
      - {unit: xa, valid_from: 2026-02-01, valid_to: 2026-07-01}
      - {unit: phuong, valid_from: 2026-07-01}
    devices: [{id: cpe, kind: cpe}]
  - {id: so, unit: so, name: Sở, kind: agency}
  - {id: truc, unit: so, name: Trực, kind: agency, calendar: always}
  - id: sap-co
    unit: so
    name: Sắp có
    kind: agency
    lifecycle: planned
    devices: [{id: cpe, kind: cpe}]
services:
  - {id: cong, name: Cổng, kind: service_portal, url: "https://cong.example"}
  - id: mot-cua
    name: Một cửa
    kind: one_stop
    url: https://mot-cua.example
    calendar: office
    site: ttdl
  - {id: bo, name: Bỏ, kind: other, url: "https://bo.example", lifecycle: retired}
"""


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    path = tmp_path_factory.mktemp("calendar") / "inventory.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return load(path)


@pytest.fixture
def schedule(inventory: Inventory) -> Schedule:
    return Schedule(inventory)


def at(day: str, time: str = "09:00") -> float:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZONE).timestamp()


def day_of_a_pc(schedule: Schedule, day: str, site: str = "phuong") -> list[str]:
    times = ("07:15", "07:30", "11:30", "13:30", "17:00")
    return [schedule.expectation(f"{site}/pc-07", at(day, time)).value for time in times]


OFFICE_DAY = ["after_hours", "working", "break", "working", "after_hours"]


def test_an_ordinary_day_has_two_sessions_and_a_break(schedule: Schedule) -> None:
    assert day_of_a_pc(schedule, "2026-11-26") == OFFICE_DAY


@pytest.mark.parametrize(
    ("day", "word"),
    [
        ("2026-11-28", "day_off"),  # A Saturday.
        ("2026-11-29", "day_off"),
        ("2026-09-01", "holiday"),  # Quốc khánh.
        ("2026-09-02", "holiday"),
        ("2026-08-31", "holiday"),  # Against Saturday 22 August.
        ("2027-11-24", "holiday"),  # Ngày Văn hóa Việt Nam, since 2026.
    ],
)
def test_nobody_is_expected_on_a_day_off_or_a_holiday(
    schedule: Schedule, day: str, word: str
) -> None:
    assert set(day_of_a_pc(schedule, day)) == {word}


def test_second_of_january_2026_is_off_against_saturday_the_tenth(schedule: Schedule) -> None:
    assert set(day_of_a_pc(schedule, "2026-01-02", "so")) == {"holiday"}
    assert day_of_a_pc(schedule, "2026-01-10", "so") == OFFICE_DAY
    assert set(day_of_a_pc(schedule, "2026-01-17", "so")) == {"day_off"}


def test_a_swapped_saturday_has_the_sessions_of_the_weekday_it_stands_for(
    schedule: Schedule,
) -> None:
    # Friday's, not the Saturday morning that this calendar has otherwise.
    assert schedule.sessions("saturday", date(2026, 1, 10)) == (
        (at("2026-01-10", "07:30"), at("2026-01-10", "11:30")),
        (at("2026-01-10", "13:30"), at("2026-01-10", "17:00")),
    )
    assert schedule.sessions("office", date(2026, 1, 10))[-1][1] == at("2026-01-10", "16:00")


def test_the_package_knows_the_saturday_that_is_worked_for_the_national_day(
    schedule: Schedule,
) -> None:
    assert day_of_a_pc(schedule, "2026-08-22") == OFFICE_DAY
    assert schedule.sessions("office", date(2026, 8, 22))[-1][1] == at("2026-08-22", "17:00")


def test_tet_2026_lasts_from_the_fourteenth_to_the_twenty_second_of_february(
    schedule: Schedule,
) -> None:
    left, back = at("2026-02-13", "16:00"), at("2026-02-23", "07:30")

    assert schedule.next_edge("office", left) == back
    for day in range(16, 21):
        assert set(day_of_a_pc(schedule, f"2026-02-{day}")) == {"holiday"}


def test_the_culture_day_of_2026_is_off_unless_a_calendar_says_otherwise(
    schedule: Schedule,
) -> None:
    assert set(day_of_a_pc(schedule, "2026-11-24", "so")) == {"holiday"}
    assert day_of_a_pc(schedule, "2026-11-24", "phuong") == OFFICE_DAY


def test_a_calendars_own_word_comes_before_changed_days(schedule: Schedule) -> None:
    assert schedule.sessions("office", date(2026, 3, 10)) == ()
    assert schedule.sessions("office", date(2026, 3, 14))[-1][1] == at("2026-03-14", "17:00")
    assert set(day_of_a_pc(schedule, "2026-03-14", "so")) == {"holiday"}


def test_a_commune_may_work_on_saturday_mornings(schedule: Schedule) -> None:
    expected_day = ["after_hours", "working", "after_hours", "after_hours", "after_hours"]

    assert day_of_a_pc(schedule, "2026-11-28", "xa") == expected_day


def test_round_the_clock_has_no_holidays(schedule: Schedule) -> None:
    assert set(day_of_a_pc(schedule, "2026-02-17", "truc")) == {"working"}
    assert schedule.session_at("always", at("2026-02-17", "23:59")) == (
        at("2026-02-17", "00:00"),
        at("2026-02-18", "00:00"),
    )


@pytest.mark.parametrize(
    "item",
    ["xa", "xa/tslcd", "xa/cpe", "xa/may-in-to", "xa/hop", "ttdl/sv", "ttdl/mcu", "cong"],
)
def test_what_is_never_switched_off_is_expected_at_night(schedule: Schedule, item: str) -> None:
    assert schedule.expectation(item, at("2026-02-17", "02:00")) is Expectation.ALWAYS
    assert schedule.calendar_of(item, date(2026, 2, 17)) is None


@pytest.mark.parametrize("item", ["xa/mot-cua", "xa/vc", "xa/may-in", "xa/pc-07", "mot-cua"])
def test_what_people_switch_on_is_expected_in_their_hours(schedule: Schedule, item: str) -> None:
    assert schedule.expectation(item, at("2026-11-26", "22:00")) is Expectation.AFTER_HOURS
    assert expected(schedule, item, at("2026-11-26", "09:00"))


@pytest.mark.parametrize(
    "item", ["xa/cu", "sap-co", "sap-co/cpe", "sap-co/pc-07", "bo", "nobody", "nobody/pc-07"]
)
def test_what_is_not_in_use_is_never_expected(schedule: Schedule, item: str) -> None:
    window = Window(item, 0.0, math.inf, Expectation.MAINTENANCE)

    assert schedule.expectation(item, at("2026-11-26"), (window,)) is Expectation.NOT_IN_USE


def test_a_site_without_a_unit_on_the_day_is_not_in_use(schedule: Schedule) -> None:
    for item in ("phuong", "phuong/cpe", "phuong/pc-07"):
        assert schedule.expectation(item, at("2026-01-30")) is Expectation.NOT_IN_USE
        assert schedule.expectation(item, at("2026-02-02")) is not Expectation.NOT_IN_USE
    assert schedule.user_calendar_of("phuong", date(2026, 1, 30)) is None


def test_the_calendar_is_that_of_the_unit_of_the_day_or_of_one_above(schedule: Schedule) -> None:
    def calendar(site: str, day: date) -> str | None:
        return schedule.user_calendar_of(site, day)

    assert calendar("phuong", date(2026, 6, 30)) == "saturday"
    assert calendar("phuong", date(2026, 7, 1)) == "office"
    assert schedule.calendar_of("phuong/pc-07", date(2026, 7, 1)) == "office"
    assert calendar("xa", date(2026, 7, 1)) == "saturday"
    assert calendar("truc", date(2026, 7, 1)) == "always"


def test_office_hours_apply_where_nothing_is_declared(schedule: Schedule) -> None:
    assert schedule.user_calendar_of("so", date(2026, 7, 1)) == OFFICE_HOURS.id
    assert schedule.sessions(OFFICE_HOURS.id, date(2026, 7, 1)) == (
        (at("2026-07-01", "07:30"), at("2026-07-01", "11:30")),
        (at("2026-07-01", "13:30"), at("2026-07-01", "17:00")),
    )


def test_a_window_covers_its_site_and_what_is_in_it(schedule: Schedule) -> None:
    window = Window(
        "xa", at("2026-11-26", "08:00"), at("2026-11-26", "10:00"), Expectation.POWER_CUT
    )

    for item in ("xa", "xa/cpe", "xa/mot-cua", "xa/pc-07"):
        assert schedule.expectation(item, window.start, (window,)) is Expectation.POWER_CUT
        assert schedule.expectation(item, window.end, (window,)) is not Expectation.POWER_CUT
    for item in ("so", "phuong/cpe", "cong"):
        assert schedule.expectation(item, window.start, (window,)) is not Expectation.POWER_CUT


def test_a_window_of_an_item_covers_nothing_else(schedule: Schedule) -> None:
    window = Window("xa/cpe", 0.0, math.inf, Expectation.MAINTENANCE)

    assert schedule.expectation("xa/cpe", at("2026-11-26"), (window,)) is Expectation.MAINTENANCE
    assert schedule.expectation("xa", at("2026-11-26"), (window,)) is Expectation.ALWAYS


def test_maintenance_is_said_where_windows_overlap_in_any_order(schedule: Schedule) -> None:
    cut = Window("xa", 0.0, math.inf, Expectation.POWER_CUT)
    work = Window("xa/cpe", 0.0, math.inf, Expectation.MAINTENANCE)

    for windows in ((cut, work), (work, cut)):
        found = schedule.expectation("xa/cpe", at("2026-11-26"), windows)
        assert found is Expectation.MAINTENANCE


def test_session_and_edges_of_lunch(schedule: Schedule) -> None:
    morning = (at("2026-11-26", "07:30"), at("2026-11-26", "11:30"))

    assert schedule.session_at("office", morning[0]) == morning
    assert schedule.session_at("office", morning[1]) is None
    assert schedule.next_edge("office", morning[0]) == morning[1]
    assert schedule.next_edge("office", morning[1]) == at("2026-11-26", "13:30")


def test_a_calendar_without_sessions_has_no_edge(schedule: Schedule) -> None:
    assert schedule.next_edge("never", at("2026-11-26")) == math.inf
    assert schedule.worked_days_since("never", at("2026-01-01"), at("2026-11-26")) == 0


def test_working_days_are_counted_when_their_last_session_is_over(schedule: Schedule) -> None:
    friday = at("2026-11-20", "15:00")

    def counted(day: str, time: str) -> int:
        return schedule.worked_days_since(OFFICE_HOURS.id, friday, at(day, time))

    assert counted("2026-11-20", "23:00") == 0
    assert counted("2026-11-23", "16:59") == 0
    assert counted("2026-11-23", "17:00") == 1
    assert counted("2026-11-25", "07:00") == 1  # The 24th is a holiday.
    assert counted("2026-11-26", "18:00") == 3


def test_tet_does_not_make_a_pc_absent(schedule: Schedule) -> None:
    last_seen = at("2026-02-13", "16:30")

    # Whoever works on Saturday mornings has two of them around Tết.
    assert schedule.worked_days_since("saturday", last_seen, at("2026-02-23", "07:30")) == 2
    assert schedule.worked_days_since("office", last_seen, at("2026-02-23", "07:30")) == 0
