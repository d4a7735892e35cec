"""Every moment has exactly one expectation, edges are edges, working days add up."""

import itertools
import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.calendar import Expectation, Schedule
from inventory.model import (
    WEEKDAYS,
    Assignment,
    Calendar,
    ChangedDay,
    Inventory,
    Province,
    Session,
    Site,
    SiteKind,
    Unit,
    UnitKind,
)

MINUTE = 60
DAY = 86_400
OFFICE = {
    day: (Session(start="07:30", end="11:30"), Session(start="13:30", end="17:00"))
    for day in WEEKDAYS[:5]
}
OF_PEOPLE = {
    Expectation.WORKING,
    Expectation.BREAK,
    Expectation.AFTER_HOURS,
    Expectation.DAY_OFF,
    Expectation.HOLIDAY,
}


def schedule_of(
    calendar: Calendar,
    changed: tuple[ChangedDay, ...] = (),
    timezone: str = "Asia/Ho_Chi_Minh",
) -> Schedule:
    site = Site(
        id="xa",
        name="Xã",
        kind=SiteKind.COMMUNE,
        assignments=(Assignment(unit="xa"),),
        calendar=calendar.id,
    )
    return Schedule(
        Inventory(
            province=Province(
                id="p", code="68", name="Tỉnh", operator="Sở", centre="xa", timezone=timezone
            ),
            calendars={calendar.id: calendar},
            changed_days={one.day: one for one in changed},
            carriers={},
            clusters={},
            power_areas={},
            machine_profiles={},
            units={"xa": Unit(id="xa", name="Xã", kind=UnitKind.COMMUNE)},
            sites={"xa": site},
            services={},
            conferences={},
        )
    )


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def sessions_of_a_day(draw: st.DrawFn) -> tuple[Session, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 24 * 60), max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    found = [
        Session(start=clock(start), end=clock(end))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    # Two may touch: nothing lies between them.
    return tuple(draw(st.permutations(found)))


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
CALENDARS = st.builds(
    Calendar,
    id=st.just("c"),
    sessions=st.dictionaries(st.sampled_from(WEEKDAYS), sessions_of_a_day()),
    off=st.lists(DAYS, max_size=3).map(tuple),
    worked=st.dictionaries(DAYS.map(date.isoformat), st.sampled_from(WEEKDAYS), max_size=3),
    holidays=st.sampled_from(["VN", None]),
)
CHANGED = st.lists(
    st.one_of(
        st.builds(ChangedDay, day=DAYS, off=st.just(value=True), reason=st.just("r")),
        st.builds(ChangedDay, day=DAYS, worked_as=st.sampled_from(WEEKDAYS), reason=st.just("r")),
    ),
    max_size=4,
    unique_by=lambda one: one.day,
).map(tuple)
MOMENTS = st.floats(1_767_200_400, 1_798_736_400)  # 2026 in Viet Nam.


def state_by_the_words(schedule: Schedule, calendar: str, at: float, zone: ZoneInfo) -> set[str]:
    """Return every state whose own definition holds, from the sessions alone."""
    # Whole seconds: Python rounds a moment just before midnight up to it.
    day = datetime.fromtimestamp(math.floor(at), zone).date()
    sessions = schedule.sessions(calendar, day)
    found = set()
    if any(start <= at < end for start, end in sessions):
        found.add("working")
    if any(a[1] <= at < b[0] for a, b in itertools.pairwise(sessions)):
        found.add("break")
    if sessions and (at < sessions[0][0] or at >= sessions[-1][1]):
        found.add("after_hours")
    if not sessions:
        found.add("none")
    return found


@pytest.mark.parametrize(("year", "days"), [(2026, 365), (2028, 366)], ids=str)
def test_every_minute_of_a_year_is_in_exactly_one_state(year: int, days: int) -> None:
    schedule = schedule_of(Calendar(id="c", sessions=OFFICE))
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    start = int(datetime(year, 1, 1, tzinfo=zone).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=zone).timestamp())
    minutes = dict.fromkeys(OF_PEOPLE, 0)

    for at in range(start, end, MINUTE):
        state = schedule.expectation("xa/pc", at)
        minutes[state] += 1
        words = state_by_the_words(schedule, "c", at, zone) if at % 540 == 0 else None
        assert words in (None, {state.value}) or words == {"none"}

    assert sum(minutes.values()) == days * 24 * 60
    worked = minutes[Expectation.WORKING] / (7.5 * 60)
    assert worked == int(worked)
    off = (minutes[Expectation.DAY_OFF] + minutes[Expectation.HOLIDAY]) / (24 * 60)
    assert worked + off == days


