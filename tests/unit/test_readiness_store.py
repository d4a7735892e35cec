"""Conferences in the database: entered, imported, called off; rooms' links and ticks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from collector.maintenance.mistakes import MistakesError
from collector.readiness.book import BookWatch, history, load_book
from collector.readiness.calendar_file import HORIZON_SECONDS, Defaults, read_calendar
from collector.readiness.changes import (
    Imported,
    add,
    cancel,
    record_sweep,
    take_calendar,
    tick,
)
from collector.readiness.desk import entered
from collector.readiness.links import AFTER_SECONDS, LINKS_OF_A_POINT, find_link, make_links
from collector.readiness.meetings import MOST_HINTS, meetings, resolved
from collector.readiness.records import Asked, Meeting, Part, PointState, SweepResult
from collector.store import Store, open_store
from collector.store.audit import entries
from inventory.model import Inventory
from tests.ready_points import CODEC, PLATFORM, SOFTWARE, with_points

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 25, 1, tzinfo=UTC).timestamp()
HOUR = 3_600.0
_SIXTY = ",".join(map(str, range(60)))
EVERY_SECOND = f"FREQ=DAILY;BYMINUTE={_SIXTY};BYSECOND={_SIXTY}"
"""Says DAILY, and fills the memory all the same."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    return with_points(small_province)


def asked(**more: object) -> Asked:
    given = {
        "title": "Giao ban tháng 12",
        "starts_at": NOW + HOUR,
        "duration_minutes": 90,
        "points": (CODEC,),
        "platform": PLATFORM,
    } | more
    return Asked(**given)  # type: ignore[arg-type]


def put(store: Store, province: Inventory, **more: object) -> Meeting:
    name = add(store, entered(province, asked(**more)), ZONE, NOW)
    return meetings(province, load_book(store, NOW).meetings)[name]


def calendar(*events: str, method: str = "PUBLISH") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", f"METHOD:{method}"]
    for event in events:
        lines += ["BEGIN:VEVENT", "DTSTAMP:20261101T000000Z", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def take(store: Store, province: Inventory, content: bytes, **more: object) -> Imported:
    defaults = Defaults(all_points=True, platform=PLATFORM)
    found = read_calendar(content, province, NOW, defaults)
    return take_calendar(store, found, ZONE, NOW, until=NOW + HORIZON_SECONDS, **more)  # type: ignore[arg-type]


def test_a_conference_is_named_by_title_and_day_each_once(store: Store, province: Inventory):
    first, second = put(store, province), put(store, province)

    assert (first.id, second.id) == (
        "giao-ban-thang-12-2026-11-25",
        "giao-ban-thang-12-2026-11-25-2",
    )
    assert (first.points, first.ends_at) == ((CODEC,), NOW + 2.5 * HOUR)


def test_points_are_found_by_id_site_and_name_and_every_mistake_is_told(province: Inventory):
    points, platform, mistakes = resolved(
        province, asked(points=(CODEC, "xa-b", "tru so xa-b"), platform="Họp trực tuyến")
    )
    assert (points, platform, mistakes) == ((CODEC, SOFTWARE), PLATFORM, [])

    with pytest.raises(MistakesError) as refused:
        entered(province, asked(title=" ", duration_minutes=0, points=("xa-aa",), platform="khong"))
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        *("title", "duration", "points", "platform"),
    ]


def test_all_points_means_whoever_is_in_use_at_that_time(store: Store, province: Inventory):
    made = put(store, province, points=(), all_points=True)

    assert made.points == (CODEC, SOFTWARE)


