"""Lock-out: however mistakes are spread, few guesses are looked at; nobody waits for ever."""

from hypothesis import given
from hypothesis import strategies as st

from collector.accounts.lockout import (
    ACCOUNT_FREE,
    ADDRESS_FREE,
    FIRST_SECONDS,
    FORGET_SECONDS,
    MOST_SECONDS,
    LockOut,
)

STEPS = st.lists(
    st.tuples(
        st.floats(0, 2 * MOST_SECONDS), st.sampled_from(["lan", "minh"]), st.sampled_from("ABC")
    ),
    max_size=300,
)
DAY = 86_400.0


def guesses(lock: LockOut, steps: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Return the guesses that are looked at, all wrong."""
    now, looked_at = 0.0, []
    for pause, name, place in steps:
        now += pause
        if not lock.account_wait(name, now) and not lock.address_wait(place, now):
            lock.failed(name, place, now)
            looked_at.append((now, name, place))
    return looked_at


@given(STEPS)
def test_each_guess_beyond_the_free_ones_comes_after_a_wait_that_doubles(
    steps: list[tuple[float, str, str]],
) -> None:
    looked_at = guesses(LockOut(), steps)

    for column, free in ((1, ACCOUNT_FREE), (2, ADDRESS_FREE)):
        for key in {one[column] for one in looked_at}:
            count, before = 0, -FORGET_SECONDS
            for at in [one[0] for one in looked_at if one[column] == key]:
                if at - before >= FORGET_SECONDS:
                    count = 0
                if count >= free:
                    # Sums of floats are not exact.
                    wait = min(FIRST_SECONDS * 2 ** (count - free), MOST_SECONDS)
                    assert at - before >= wait - 1e-6
                count, before = count + 1, at


@given(STEPS)
def test_nobody_waits_longer_than_the_longest_wait(steps: list[tuple[float, str, str]]) -> None:
    lock = LockOut()
    looked_at = guesses(lock, steps)
    now = max((at for at, _, _ in looked_at), default=0.0) + MOST_SECONDS

    assert {lock.account_wait(name, now) for name in ("lan", "minh")} == {0.0}
    assert {lock.address_wait(place, now) for place in "ABC"} == {0.0}


@given(st.lists(st.text(max_size=5), max_size=200), st.integers(1, 20))
def test_memory_is_bounded_and_the_last_who_erred_is_remembered(
    names: list[str], most: int
) -> None:
    lock = LockOut(most)
    for name in names:
        for _ in range(ACCOUNT_FREE):
            lock.failed(name, name or "-", 0.0)

    assert len(lock) <= 2 * most
    assert all(lock.account_wait(name, 0.0) > 0 for name in names[-1:])


@given(st.integers(0, 50))
def test_a_success_forgives_the_account_and_not_the_address(mistakes: int) -> None:
    lock = LockOut()
    for _ in range(mistakes):
        lock.failed("lan", "A", 0.0)
    lock.succeeded("lan")

    assert lock.account_wait("lan", 0.0) == 0.0
    assert (lock.address_wait("A", 0.0) > 0) == (mistakes >= ADDRESS_FREE)


def test_a_guesser_gets_few_guesses_a_day() -> None:
    lock, now, count = LockOut(), 0.0, 0
    while now < DAY:
        lock.failed("lan", "", now)
        count += 1
        now += max(lock.account_wait("lan", now), 0.001)

    assert count < 40
