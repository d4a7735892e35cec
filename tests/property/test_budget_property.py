"""Whatever is sent when, an agent stays within its share, and nothing is blocked for ever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sending.budget import BURST_SECONDS, Budget

SIZES = st.integers(300, 60_000)


@given(
    share=st.integers(10_000, 2_000_000),
    live=SIZES,
    plain=SIZES,
    hours=st.integers(1, 3),
)
@settings(deadline=None, max_examples=40)
def test_no_more_than_the_share_a_burst_and_one_report_goes_out(
    share: int, live: int, plain: int, hours: int
):
    """The newest is due every minute, and the backlog never ends."""
    now, end = 100.0, 100.0 + hours * 3600.0
    budget = Budget(share, now)
    sent = newest_sent = 0
    next_live_at = now
    while now < end:
        if now >= next_live_at and budget.newest_waits_seconds(now) == 0:
            budget.learn(live, live, is_newest_alone=True)
            budget.spent(live, now)
            sent, newest_sent, next_live_at = sent + live, newest_sent + 1, now + 60.0
            continue
        room = budget.backlog_bytes(now)
        assert room is not None
        if now < next_live_at and room < plain:
            budget.backlog_waits_seconds(plain, now)
        elif now < next_live_at:
            budget.learn(plain, plain, is_newest_alone=False)
            budget.spent(plain, now)
            sent += plain
            continue
        now += 5.0

    assert sent <= share * (hours + BURST_SECONDS / 3600.0) + live
    # The newest has what it needs, or all that there is.
    wanted = min(60 * hours, share * hours // live)
    assert newest_sent >= 0.8 * wanted - 1


@given(share=st.integers(1, 10**7), spent=st.lists(SIZES, max_size=20), plain=SIZES)
def test_whoever_waits_as_long_as_it_is_told_may_go(share: int, spent: list[int], plain: int):
    now = 0.0
    budget = Budget(share, now)
    for size in spent:
        budget.spent(size, now)

    now += budget.newest_waits_seconds(now) + 1e-3
    assert budget.newest_waits_seconds(now) == 0

    for _ in range(3):
        room = budget.backlog_bytes(now)
        if room is not None and room >= plain:
            return
        now += budget.backlog_waits_seconds(plain, now) + 1e-3 + 2 / share * 3600
    raise AssertionError("the backlog waits for ever")


def test_without_a_share_nothing_waits():
    budget = Budget(None, 0.0)
    budget.spent(10**9, 0.0)

    assert budget.newest_waits_seconds(0.0) == 0
    assert budget.backlog_bytes(0.0) is None


def test_a_start_gives_no_more_than_three_minutes_share():
    budget = Budget(360_000, 0.0)

    assert (budget.backlog_bytes(0.0) or 0) * 0.25 <= 360_000 / 20
    budget.spent(18_000, 0.0)
    assert budget.newest_waits_seconds(0.0) > 0


def test_another_share_does_not_forgive_what_is_owed():
    budget = Budget(3600, 0.0)
    budget.spent(10_000, 0.0)
    budget.limit(7200, 0.0)

    assert budget.newest_waits_seconds(0.0) > 4000
