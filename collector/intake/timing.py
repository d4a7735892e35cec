"""When reports were made, by the collector's clock. Pure: every time is given, Unix seconds.

1. Within one boot the monotonic clock tells how long ago it was, whatever happened to the wall
   clock since; otherwise the wall clock's offset at sending is taken off.
2. A time after the arrival or too long ago is not believed: such a report is kept, but it is no
   evidence of the present.
3. A sender counts its reports up, so none was made after one with a higher number. The higher
   number is believed: it was timed nearer to its sending.
"""

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from collector.wire import WireBatch, WireReport

MAX_AGE_SECONDS: Final = 400 * 86_400.0
"""Longer ago than this a clock was wrong, not a report late."""
AHEAD_SECONDS: Final = 5.0
"""So far after its arrival a time may seem to be: clocks are rounded and set."""


class Moment(msgspec.Struct, frozen=True):
    """When the report with that number was made (Unix seconds)."""

    seq: int
    at: float


class Timing(msgspec.Struct, frozen=True):
    """When a report was made, at most at its arrival (Unix seconds).

    If not `is_timed` its clocks did not tell; `at` then is only a bound from its neighbours.
    """

    at: float
    is_timed: bool


def corrected_time(batch: WireBatch, report: WireReport, received_at: float) -> float | None:
    """Return when a report was made as its clocks tell it; None if they cannot be believed."""
    if report.boot_id and report.boot_id == batch.boot_id:
        at = received_at - (batch.sent_monotonic_seconds - report.monotonic_seconds)
    else:
        at = report.created_at + (received_at - batch.sent_at)
    if not received_at - MAX_AGE_SECONDS <= at <= received_at + AHEAD_SECONDS:
        return None
    return min(at, received_at)


def time_reports(
    batch: WireBatch, reports: Iterable[WireReport], received_at: float, newest: Moment | None
) -> dict[int, Timing]:
    """Return when each report of a batch was made, by seq; `at` never descends with it.

    `newest` is the highest number of this incarnation that was timed before: a lower one was not
    made later, a higher one not earlier.
    """
    timings: dict[int, Timing] = {}
    latest = received_at
    earliest = -math.inf if newest is None else min(newest.at, received_at)
    for report in sorted(reports, key=lambda report: report.seq, reverse=True):
        if newest is not None and report.seq <= newest.seq:
            latest = min(latest, newest.at)
            earliest = -math.inf
        told = corrected_time(batch, report, received_at)
        if told is None:
            timings[report.seq] = Timing(latest, is_timed=False)
        else:
            latest = max(earliest, min(told, latest))
            timings[report.seq] = Timing(latest, is_timed=True)
    return timings