def test_a_conference_of_the_inventory_can_be_called_off_without_editing_it(
    store: Store, province: Inventory
):
    from inventory.model import Conference  # noqa: PLC0415 - only here

    planned = Conference(
        id="giao-ban",
        title="Giao ban",
        starts_at=datetime.fromtimestamp(NOW + HOUR, UTC),
        duration_minutes=60,
        all_points=True,
    )
    province = msgspec.structs.replace(province, conferences={"giao-ban": planned})
    (meeting,) = meetings(province, ()).values()
    cancel(store, meeting, NOW)

    (found,) = meetings(province, load_book(store, NOW).meetings).values()
    assert (found.id, found.is_cancelled) == ("giao-ban", True)
    with pytest.raises(MistakesError, match="called off already"):
        cancel(store, found, NOW)


def test_a_running_collector_notices_what_a_command_changed(
    store: Store, province: Inventory, tmp_path: Path
):
    reader = open_store(tmp_path / "data")
    watch = BookWatch(reader, NOW)
    made = put(store, province)
    tick(store, made.id, CODEC, {Part.TV: False}, NOW, telephone="0263")

    book = watch.refresh(NOW)
    assert [one.id for one in book.meetings] == [made.id]
    assert not book.rooms[made.id][CODEC].ticks[Part.TV].is_good
    assert book.rooms[made.id][CODEC].telephone == "0263"
    reader.close()


def test_a_later_tick_counts_and_keeps_the_telephone(store: Store, province: Inventory):
    made = put(store, province)
    tick(store, made.id, CODEC, {Part.TV: False, Part.CAMERA: True}, NOW, telephone="0263")
    tick(store, made.id, CODEC, {Part.TV: True}, NOW + 60)

    room = load_book(store, NOW).rooms[made.id][CODEC]
    assert {part: one.is_good for part, one in room.ticks.items()} == {
        Part.TV: True,
        Part.CAMERA: True,
    }
    assert room.telephone == "0263"


def test_what_a_sweep_found_stays_as_it_was(store: Store, province: Inventory):
    made = put(store, province)
    result = SweepResult("T-60", NOW, CODEC, PointState.NOT_READY, "Đứt cáp.")
    record_sweep(store, made.id, [result])
    again = msgspec.structs.replace(result, state=PointState.READY, at=NOW + 1)
    record_sweep(store, made.id, [again])

    assert history(store, made.id)[0] == [result]
    assert load_book(store, NOW).swept == {(made.id, "T-60")}


def test_a_link_works_for_its_point_until_an_hour_after_the_meeting(
    store: Store, province: Inventory
):
    made = put(store, province)
    token = make_links(store, made, [CODEC], NOW)[CODEC]

    found = find_link(store, token, NOW)
    assert found is not None
    assert (found.conference, found.point) == (made.id, CODEC)
    assert find_link(store, token[:-1] + "x", NOW) is None
    assert find_link(store, "", NOW) is None
    assert find_link(store, token, made.ends_at + AFTER_SECONDS) is None


def test_only_some_links_of_a_point_work_at_once(store: Store, province: Inventory):
    made = put(store, province)
    tokens = [
        make_links(store, made, [CODEC], NOW + number)[CODEC]
        for number in range(LINKS_OF_A_POINT + 1)
    ]

    works = [find_link(store, token, NOW) is not None for token in tokens]
    assert works == [False, *[True] * LINKS_OF_A_POINT]


def test_no_token_is_in_the_database(store: Store, province: Inventory, tmp_path: Path):
    token = make_links(store, put(store, province), [CODEC], NOW)[CODEC]
    store.checkpoint()

    assert token.encode() not in (tmp_path / "data" / "govnet.sqlite3").read_bytes()


def test_links_of_a_meeting_that_is_called_off_stop_working(store: Store, province: Inventory):
    made = put(store, province)
    token = make_links(store, made, [CODEC], NOW)[CODEC]
    cancel(store, made, NOW)

    assert find_link(store, token, NOW) is None
    off = msgspec.structs.replace(made, cancelled_at=NOW)
    with pytest.raises(MistakesError, match="called off already"):
        make_links(store, off, [CODEC], NOW)