@settings(max_examples=60, deadline=None)
@given(CALENDARS, CHANGED, st.lists(MOMENTS, max_size=20))
@example(Calendar(id="c", sessions={}), (), [math.nextafter(1_798_736_400, 0)])
def test_any_calendar_puts_any_moment_in_exactly_one_state(
    calendar: Calendar, changed: tuple[ChangedDay, ...], moments: list[float]
) -> None:
    schedule = schedule_of(calendar, changed)
    zone = ZoneInfo("Asia/Ho_Chi_Minh")

    for at in moments:
        state = schedule.expectation("xa/pc", at)
        words = state_by_the_words(schedule, "c", at, zone)
        if words == {"none"}:
            assert state in {Expectation.DAY_OFF, Expectation.HOLIDAY}
        else:
            assert words == {state.value}
        assert (state is Expectation.WORKING) == (schedule.session_at("c", at) is not None)


@settings(max_examples=60, deadline=None)
@given(CALENDARS, CHANGED, MOMENTS)
def test_the_next_edge_is_the_next_change_of_the_session(
    calendar: Calendar, changed: tuple[ChangedDay, ...], after: float
) -> None:
    schedule = schedule_of(calendar, changed)

    edge = schedule.next_edge("c", after)

    now = schedule.session_at("c", after)
    if edge == math.inf:
        assert now is None
        edge, last = after + 40 * DAY, after + 40 * DAY
    else:
        assert edge > after
        last = math.nextafter(edge, -math.inf)
        assert schedule.session_at("c", edge) != schedule.session_at("c", last)
    step = max((last - after) / 50, 1e-3)
    at = after
    while at <= last:
        assert schedule.session_at("c", at) == now
        at += step


@settings(deadline=None)
@given(DAYS, CALENDARS)
def test_a_swap_moves_the_sessions_and_leaves_every_other_day(
    day: date, calendar: Calendar
) -> None:
    calendar = msgspec.structs.replace(calendar, off=(), worked={}, holidays="VN")
    other = day + timedelta(days=8)
    swap = (
        ChangedDay(day=day, off=True, reason="r"),
        ChangedDay(day=other, worked_as=WEEKDAYS[day.weekday()], reason="r"),
    )
    before, after = schedule_of(calendar), schedule_of(calendar, swap)

    assert after.sessions("c", day) == ()
    moved = [session.start for session in calendar.sessions.get(WEEKDAYS[day.weekday()], ())]
    assert len(after.sessions("c", other)) == len(moved)
    for n in range(-10, 20):
        if n not in {0, 8}:
            one = day + timedelta(days=n)
            assert before.sessions("c", one) == after.sessions("c", one)


@settings(max_examples=80, deadline=None)
@given(CALENDARS, MOMENTS, st.floats(0, 60 * DAY), st.floats(0, 60 * DAY))
def test_working_days_never_grow_fewer_and_add_up(
    calendar: Calendar, since: float, first: float, second: float
) -> None:
    schedule = schedule_of(calendar)
    middle, at = since + first, since + first + second

    whole = schedule.worked_days_since("c", since, at)
    up_to_middle = schedule.worked_days_since("c", since, middle)
    from_middle = schedule.worked_days_since("c", middle, at)

    assert 0 <= up_to_middle <= whole
    # The day of the middle itself belongs to the first part only if it was over by then.
    sessions = schedule.sessions("c", schedule.day_of(middle))
    split = bool(sessions) and sessions[-1][1] > middle and at >= sessions[-1][1]
    split = split and schedule.day_of(middle) > schedule.day_of(since)
    assert whole == up_to_middle + from_middle + split


@settings(max_examples=40, deadline=None)
@given(CALENDARS, MOMENTS, st.integers(0, 40))
def test_working_days_are_those_that_a_person_counts(
    calendar: Calendar, since: float, days: int
) -> None:
    schedule = schedule_of(calendar)
    first = schedule.day_of(since)
    at = since + days * DAY

    counted = [
        sessions
        for n in range(1, days + 2)
        if (sessions := schedule.sessions("c", first + timedelta(days=n))) and sessions[-1][1] <= at
    ]

    assert schedule.worked_days_since("c", since, at) == len(counted)


def test_viet_nam_has_no_daylight_saving_so_sessions_keep_their_utc_time() -> None:
    schedule = schedule_of(Calendar(id="c", sessions=OFFICE))

    for n in range(4 * 366):
        for start, end in schedule.sessions("c", date(2026, 1, 1) + timedelta(days=n)):
            assert (start % DAY, end % DAY) in {
                (30 * MINUTE, 270 * MINUTE),
                (390 * MINUTE, 600 * MINUTE),
            }


@pytest.mark.parametrize(
    "timezone", ["Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Gaza"]
)
def test_where_clocks_change_days_still_follow_each_other(timezone: str) -> None:
    everywhere = {
        day: (Session(start="00:00", end="02:30"), Session(start="02:45", end="24:00"))
        for day in WEEKDAYS
    }
    schedule = schedule_of(Calendar(id="c", sessions=everywhere, holidays=None), (), timezone)
    zone = ZoneInfo(timezone)
    at = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

    for n in range(0, 365 * DAY, 15 * MINUTE):
        day = schedule.day_of(at + n)
        assert day == datetime.fromtimestamp(at + n, zone).date()
        sessions = [edge for one in schedule.sessions("c", day) for edge in one]
        assert sessions == sorted(sessions)
        assert schedule.expectation("xa/pc", at + n) in OF_PEOPLE
