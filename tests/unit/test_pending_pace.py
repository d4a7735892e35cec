"""How often an agent that waits for approval asks: soon while somebody looks, cheap for all."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.measuring.runner import NEW_WITHIN_SECONDS
from agent.measuring.schedule import Schedule
from agent.sending.delivery import Action, Delivery, classify
from agent.transport.channel import Reply
from collector.intake.limits import PENDING_PER_SECOND, pending_retry_seconds

HOUR = 3600.0
LONGEST_SECONDS = 20.0


def refused(retry_after: str | None) -> Reply:
    return Reply(403, b'{"error": "pending", "detail": ""}', retry_after)


@pytest.fixture
def delivery() -> Callable[[float], Delivery]:
    return lambda jitter: Delivery(lambda: jitter)


@given(age=st.floats(0, 4 * HOUR - 1), share=st.floats(0, 0.999), waiting=st.integers(0, 200))
def test_in_the_first_hours_it_is_asked_within_20_seconds(age: float, share: float, waiting: int):
    retry = pending_retry_seconds(age, waiting, share)
    judgement = classify(refused(f"{retry:.0f}"), "b", 1)

    wait = Delivery(lambda: share).settle([1], judgement).wait_seconds

    assert judgement.action is Action.PENDING
    assert 5.0 <= wait <= LONGEST_SECONDS


@given(age=st.floats(0, 99 * HOUR), waiting=st.integers(1, 10_000))
def test_all_who_wait_together_ask_no_more_than_the_collector_bears(age: float, waiting: int):
    assert waiting / pending_retry_seconds(age, waiting, 0.0) <= PENDING_PER_SECOND + 1e-9


@pytest.mark.parametrize(
    ("age", "least", "most"), [(5 * HOUR, 60.0, 180.0), (30 * HOUR, 300.0, 900.0)]
)
def test_later_it_is_asked_more_and_more_rarely(age: float, least: float, most: float):
    assert pending_retry_seconds(age, 1, 0.0) == least
    assert pending_retry_seconds(age, 1, 1.0) == most


def test_each_refusal_is_waited_for_alike(delivery: Callable[[float], Delivery]):
    """After an hour of waiting the approval shows as soon as after a minute."""
    waits = delivery(1.0)
    judged = classify(refused("10"), "b", 1)

    assert [waits.settle([1], judged).wait_seconds for _ in range(50)] == [12.0] * 50
    assert waits.settle([1], classify(refused(None), "b", 1)).wait_seconds == 6.0


def test_the_first_report_of_a_new_agent_comes_within_seconds():
    starts = [
        Schedule(f"agent-{number}", 60.0, 0.0, spread_seconds=NEW_WITHIN_SECONDS).next_at
        for number in range(500)
    ]

    assert 0.0 <= min(starts) < max(starts) < NEW_WITHIN_SECONDS
