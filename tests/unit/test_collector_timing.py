import pytest

from collector.intake.timing import (
    MAX_AGE_SECONDS,
    Moment,
    Timing,
    Told,
    corrected_time,
    time_reports,
)
from collector.wire import WireBatch, WireBoot, WireReport

NOW = 1_790_000_000.0
DAY = 86_400.0


def _batch(
    sent_at: float,
    sent_monotonic: float,
    boot: str = "boot",
    boots: tuple[WireBoot, ...] = (),
    carried: bool = False,  # noqa: FBT001, FBT002 - a field of the batch
) -> WireBatch:
    return WireBatch(
        v=1,
        batch="0" * 32,
        agent="a",
        incarnation="0" * 16,
        sent_at=sent_at,
        sent_monotonic_seconds=sent_monotonic,
        boot_id=boot,
        reports=[],
        boots=list(boots),
        carried=carried,
    )


def _report(created_at: float, monotonic: float, boot: str = "boot", seq: int = 1) -> WireReport:
    return WireReport(
        seq=seq,
        created_at=created_at,
        monotonic_seconds=monotonic,
        boot_id=boot,
        interval_seconds=60.0,
        results=[],
    )


def test_within_one_boot_the_monotonic_clock_says_when():
    at = corrected_time(_batch(NOW, 500.0), _report(12.0, 400.0), NOW + 5)

    assert at == Told(NOW + 5 - 100, is_certain=True)


def test_from_an_earlier_boot_the_wall_clocks_offset_is_taken_off():
    slow = 3600.0
    at = corrected_time(_batch(NOW - slow, 5.0), _report(NOW - slow - 900, 7000.0, "before"), NOW)

    assert at == Told(NOW - 900, is_certain=False)


def test_without_a_boot_id_the_wall_clock_is_used():
    at = corrected_time(_batch(NOW, 5.0, ""), _report(NOW - 30, 1.0, ""), NOW)

    assert at == Told(NOW - 30, is_certain=False)


def test_a_report_of_the_next_seconds_was_made_now():
    told = corrected_time(_batch(NOW, 1.0), _report(0.0, 2.0), NOW)

    assert told == Told(NOW, is_certain=True)


@pytest.mark.parametrize("created_at", [NOW - MAX_AGE_SECONDS - 1, NOW + DAY, 0.0, -1e300, 1e300])
def test_a_clock_that_is_off_by_far_is_not_believed(created_at: float):
    assert corrected_time(_batch(NOW, 1.0), _report(created_at, 1.0, "before"), NOW) is None


def test_a_report_of_a_boot_with_a_dead_clock_lies_before_its_successor():
    reports = [_report(0.0, 9.0, "before", 3), _report(0.0, 40.0, seq=4), _report(0.0, 50.0, seq=5)]

    assert time_reports(_batch(NOW, 60.0), reports, NOW, None) == {
        5: Timing(NOW - 10, is_timed=True),
        4: Timing(NOW - 20, is_timed=True),
        3: Timing(NOW - 20, is_timed=False),
    }


def test_a_clock_that_was_ahead_makes_no_old_report_newer():
    """Of an earlier boot: its clock said now, the newest report of this boot is older."""
    reports = [_report(0.0, 40.0, seq=50), _report(NOW, 9.0, "before", 10)]

    assert time_reports(_batch(NOW, 60.0), reports, NOW, None) == {
        50: Timing(NOW - 20, is_timed=True),
        10: Timing(NOW - 20, is_timed=True),
    }


def test_the_newest_known_report_bounds_older_and_newer_ones():
    reports = [_report(0.0, 55.0, seq=1), _report(0.0, 10.0, seq=9)]
    newest = Moment(5, NOW - 30)

    assert time_reports(_batch(NOW, 60.0), reports, NOW, newest) == {
        9: Timing(NOW - 30, is_timed=True),
        1: Timing(NOW - 30, is_timed=True),
    }


