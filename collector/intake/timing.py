"""When reports were made, by the collector's clock. Pure: every time is given, Unix seconds.

1. Within one boot the monotonic clock tells how long ago it was, whatever happened to the wall
   clock since. Of another boot the sender may have learnt when it began (`boots`); the monotonic
   clock counts from there, however many boots ago that was. Both are *certain*.
2. Otherwise the sender's wall clock must do, with its present offset taken off; on a stick
   (`carried`) nobody knows that offset, and the wall clock is taken as it stands.
3. A time after the arrival or too long ago is not believed: such a report is kept, but it is no
   evidence of the present.
4. A sender counts its reports up, so none was made after one with a higher number. Among certain
   times the higher number is believed: it was timed nearer to its sending. A wall clock never
   moves a certain time, and one that contradicts its neighbours by far was wrong.
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
CERTAIN_AHEAD_SECONDS: Final = 30.0
"""The same for a boot that was learnt: over a slow line its beginning is known to half an exchange,
and a machine may start again and report within that time."""
CONTRADICTION_SECONDS: Final = 120.0
"""A wall clock that is off by more against its neighbours tells nothing; less is moved between
them, for clocks are set by some seconds at every start."""


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


class Told(msgspec.Struct, frozen=True):
    """What a report's clocks tell; `is_certain` where no wall clock had a part in it."""

    at: float
    is_certain: bool


def corrected_time(batch: WireBatch, report: WireReport, received_at: float) -> Told | None:
    """Return when a report was made as its clocks tell it; None if they cannot be believed."""
    boot = report.boot_id
    started_at = next((known.started_at for known in batch.boots if known.boot_id == boot), None)
    is_certain = True
    if boot and boot == batch.boot_id and not batch.carried:
        at = received_at - (batch.sent_monotonic_seconds - report.monotonic_seconds)
    elif boot and started_at is not None:
        at = started_at + report.monotonic_seconds
    else:
        is_certain = False
        at = report.created_at + (0.0 if batch.carried else received_at - batch.sent_at)
    ahead = CERTAIN_AHEAD_SECONDS if is_certain else AHEAD_SECONDS
    if not received_at - MAX_AGE_SECONDS <= at <= received_at + ahead:
        return None
    return Told(min(at, received_at), is_certain)


def time_reports(
    batch: WireBatch, reports: Iterable[WireReport], received_at: float, newest: Moment | None
) -> dict[int, Timing]:
    """Return when each report of a batch was made, by seq; `at` never descends with it.

    `newest` is the highest number of this incarnation that was timed before: a lower one was not
    made later, a higher one not earlier, unless certain times show that it was timed wrong.
    """
    told = {
        report.seq: corrected_time(batch, report, received_at)
        for report in sorted(reports, key=lambda report: report.seq)
    }
    if newest is not None and _is_refuted(newest, told, received_at):
        newest = None
    known_at = received_at if newest is None else min(newest.at, received_at)
    older = frozenset() if newest is None else {seq for seq in told if seq <= newest.seq}
    upper = {seq: known_at if seq in older else received_at for seq in told}
    lower = {seq: -math.inf if newest is None or seq in older else known_at for seq in told}
    certain = _certain_times(told, lower, upper)
    lower = _narrowed(lower, certain)
    wall = _wall_times(told, certain, lower, upper)
    timings: dict[int, Timing] = {}
    latest = received_at
    for seq in reversed(told):
        latest = min(latest, upper[seq])
        at = certain.get(seq, wall.get(seq))
        if at is not None:
            latest = max(lower[seq], min(at, latest))
        timings[seq] = Timing(latest, is_timed=at is not None)
    return timings


# By seq, ascending, in all that follows.
_Told = dict[int, Told | None]
_Times = dict[int, float]


def _is_refuted(newest: Moment, told: _Told, received_at: float) -> bool:
    """Whether a certain time shows that the known one was a wrong wall clock's."""
    known_at = min(newest.at, received_at)
    return any(
        one.at < known_at - CONTRADICTION_SECONDS
        if seq > newest.seq
        else one.at > known_at + CONTRADICTION_SECONDS
        for seq, one in told.items()
        if one is not None and one.is_certain
    )


def _certain_times(told: _Told, lower: _Times, upper: _Times) -> _Times:
    """Return the certain times, made to ascend: the higher number is believed."""
    times: _Times = {}
    latest = math.inf
    for seq in reversed(told):
        latest = min(latest, upper[seq])
        if (one := told[seq]) is not None and one.is_certain:
            latest = times[seq] = max(lower[seq], min(one.at, latest))
    return times


def _narrowed(lower: _Times, certain: _Times) -> _Times:
    """Return before when no report was made: none was before a certain one with a lower number."""
    earliest = -math.inf
    narrowed: _Times = {}
    for seq, at in lower.items():
        earliest = narrowed[seq] = max(earliest, at, certain.get(seq, -math.inf))
    return narrowed


def _wall_times(told: _Told, certain: _Times, lower: _Times, upper: _Times) -> _Times:
    """Return the wall times that contradict no certain time and no believed lower number."""
    highest: _Times = {}
    latest = math.inf
    for seq in reversed(told):
        latest = highest[seq] = min(latest, upper[seq], certain.get(seq, math.inf))
    times: _Times = {}
    earliest = -math.inf
    for seq, one in told.items():
        earliest = max(earliest, lower[seq])
        if one is None or one.is_certain:
            continue
        if earliest - CONTRADICTION_SECONDS <= one.at <= highest[seq] + CONTRADICTION_SECONDS:
            times[seq] = one.at
            earliest = max(earliest, min(one.at, highest[seq]))
    return times
