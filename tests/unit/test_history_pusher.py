import subprocess
import sys
from collections.abc import Callable
from email.utils import formatdate

import pytest

from collector.history.messages import decode_request
from collector.history.options import DROP_REASONS
from collector.history.pusher import AHEAD_SECONDS, MAX_SPLITS, Pusher
from collector.history.receiver import OTHER_REFUSAL, REFUSALS, Answer, classified
from collector.history.samples import Row

NOW = 1_790_000_000.0
TAKEN = Answer()


class Scripted:
    """A receiver that gives the scripted answers, then takes everything."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []

    def push(self, body: bytes, now: float) -> Answer:
        del now
        self.bodies.append(body)
        return self._answers.pop(0) if self._answers else TAKEN


def _row(at: float, count: int = 1, value: float = 1.0) -> Row[bytes]:
    names = [bytes((0x0A, 0)) * (number + 1) for number in range(count)]
    return Row(round(at * 1000), names, [value] * count)


def _pusher(receiver: object, waits: list[float] | None = None, most: int = 5_000) -> Pusher:
    said = [] if waits is None else waits
    return Pusher(receiver, 3600.0, wall=lambda: NOW, wait=said.append, max_samples=most)  # type: ignore[arg-type]


def test_what_is_outside_the_window_is_not_sent_and_counted():
    receiver = Scripted()
    pusher = _pusher(receiver)
    pusher.deliver(
        [_row(NOW - 3601, 2), _row(NOW - 3599), _row(NOW + AHEAD_SECONDS + 1, 3), _row(NOW, 0)]
    )

    assert pusher.counts.pushed == 1
    assert pusher.counts.dropped == {"too_old": 2, "too_new": 3}
    assert len(receiver.bodies) == 1


def test_a_series_ascends_in_time_and_of_one_moment_the_later_report_counts():
    receiver = Scripted()
    _pusher(receiver).deliver(
        [_row(NOW - 1, value=3.0), _row(NOW - 9, value=1.0), _row(NOW - 1, value=4.0)]
    )

    ((_, points),) = decode_request(receiver.bodies[0])
    assert points == [((NOW - 9) * 1000, 1.0), ((NOW - 1) * 1000, 4.0)]


def test_a_request_holds_no_more_samples_than_allowed():
    receiver = Scripted()
    pusher = _pusher(receiver, most=10)
    pusher.deliver([_row(NOW - number, 7) for number in range(5)])

    sizes = [sum(len(p) for _, p in decode_request(body)) for body in receiver.bodies]
    assert sizes == [10, 10, 10, 5]
    assert pusher.counts.pushed == 35


def test_without_an_answer_the_same_is_sent_again_after_longer_and_longer_waits(
    caplog: pytest.LogCaptureFixture,
):
    away = Answer(retry=True, detail="connection refused")
    receiver, waits = Scripted(*[away] * 12), []
    pusher = _pusher(receiver, waits)
    pusher.deliver([_row(NOW)])

    assert len(set(receiver.bodies)) == 1
    assert pusher.counts.failures == 12
    assert pusher.counts.pushed == 1
    assert all(0.5 * 2**number <= wait <= 2**number for number, wait in enumerate(waits[:6]))
    assert all(30 <= wait <= 60 for wait in waits[6:])
    assert [record.getMessage() for record in caplog.records] == [
        "receiver is away; history waits for it",
        "receiver is back; history catches up",
    ]


def test_retry_after_is_obeyed_within_reason():
    waits: list[float] = []
    receiver = Scripted(
        Answer(retry=True, retry_after_seconds=40.0), Answer(retry=True, retry_after_seconds=1e6)
    )
    _pusher(receiver, waits).deliver([_row(NOW)])

    assert waits == [40.0, 600.0]


def test_what_is_refused_for_ever_costs_a_bounded_number_of_requests(
    caplog: pytest.LogCaptureFixture,
):
    receiver = Scripted(*[Answer(refused="refused", detail="HTTP 400: no")] * 10_000)
    pusher = _pusher(receiver)
    pusher.deliver([_row(NOW - number, 80) for number in range(60)])

    assert pusher.counts.dropped == {"refused": 4_800}
    assert len(receiver.bodies) < 2.5 * MAX_SPLITS
    assert [vars(record)["answer"] for record in caplog.records] == ["HTTP 400: no"]


def test_what_is_older_than_a_sample_that_was_too_old_is_not_asked_about():
    old = NOW - 1800

    class Windowed(Scripted):
        def push(self, body: bytes, now: float) -> Answer:
            super().push(body, now)
            times = [at_ms for _, points in decode_request(body) for at_ms, _ in points]
            return Answer(refused="too_old") if min(times) < old * 1000 else TAKEN

    receiver = Windowed()
    pusher = _pusher(receiver)
    pusher.deliver([_row(old + 60 * (number - 20)) for number in range(40)])

    assert (pusher.counts.pushed, pusher.counts.dropped) == (20, {"too_old": 20})
    assert len(receiver.bodies) < 20


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (204, "", lambda answer: answer == TAKEN),
        (200, "out of order", lambda answer: answer == TAKEN),
        (500, "too old sample", lambda answer: answer.refused == "too_old"),
        (400, "out of bounds", lambda answer: answer.refused == "out_of_bounds"),
        (400, "out of order sample", lambda answer: answer.refused == "out_of_order"),
        (
            400,
            "duplicate sample for timestamp",
            lambda answer: answer.refused == "duplicate",
        ),
        (400, "snappy: corrupt input", lambda answer: answer.refused == "refused"),
        (413, "", lambda answer: answer.refused == "refused"),
        (500, "no space left on device", lambda answer: answer.retry),
        (503, "too old", lambda answer: answer.retry),
        (429, "", lambda answer: answer.retry),
        (401, "", lambda answer: answer.retry),
        (302, "", lambda answer: answer.retry),
    ],
)
def test_what_an_answer_means(status: int, text: str, expected: Callable[[Answer], bool]):
    assert expected(classified(status, text, None, NOW))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        (formatdate(NOW + 90, usegmt=True), 90.0),
        (formatdate(NOW - 90, usegmt=True), 0.0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None):
    assert classified(503, "", header, NOW).retry_after_seconds == seconds


def test_every_refusal_has_a_reason_that_is_counted():
    assert {*(reason for reason, _ in REFUSALS), OTHER_REFUSAL, "too_new"} == set(DROP_REASONS)


def test_the_collector_itself_does_not_load_what_only_sending_needs():
    heavy = {"requests", "cramjam", "google.protobuf"}
    code = f"import collector.server, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "set()\n"
