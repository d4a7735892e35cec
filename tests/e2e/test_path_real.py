"""Path quality over a line that is really bad, against the reflector, in namespaces of its own."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent.checks.contract import Context
from agent.checks.grade import Light
from agent.checks.path import PathCheck
from agent.checks.reflector import ReflectorCheck
from agent.clock import SystemClock
from agent.listening import permission
from agent.listening.ports import PORTS
from agent.listening.reflector import Reflector
from agent.probe import mtu, stamp
from agent.probe.burst import rates
from agent.probe.outcome import Outcome
from agent.probe.stamp.figures import PathFigures, dscp_kept, figures
from agent.probe.stamp.packet import build_probe, ntp_timestamp
from govnet.settings import CheckSettings, PathSettings, ReflectorSettings
from tests.e2e.bad_line import CENTRE, CENTRE_6, OFFICE, OFFICE_6, BadLine, Way, bad_line

pytestmark = pytest.mark.e2e

PORT = 862


@pytest.fixture(scope="module")
def built() -> Iterator[BadLine]:
    with bad_line() as line:
        yield line


@pytest.fixture
def line(built: BadLine) -> BadLine:
    """Give the line, whole and quick."""
    for way in (built.forward, built.backward):
        for field, value in vars(Way()).items():
            setattr(way, field, value)
    return built


def in_centre(line: BadLine, address: str, *allow: str) -> Reflector:
    return line.in_centre(lambda: Reflector(address, PORT, allow))


@pytest.fixture
def reflector(line: BadLine) -> Iterator[Reflector]:
    reflector = in_centre(line, CENTRE, f"{OFFICE}/32")
    yield reflector
    reflector.close()


def train(line: BadLine, packets: int = 60, dscp: int = 0, to: str = CENTRE) -> stamp.StampTrain:
    return line.in_office(
        lambda: stamp.measure(
            to, PORT, packets=packets, spacing_seconds=0.005, timeout_seconds=1.2, dscp=dscp
        )
    )


def measured(line: BadLine) -> PathFigures:
    return figures(train(line))


@pytest.mark.usefixtures("reflector")
def test_delay_is_told_without_the_reflectors_own_time(line: BadLine):
    line.forward.delay_seconds, line.backward.delay_seconds = 0.030, 0.010
    found = measured(line)

    assert found.loss_ratio == 0.0
    assert found.rtt_seconds is not None
    assert 0.040 <= found.rtt_seconds < 0.200  # A busy machine adds some; the line took 40 ms.


@pytest.mark.usefixtures("reflector")
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_loss_in_one_direction_shows_in_that_direction(line: BadLine, direction: str):
    getattr(line, direction).lose_every = 10
    found = measured(line)

    assert found.direction_loss is not None
    other = {"forward": "backward", "backward": "forward"}[direction]
    assert 0.08 <= getattr(found.direction_loss, direction) <= 0.12
    assert getattr(found.direction_loss, other) == 0.0


@pytest.mark.usefixtures("reflector")
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_jitter_in_one_direction_shows_in_that_direction(line: BadLine, direction: str):
    """Two packets are 5 ms apart here: 4 ms more for every second one changes no order."""
    getattr(line, direction).jitter_seconds = 0.004
    found = measured(line)

    other = {"forward": "backward", "backward": "forward"}[direction]
    mean, quiet = getattr(found, direction).mean_seconds, getattr(found, other).mean_seconds
    assert mean >= 0.003
    assert mean - quiet >= 0.002  # What a busy machine adds, it adds to both.


@pytest.mark.usefixtures("reflector")
def test_more_jitter_than_spacing_reorders(line: BadLine):
    line.forward.jitter_seconds = 0.013
    found = measured(line)

    assert found.reordered > 10
    assert found.loss_ratio == 0.0


@pytest.mark.usefixtures("reflector")
def test_marks_arrive_on_a_path_that_keeps_them(line: BadLine):
    assert dscp_kept(train(line, 5, dscp=46), 46) is True


@pytest.mark.usefixtures("reflector")
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_marks_that_a_router_wipes_are_missed(line: BadLine, direction: str):
    getattr(line, direction).wipes_marks = True
    assert dscp_kept(train(line, 5, dscp=46), 46) is False


@pytest.mark.usefixtures("reflector")
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("port", [PORT, None], ids=["stamp", "icmp"])
def test_a_narrow_place_in_the_middle_that_says_nothing_is_found(
    line: BadLine, direction: str, port: int | None
):
    getattr(line, direction).mtu_bytes = 1400
    found = line.in_office(lambda: mtu.find(CENTRE, port, timeout_seconds=8.0))
    assert (found.outcome, found.mtu_bytes) == (Outcome.ANSWERED, 1400)


@pytest.mark.usefixtures("reflector")
@pytest.mark.parametrize(
    ("forward", "backward", "expected"),
    [(1e6, 0.0, (1e6, None)), (1e6, 5e5, (1e6, 5e5)), (5e5, 1e6, (5e5, None))],
)
def test_a_burst_tells_the_narrowest_place_of_each_way(
    line: BadLine, forward: float, backward: float, expected: tuple[float, float | None]
):
    """8 and 4 Mb/s: what shapes the way there hides what is wider on the way back."""
    line.forward.bytes_per_second, line.backward.bytes_per_second = forward, backward
    seen = line.in_office(
        lambda: stamp.measure(
            CENTRE, PORT, packets=100, spacing_seconds=0.0, timeout_seconds=3.0, size_bytes=1472
        )
    )
    found = rates(seen, 1500)
    assert found.forward == pytest.approx(expected[0], rel=0.2)
    assert found.backward == (expected[1] and pytest.approx(expected[1], rel=0.2))


def test_all_of_it_over_ipv6(line: BadLine):
    reflector = in_centre(line, CENTRE_6, f"{OFFICE_6}/128")
    try:
        line.backward.lose_every = 10
        line.forward.mtu_bytes = 1400
        seen = train(line, dscp=34, to=CENTRE_6)
        line.backward.lose_every = 0
        narrow = line.in_office(lambda: mtu.find(CENTRE_6, PORT, timeout_seconds=8.0))
    finally:
        reflector.close()
    loss = figures(seen).direction_loss
    assert loss is not None
    assert (loss.forward, 0.05 < loss.backward < 0.15) == (0.0, True)
    assert dscp_kept(seen, 34) is True
    assert narrow.mtu_bytes == 1400


def test_the_checks_of_an_office_and_of_the_centre_measure_together(line: BadLine):
    line.backward.delay_seconds, line.forward.lose_every = 0.020, 20
    permission.allow(CENTRE)
    PORTS.follow(["reflector"])
    listening = ReflectorSettings(target="trung-tam/may-chu", allow=(f"{OFFICE}/32",))
    ordered = PathSettings(
        target="xa-a/tslcd", address=CENTRE, packets=60, spacing_seconds=0.005, dscp=46
    )
    try:
        before = line.in_centre(lambda: samples(ReflectorCheck(), listening))
        found = line.in_office(lambda: samples(PathCheck(), ordered, 4.0))
        after = samples(ReflectorCheck(), listening)
    finally:
        PORTS.follow([])
        permission.allow(None)

    assert before["govnet_reflector_packets_total"] == 0
    assert after["govnet_reflector_packets_total"] >= 57
    assert found["govnet_path_reachable"] == 1
    assert 0.03 <= found["govnet_path_loss_ratio", "forward"] <= 0.07
    assert found["govnet_path_loss_ratio", "backward"] == 0
    assert 0.020 <= found["govnet_path_rtt_seconds"] < 0.200
    assert found["govnet_path_dscp_kept"] == 1
    assert found["govnet_path_grade_code"] == Light.POOR
    assert 1 < found["govnet_path_mos", "g711"] < 4.4
    assert found["govnet_path_mtu_bytes"] == 1500


def samples(check: Any, settings: CheckSettings, seconds: float = 5.0) -> dict[object, float]:
    """Run a check once; return its values by name, and by name and direction or codec."""
    clock = SystemClock()
    context = Context(timeout_seconds=seconds, deadline=clock.monotonic() + seconds, clock=clock)
    return {
        (each.name, *each.labels.values()) if each.labels else each.name: each.value
        for each in check.run(settings, context)
    }


def until(is_so: Callable[[], bool]) -> None:
    """Wait for the reflector's thread."""
    ends_at = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_a_stranger_is_not_answered(line: BadLine):
    reflector = in_centre(line, CENTRE, "203.0.113.0/24")
    try:
        seen = line.in_office(
            lambda: stamp.measure(
                CENTRE, PORT, packets=5, spacing_seconds=0.005, timeout_seconds=0.3
            )
        )
        until(lambda: reflector.counts.refused_source == 5)
        counts = reflector.counts
    finally:
        reflector.close()
    assert (seen.outcome, seen.replies) == (Outcome.TIMEOUT, ())
    assert (counts.answered, counts.refused_source) == (0, 5)


def test_a_forged_reflector_to_reflector_circle_never_starts(line: BadLine, reflector: Reflector):
    """The packet claims to come from port 862 of another reflector."""

    def forge() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((OFFICE, PORT))
            sock.sendto(build_probe(0, ntp_timestamp(0)), (CENTRE, PORT))
            sock.settimeout(0.2)
            with pytest.raises(TimeoutError):
                sock.recv(100)

    line.in_office(forge)
    until(lambda: reflector.counts.refused_source == 1)
    assert (reflector.counts.answered, reflector.counts.refused_source) == (0, 1)
