"""Test alerts: exposed for some minutes, few at once, followed to where they are stuck."""

import pytest

from collector.alerts.chain import Stage, follow
from collector.alerts.trial import LASTS_SECONDS, MOST, Trials
from collector.metrics.selfmetrics import SelfMetrics
from govnet.errors import GovnetError

NOW = 1_790_000_000.0


def test_a_test_alert_is_exposed_for_some_minutes() -> None:
    metrics = SelfMetrics("1")
    trials = Trials(metrics.alerts_test)

    trial = trials.start(NOW)

    assert trial is not None
    line = f'govnet_alerts_test{{id="{trial.id}"}} 1.0'.encode()
    trials.expire(NOW + LASTS_SECONDS - 1)
    assert line in metrics.render()
    trials.expire(NOW + LASTS_SECONDS)
    assert line not in metrics.render()


def test_too_many_at_once_are_refused() -> None:
    trials = Trials(SelfMetrics("1").alerts_test)

    ids = {trial.id for _ in range(MOST) if (trial := trials.start(NOW)) is not None}

    assert len(ids) == MOST
    assert trials.start(NOW) is None
    assert trials.start(NOW + LASTS_SECONDS) is not None


class Clock:
    """Time that passes only while somebody rests."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds


def test_a_stage_is_asked_again_until_the_alert_has_come_so_far() -> None:
    clock, said = Clock(), list[str]()
    stages = (
        Stage("first", lambda: "there" if clock.now >= 5 else None, "look here"),
        Stage("second", lambda: "there too", "look there"),
    )

    assert follow(stages, said.append, 60, clock, clock.rest)
    assert said == ["1/2 first: there", "2/2 second: there too"]
    assert clock.now == 5


@pytest.mark.parametrize("trouble", ["", " (nobody answers)"])
def test_where_it_is_stuck_is_told_with_the_reason_and_nothing_after_it(trouble: str) -> None:
    clock, said = Clock(), list[str]()

    def ask() -> str | None:
        if trouble:
            raise GovnetError(trouble.strip(" ()"))
        return None

    stages = (Stage("first", ask, "look here"), Stage("second", lambda: "there", ""))

    assert not follow(stages, said.append, 60, clock, clock.rest)
    assert said == [f"1/2 first: STUCK: look here{trouble}"]