def test_a_calendar_brings_conferences_changes_and_cancellations(store: Store, province: Inventory):
    event = "UID:a@lamdong.example|SUMMARY:Giao ban|DTSTART:20261126T070000Z|DTEND:20261126T080000Z"
    added = take(store, province, calendar(event)).added
    assert added == ("giao-ban-2026-11-26",)
    assert take(store, province, calendar(event)) == Imported()

    moved = event.replace("T070000Z", "T073000Z") + "|SEQUENCE:1"
    assert take(store, province, calendar(moved)).changed == added
    assert take(store, province, calendar(event)) == Imported()

    off = moved.replace("SEQUENCE:1", "SEQUENCE:2")
    assert take(store, province, calendar(off, method="CANCEL")).cancelled == added
    actions = [one.action for one in entries(store, 10)]
    assert actions == ["conference added", "conference changed", "conference cancelled"]


def test_a_recurring_event_is_spread_out_and_loses_what_the_rule_loses(
    store: Store, province: Inventory
):
    weekly = (
        "UID:w@lamdong.example|SUMMARY:Giao ban tuần|DTSTART;TZID=Asia/Ho_Chi_Minh:20261126T080000"
        "|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=3"
    )
    added = take(store, province, calendar(weekly)).added
    assert len(added) == 3

    shorter = weekly.replace("COUNT=3", "COUNT=2") + "|SEQUENCE:1"
    assert take(store, province, calendar(shorter)).cancelled == (added[2],)


def test_whom_an_event_names_is_invited_and_no_others(store: Store, province: Inventory):
    event = (
        "UID:a@lamdong.example|SUMMARY:Họp hẹp|DTSTART:20261126T070000Z"
        "|LOCATION:Trụ sở xa-b\\; phòng khác|ATTENDEE;CN=ai do:mailto:ai@lamdong.example"
    )
    (name,) = take(store, province, calendar(event)).added

    found = meetings(province, load_book(store, NOW).meetings)[name]
    assert (found.points, found.ends_at - found.starts_at) == ((SOFTWARE,), HOUR)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no calendar", "no iCalendar file"),
        (b"", "no iCalendar file"),
        (calendar("SUMMARY:x|DTSTART:20261126T070000Z"), "without UID"),
        (
            calendar("UID:a|SUMMARY:x|DTSTART:20261126T070000Z|RRULE:FREQ=SECONDLY"),
            "expected DAILY or less often, got FREQ=SECONDLY",
        ),
        (calendar("UID:a|SUMMARY:x|DTSTART;VALUE=DATE:20261126"), "without a time of day"),
        (
            calendar(f"UID:a|SUMMARY:x|DTSTART:20261126T070000Z|RRULE:{EVERY_SECOND}"),
            "at most 24 times a day",
        ),
        (
            calendar("UID:a|SUMMARY:x|DTSTART:20261126T070000Z|RRULE:FREQ=DAILY;INTERVAL=0"),
            "INTERVAL: expected 1 or more",
        ),
        (
            calendar("UID:a|SUMMARY:x|DTSTART:20261126T070000Z|RRULE:FREQ=DAILY;UNTIL=x"),
            "x: RRULE: Expected datetime",
        ),
        (
            calendar("UID:a|SUMMARY:x|DTSTART:00010101T070000Z|RRULE:FREQ=DAILY"),
            "more than 200000 occurrences",
        ),
    ],
)
def test_what_is_wrong_with_a_calendar_is_said(
    store: Store, province: Inventory, content: bytes, says: str
):
    with pytest.raises(MistakesError, match=says):
        take(store, province, content)


def test_of_thousands_of_wrong_names_only_the_first_ones_are_compared_with_all(
    province: Inventory,
):
    names = tuple(f"{CODEC}{number}" for number in range(1_000))
    _, _, mistakes = resolved(province, asked(points=names))

    assert len(mistakes) == 1_000
    assert sum(bool(one.hint) for one in mistakes) == MOST_HINTS
