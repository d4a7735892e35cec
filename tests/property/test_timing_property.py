"""Whatever boots and clocks a sender had, its reports are timed in the order of their numbers."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.intake.timing import (
    CONTRADICTION_SECONDS,
    Moment,
    Timing,
    Told,
    corrected_time,
    time_reports,
)
from collector.wire import WireBatch, WireBoot, WireReport

NOW = 1_790_000_000.0
BOOTS = st.sampled_from(["", "one", "two", "three"])
WALL = st.one_of(
    st.floats(min_value=NOW - 1e9, max_value=NOW + 1e9),
    st.floats(min_value=NOW - 1e4, max_value=NOW + 1e4),
    st.sampled_from([0.0, -1e300, 1e300]),
)
MONOTONIC = st.one_of(st.floats(min_value=0, max_value=1e6), st.sampled_from([-1e300, 1e300]))


@st.composite
def _batches(draw: st.DrawFn) -> tuple[WireBatch, list[WireReport], float]:
    batch = WireBatch(
        v=1,
        batch="0" * 32,
        agent="a",
        incarnation="0" * 16,
        sent_at=draw(WALL),
        sent_monotonic_seconds=draw(MONOTONIC),
        boot_id=draw(BOOTS),
        reports=[],
        boots=[WireBoot(boot, abs(draw(WALL)) % 1e11) for boot in draw(st.sets(BOOTS))],
        carried=draw(st.booleans()),
    )
    reports = [
        WireReport(
            seq=seq,
            created_at=draw(WALL),
            monotonic_seconds=draw(MONOTONIC),
            boot_id=draw(BOOTS),
            interval_seconds=60.0,
            results=[],
        )
        for seq in draw(st.lists(st.integers(1, 50), max_size=8, unique=True))
    ]
    return batch, reports, draw(st.floats(min_value=NOW - 1e3, max_value=NOW + 1e3))


def is_refuted(newest: Moment, told: dict[int, Told | None], received_at: float) -> bool:
    """Whether a time without a wall clock's part in it speaks against the newest known one."""
    known_at = min(newest.at, received_at)
    certain = {seq: one.at for seq, one in told.items() if one is not None and one.is_certain}
    after = [at for seq, at in certain.items() if seq > newest.seq]
    before = [at for seq, at in certain.items() if seq <= newest.seq]
    return min(after, default=known_at) < known_at - CONTRADICTION_SECONDS or (
        max(before, default=known_at) > known_at + CONTRADICTION_SECONDS
    )


@given(batches=st.lists(_batches(), max_size=5))
def test_times_ascend_with_seq_and_never_pass_the_arrival(
    batches: list[tuple[WireBatch, list[WireReport], float]],
):
    newest: Moment | None = None
    for batch, reports, received_at in batches:
        timings = time_reports(batch, reports, received_at, newest)

        assert set(timings) == {report.seq for report in reports}
        assert all(timing.at <= received_at for timing in timings.values())
        ordered = [timings[seq].at for seq in sorted(timings)]
        assert all(earlier <= later for earlier, later in pairwise(ordered))
        told = {report.seq: corrected_time(batch, report, received_at) for report in reports}
        if newest is not None and not is_refuted(newest, told, received_at):
            # The collector's own clock may step back between two batches.
            known_at = min(newest.at, received_at)
            assert all(
                timing.at <= known_at for seq, timing in timings.items() if seq <= newest.seq
            )
            assert all(timing.at >= known_at for seq, timing in timings.items() if seq > newest.seq)
        timed = [Moment(seq, timing.at) for seq, timing in timings.items() if timing.is_timed]
        newest = max(
            [*timed, *([newest] if newest else [])], key=lambda moment: moment.seq, default=None
        )


@dataclass(frozen=True)
class Life:
    """One boot of a sender, as it really was."""

    boot_id: str
    started_at: float
    wall_ahead_seconds: float
    step_after: int
    step_seconds: float
    is_learnt: bool
    learnt_error_seconds: float
    reports: int


LIVES = st.lists(
    st.builds(
        Life,
        boot_id=st.just(""),
        started_at=st.just(0.0),
        wall_ahead_seconds=st.sampled_from([0.0, 3.0, -40.0, 3600.0, -86_400.0, -5e8, 1e8]),
        step_after=st.integers(0, 6),
        step_seconds=st.sampled_from([0.0, 5e8, -3600.0, 20.0]),
        is_learnt=st.booleans(),
        learnt_error_seconds=st.floats(-0.5, 0.5),
        reports=st.integers(1, 6),
    ),
    min_size=1,
    max_size=6,
)


@given(
    lives=LIVES,
    carried=st.booleans(),
    pauses=st.lists(st.floats(30, 90_000), min_size=6, max_size=6),
    cut=st.sampled_from([1, 3, 100]),
)
def test_every_report_of_a_learnt_boot_is_timed_right_whatever_the_wall_clocks_said(
    lives: list[Life],
    carried: bool,  # noqa: FBT001 - drawn by hypothesis
    pauses: list[float],
    cut: int,
):
    """Boots with any wall clock, set or stepping in the middle, sent all at once from the last."""
    now = NOW
    seq = 0
    truth: dict[int, float] = {}
    learnt: set[int] = set()
    reports: list[WireReport] = []
    boots: list[WireBoot] = []
    wall_ahead = 0.0
    started_at = now
    for number, (life, pause) in enumerate(zip(lives, pauses, strict=False)):
        now += pause
        started_at = now
        boot_id = f"boot-{number}"
        wall_ahead = life.wall_ahead_seconds
        for index in range(life.reports):
            now += 60.0
            seq += 1
            if index == life.step_after:
                wall_ahead += life.step_seconds
            truth[seq] = now
            monotonic = round(now - started_at, 3)
            reports.append(
                WireReport(
                    seq=seq,
                    created_at=now + wall_ahead,
                    monotonic_seconds=monotonic,
                    boot_id=boot_id,
                    interval_seconds=60.0,
                    results=[],
                )
            )
            if life.is_learnt:
                learnt.add(seq)
        if life.is_learnt:
            boots.append(WireBoot(boot_id, started_at + life.learnt_error_seconds))
    last_boot = f"boot-{len(lives) - 1}"
    batch = WireBatch(
        v=1,
        batch="0" * 32,
        agent="a",
        incarnation="0" * 16,
        sent_at=now + wall_ahead,
        sent_monotonic_seconds=round(now - started_at, 3),
        boot_id=last_boot,
        reports=[],
        boots=boots,
        carried=carried,
    )
    if not carried:
        learnt |= {report.seq for report in reports if report.boot_id == last_boot}

    timings: dict[int, Timing] = {}
    newest: Moment | None = None
    for start in range(0, len(reports), cut):
        # As on a stick, oldest first; what was timed bounds what comes after.
        timings |= (part := time_reports(batch, reports[start : start + cut], now, newest))
        timed = [Moment(seq, one.at) for seq, one in part.items() if one.is_timed]
        newest = max(timed, key=lambda moment: moment.seq, default=newest)

    for seq in learnt:
        assert timings[seq].is_timed
        assert abs(timings[seq].at - truth[seq]) <= 0.502
    if cut >= len(reports):
        ordered = [timings[seq].at for seq in sorted(timings)]
        assert all(earlier <= later for earlier, later in pairwise(ordered))
