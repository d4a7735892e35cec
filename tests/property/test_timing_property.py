"""Whatever boots and clocks a sender had, its reports are timed in the order of their numbers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.intake.timing import Moment, time_reports
from collector.wire import WireBatch, WireReport

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
        if newest is not None:
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
