from collections.abc import Sequence

import pytest

from agent.probe.echo import EchoTrain, Method, run_train
from agent.probe.trace import silent
from agent.probe.trains import TrainStatistics, statistics


class ScriptedPort:
    """An echo port on a clock of its own: `delays` says after how long each probe is answered."""

    method = Method.RAW

    def __init__(self, delays: Sequence[float | OSError | None]) -> None:
        self.now = 100.0
        self.sent_at: list[float] = []
        self._delays = delays
        self._pending: list[tuple[float, int]] = []

    def clock(self) -> float:
        return self.now

    def send(self, sequence: int) -> None:
        self.sent_at.append(self.now)
        delay = self._delays[sequence]
        if isinstance(delay, OSError):
            raise delay
        if delay is not None:
            self._pending.append((self.now + delay, sequence))

    def also(self, arrives_at: float, sequence: int) -> None:
        self._pending.append((arrives_at, sequence))

    def receive(self, wait_seconds: float) -> tuple[int, float] | None:
        self._pending.sort()
        if self._pending and self._pending[0][0] <= self.now + wait_seconds:
            arrived_at, sequence = self._pending.pop(0)
            self.now = max(self.now, arrived_at)
            return sequence, self.now
        self.now += wait_seconds
        return None


def _train(port: ScriptedPort, count: int, lines: list[str] | None = None) -> EchoTrain:
    return run_train(
        port,
        count=count,
        interval_seconds=0.2,
        timeout_seconds=1,
        clock=port.clock,
        trace=silent if lines is None else lines.append,
    )


def test_answers_are_matched_whatever_their_order() -> None:
    port = ScriptedPort([0.5, 0.1, 0.04])
    lines: list[str] = []

    train = _train(port, 3, lines)

    assert train.rtts_seconds == pytest.approx((0.5, 0.1, 0.04))
    assert (train.sent, train.received, train.method) == (3, 3, Method.RAW)
    assert port.sent_at == pytest.approx([100.0, 100.2, 100.4])
    assert lines[-1] == "3 of 3 echoes came back (method: raw)"


def test_train_ends_as_soon_as_everything_is_answered() -> None:
    port = ScriptedPort([0.01, 0.01])

    _train(port, 2)

    assert port.now == pytest.approx(100.21)


def test_lost_and_late_probes_are_lost() -> None:
    port = ScriptedPort([None, 1.05, 0.1])

    train = _train(port, 3)

    assert train.rtts_seconds == (None, None, pytest.approx(0.1))
    assert train.received == 1
    assert port.now == pytest.approx(101.4)


def test_duplicates_and_unknown_numbers_are_ignored() -> None:
    port = ScriptedPort([0.1, 0.1])
    port.also(100.05, 1)
    port.also(100.06, 77)
    port.also(100.15, 0)

    assert _train(port, 2).rtts_seconds == pytest.approx((0.1, 0.1))


def test_no_route_is_loss_with_its_reason() -> None:
    port = ScriptedPort([OSError(101, "Network is unreachable")] * 2)

    train = _train(port, 2)

    assert train.received == 0
    assert "Network is unreachable" in train.detail


def test_own_firewall_is_no_loss() -> None:
    with pytest.raises(PermissionError):
        _train(ScriptedPort([PermissionError(1, "Operation not permitted")]), 1)


def test_statistics_of_a_train() -> None:
    """|ΔRTT| is between consecutive received probes: 0.02 (over the lost one) and 0.01."""
    found = statistics((0.01, None, 0.03, 0.02))

    assert found.loss_ratio == 0.25
    assert found.mean_rtt_seconds == pytest.approx(0.02)
    assert found.mean_rtt_change_seconds == pytest.approx(0.015)
    assert found.p95_rtt_change_seconds == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("rtts", "expected"),
    [
        ((), TrainStatistics(None, None, None, None)),
        ((None, None), TrainStatistics(1.0, None, None, None)),
        ((0.5,), TrainStatistics(0.0, 0.5, None, None)),
    ],
)
def test_statistics_of_too_short_a_train_are_none(
    rtts: tuple[float | None, ...], expected: TrainStatistics
) -> None:
    assert statistics(rtts) == expected


def test_p95_leaves_out_the_worst_one_of_forty() -> None:
    rtts = [0.0, *([0.001, 0.0] * 19), 1.0]

    assert statistics(rtts).p95_rtt_change_seconds == pytest.approx(0.001)
