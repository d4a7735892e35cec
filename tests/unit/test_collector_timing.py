import pytest

from collector.intake.timing import MAX_AGE_SECONDS, Moment, Timing, corrected_time, time_reports
from collector.wire import WireBatch, WireReport

NOW = 1_790_000_000.0
DAY = 86_400.0


def _batch(sent_at: float, sent_monotonic: float, boot: str = "boot") -> WireBatch:
    return WireBatch(
        v=1,
        batch="0" * 32,
        agent="a",
        incarnation="0" * 16,
        sent_at=sent_at,
        sent_monotonic_seconds=sent_monotonic,
        boot_id=boot,
        reports=[],
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

    assert at == NOW + 5 - 100


def test_from_an_earlier_boot_the_wall_clocks_offset_is_taken_off():
    slow = 3600.0
    at = corrected_time(_batch(NOW - slow, 5.0), _report(NOW - slow - 900, 7000.0, "before"), NOW)

    assert at == NOW - 900


def test_without_a_boot_id_the_wall_clock_is_used():
    at = corrected_time(_batch(NOW, 5.0, ""), _report(NOW - 30, 1.0, ""), NOW)

    assert at == NOW - 30


def test_a_report_of_the_next_seconds_was_made_now():
    assert corrected_time(_batch(NOW, 1.0), _report(0.0, 2.0), NOW) == NOW


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