def test_a_boot_whose_beginning_was_learnt_is_timed_by_it_two_boots_later():
    batch = _batch(NOW, 5.0, boots=(WireBoot("before", NOW - 9000),))
    dead_clock = 1_230_768_000.0

    at = corrected_time(batch, _report(dead_clock, 7000.0, "before"), NOW)

    assert at == Told(NOW - 2000, is_certain=True)


def test_the_running_boot_needs_no_learning_and_is_not_asked_for_it():
    """The monotonic distance to the arrival is nearer to the truth than anything remembered."""
    batch = _batch(NOW, 500.0, boots=(WireBoot("boot", NOW - 9000),))

    assert corrected_time(batch, _report(0.0, 400.0), NOW) == Told(NOW - 100, is_certain=True)


def test_on_a_stick_the_time_of_arrival_says_nothing():
    days_ago = NOW - 3 * DAY
    batch = _batch(days_ago, 500.0, boots=(WireBoot("boot", days_ago - 500),), carried=True)

    learnt = corrected_time(batch, _report(0.0, 400.0), NOW)
    wall = corrected_time(batch, _report(days_ago - 60, 400.0, "before"), NOW)

    assert learnt == Told(days_ago - 100, is_certain=True)
    assert wall == Told(days_ago - 60, is_certain=False)


def test_on_a_stick_a_clock_that_is_ahead_is_not_believed():
    batch = _batch(NOW + DAY, 500.0, carried=True)

    assert corrected_time(batch, _report(NOW + DAY, 400.0), NOW) is None


def test_a_wall_clock_that_goes_backwards_against_a_learnt_boot_moves_nothing():
    batch = _batch(NOW, 60.0, boots=(WireBoot("learnt", NOW - 9000),))
    reports = [
        _report(0.0, 100.0, "learnt", 1),
        _report(NOW - 60 * DAY, 9.0, "never learnt", 2),
        _report(0.0, 50.0, seq=3),
    ]

    assert time_reports(batch, reports, NOW, None) == {
        1: Timing(NOW - 8900, is_timed=True),
        2: Timing(NOW - 10, is_timed=False),
        3: Timing(NOW - 10, is_timed=True),
    }


def test_a_wall_clock_hours_ahead_of_a_certain_successor_tells_nothing():
    reports = [_report(NOW - 60, 9.0, "before", 1), _report(0.0, 50.0, seq=2)]
    batch = _batch(NOW, 7250.0)

    assert time_reports(batch, reports, NOW, None)[1] == Timing(NOW - 7200, is_timed=False)


def test_a_wall_clock_that_was_set_by_some_seconds_is_moved_between_its_neighbours():
    batch = _batch(NOW, 60.0, boots=(WireBoot("learnt", NOW - 1000),))
    reports = [
        _report(0.0, 900.0, "learnt", 1),
        _report(NOW - 130, 9.0, "never learnt", 2),
        _report(0.0, 20.0, seq=3),
    ]

    assert time_reports(batch, reports, NOW, None)[2] == Timing(NOW - 100, is_timed=True)


def test_a_wall_clock_that_went_back_between_two_unlearnt_boots_tells_nothing():
    reports = [_report(NOW - 900, 9.0, "a", 1), _report(NOW - 9000, 9.0, "b", 2)]

    assert time_reports(_batch(NOW, 5.0), reports, NOW, None) == {
        1: Timing(NOW - 900, is_timed=True),
        2: Timing(NOW, is_timed=False),
    }


def test_a_learnt_boot_is_not_moved_by_a_wall_clock_that_was_believed_before():
    """Its successor's wall clock was hours ahead, and nothing then spoke against it."""
    batch = _batch(NOW, 500.0, boots=(WireBoot("learnt", NOW - 9000),), carried=True)
    wrong = Moment(5, NOW - 100)

    later = time_reports(batch, [_report(0.0, 1000.0, "learnt", 7)], NOW, wrong)
    earlier = time_reports(batch, [_report(0.0, 1000.0, "learnt", 3)], NOW, Moment(5, NOW - 8500))

    assert later == {7: Timing(NOW - 8000, is_timed=True)}
    assert earlier == {3: Timing(NOW - 8000, is_timed=True)}
