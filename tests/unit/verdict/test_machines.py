"""States of machines through a day and over weeks: never red at night."""

from collections.abc import Callable

import msgspec
import pytest

from collector.wire import Received
from inventory.model import Duty, Inventory, Machine
from tests.judged_province import Judged, local, with_site

PC = "xa-b/pc-1"
DECLARED = (Machine(id=PC, profile="pc"), Machine(id="xa-b/pc-2", profile="pc"))
Make = Callable[[float], Judged]


@pytest.fixture
def at(small_province: Inventory, received: Callable[..., Received]) -> Make:
    """Make the province with two declared PCs at site b, from a moment on."""

    def make(start: float) -> Judged:
        return Judged(with_site(small_province, "xa-b", machines=DECLARED), received, start=start)

    return make


def look_until(province: Judged, until: float, *machines: str) -> None:
    """Let the site answer the centre, and these machines report, every minute up to a moment."""
    while province.now < until:
        province.minutes(1, *machines, "xa-c/pc-1", b=True, c=True)


def jump(province: Judged, to: float) -> None:
    """Let time pass in which nobody is heard."""
    province.now = to
    province.look(b=True, c=True)
    province.judge()


def test_a_pc_switched_off_at_five_is_grey_in_the_evening_and_asked_for_at_half_past_eight(
    at: Make,
) -> None:
    province = at(local(25, 16, 50))
    look_until(province, local(25, 16, 58), PC)
    assert province.item(PC) == "up"
    for moment, expected in (
        (local(25, 17, 5), "off_hours"),
        (local(25, 23), "off_hours"),
        (local(26, 7, 31), "off_hours"),
        (local(26, 8, 29), "off_hours"),
        (local(26, 8, 30), "not_yet_on"),
        (local(26, 11, 29), "not_yet_on"),
        (local(26, 12), "off_hours"),
        (local(26, 13, 45), "off_hours"),
        (local(26, 14, 30), "not_yet_on"),
        (local(26, 17, 1), "off_hours"),
    ):
        jump(province, moment)
        assert province.item(PC) == expected, moment
        assert province.status("xa-b") == "up"


def test_the_edges_of_the_day_come_by_themselves(at: Make) -> None:
    """Nobody reports anything of the PC; its state changes with the calendar alone."""
    province = at(local(25, 16, 50))
    look_until(province, local(25, 16, 58), PC)
    province.now = local(26, 8, 31)
    assert province.item(PC) == "not_yet_on"


def test_a_pc_that_is_off_at_lunch_is_grey(at: Make) -> None:
    province = at(local(25, 11, 20))
    look_until(province, local(25, 11, 28), PC)
    jump(province, local(25, 12, 30))

    assert province.item(PC) == "off_hours"


def test_a_pc_that_falls_silent_while_people_work_is_only_unknown(at: Make) -> None:
    province = at(local(25, 9))
    look_until(province, local(25, 9, 10), PC, "xa-b/pc-2")
    look_until(province, local(25, 9, 20), "xa-b/pc-2")

    assert province.item(PC) == "unknown"
    assert province.status("xa-b") == "up"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (local(28, 9), "off_hours"),  # A Saturday.
        (local(30, 9), "not_yet_on"),  # Monday: Thursday and Friday were missed.
        (local(1, 9, month=12), "absent"),  # Tuesday: with Monday three working days.
        (local(9, 9, month=12), "absent"),
        (local(10, 9, month=12), "lost"),  # Thursday: ten working days.
        (local(10, 23, month=12), "lost"),
    ],
)
def test_a_pc_is_absent_after_three_working_days_and_lost_after_ten(
    at: Make, moment: float, expected: str
) -> None:
    province = at(local(25, 9))
    look_until(province, local(25, 9, 5), PC)
    province.evidence.listen_until(moment)
    jump(province, moment)

    assert province.item(PC) == expected


def test_a_lost_pc_that_is_heard_again_is_up(at: Make) -> None:
    province = at(local(25, 9))
    look_until(province, local(25, 9, 5), PC)
    jump(province, local(10, 9, month=12))
    assert province.item(PC) == "lost"
    look_until(province, local(10, 9, 2, month=12), PC)

    assert province.item(PC) == "up"


def test_a_pc_that_was_never_heard_is_never_seen_at_any_hour(at: Make) -> None:
    province = at(local(25, 9))
    for moment in (local(25, 9, 5), local(25, 23), local(30, 9)):
        jump(province, moment)
        assert province.item("xa-b/pc-2") == "never_seen"


def test_a_pc_of_a_site_that_is_cut_off_is_unreachable_while_people_work(at: Make) -> None:
    province = at(local(25, 9))
    look_until(province, local(25, 9, 10), PC)
    while province.now < local(25, 9, 20):
        province.minutes(1, "xa-c/pc-1", b=False, c=True)

    assert province.status("xa-b") == "down"
    assert province.item(PC) == "unreachable"


def designated(inventory: Inventory, received: Callable[..., Received], start: float) -> Judged:
    machines = (msgspec.structs.replace(DECLARED[0], duty=Duty.CONFERENCE), DECLARED[1])
    return Judged(with_site(inventory, "xa-b", machines=machines), received, start=start)


def test_a_designated_pc_that_falls_silent_while_people_work_is_down(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    province = designated(small_province, received, local(25, 9))
    look_until(province, local(25, 9, 10), PC)
    last_at = province.now
    look_until(province, local(25, 9, 20))

    verdict = province.judge().items[PC]
    assert (verdict.status, verdict.since) == ("down", last_at + 60)
    assert province.status("xa-b") == "up"


def test_a_designated_pc_that_is_switched_off_at_five_is_not_down(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    province = designated(small_province, received, local(25, 16, 40))
    look_until(province, local(25, 16, 58), PC)
    look_until(province, local(25, 17, 20))

    assert province.item(PC) == "off_hours"
    assert "down" not in {status for status, _, _ in province.story(PC)}


def test_an_outage_of_a_designated_pc_is_not_closed_by_the_end_of_working_hours(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    province = designated(small_province, received, local(25, 16))
    look_until(province, local(25, 16, 10), PC)
    look_until(province, local(25, 17, 30))

    (case,) = [case for case in province.judgement.record.book.cases() if case.outage.item == PC]
    assert case.outage.ended_at is None
