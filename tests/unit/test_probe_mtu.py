"""The search for the largest packet: which sizes it asks, and what it believes."""

import errno

import pytest

from agent.probe import mtu
from agent.probe.deadline import Deadline
from agent.probe.outcome import Outcome
from tests.unit.deadlines import ANSWER_SECONDS
from tests.unit.stamp_reflectors import reflector, reply


class Line:
    """A line that carries packets up to a size, and loses some of the others for no reason."""

    def __init__(self, limit: int, lost: frozenset[int] = frozenset(), adapter: int = 9000) -> None:
        self.asked: list[int] = []
        self._limit = limit
        self._lost = lost
        self._adapter = adapter

    def passes(self, size_bytes: int, wait_seconds: float) -> bool:
        assert wait_seconds > 0
        if size_bytes > self._adapter:
            raise OSError(errno.EMSGSIZE, "too long")
        self.asked.append(size_bytes)
        return size_bytes <= self._limit and len(self.asked) not in self._lost


def search(line: Line, likely: int | None = None) -> mtu.Mtu:
    return mtu._search(line, Deadline(60.0), (576, 1500), likely, lambda _line: None)


@pytest.mark.parametrize("limit", [576, 577, 1280, 1400, 1492, 1499, 1500, 9000])
def test_the_largest_size_is_found(limit: int):
    assert search(Line(limit)).mtu_bytes == min(limit, 1500)


def test_a_whole_path_takes_two_questions():
    line = Line(1500)
    search(line)
    assert line.asked == [576, 1500]


def test_what_was_found_before_is_confirmed_by_the_next_larger_that_does_not_pass():
    line = Line(1400)
    assert search(line, likely=1400).mtu_bytes == 1400
    assert line.asked == [576, 1400, 1401, 1401, 1401]


@pytest.mark.parametrize("likely", [576, 600, 1399, 1401, 1500, 4000])
def test_a_wrong_memory_only_costs_questions(likely: int):
    assert search(Line(1400), likely=likely).mtu_bytes == 1400


def test_two_losses_in_a_row_are_not_taken_for_a_limit():
    assert search(Line(1500, lost=frozenset({1, 2, 4, 5}))).mtu_bytes == 1500


def test_a_small_adapter_of_this_machine_is_a_limit_too():
    assert search(Line(9000, adapter=1420)).mtu_bytes == 1420


def test_without_any_answer_there_is_nothing_to_search():
    found = search(Line(0))
    assert (found.outcome, found.mtu_bytes) == (Outcome.TIMEOUT, None)


def test_time_that_runs_out_is_a_finding():
    def short(packet: bytes, number: int) -> list[bytes]:
        return [reply(packet, number)] if len(packet) < 1000 else []

    with reflector(short) as port:
        found = mtu.find("127.0.0.1", port, timeout_seconds=0.15)

    assert (found.outcome, found.mtu_bytes) == (Outcome.TIMEOUT, None)


def test_a_closed_port_is_refused(closed_udp_port: int):
    found = mtu.find("127.0.0.1", closed_udp_port, timeout_seconds=ANSWER_SECONDS)
    assert found.outcome is Outcome.REFUSED
