"""What the recorded cases cannot show: state between runs, several questions at once, time."""

import threading

import pytest

from agent.checks.asking import answer_seconds, ask_all, labelled, raise_failures
from agent.checks.contract import Context
from agent.checks.lan import LanCheck
from agent.checks.link import LinkCheck
from agent.checks.machine import MachineCheck
from agent.checks.reach import echo_seconds
from agent.probe.echo import EchoTrain, Method
from agent.probe.icmp import Hop
from agent.probe.network import Gateway, Interface, Neighbour
from agent.probe.system import OperatingSystem, Power
from agent.probe.usage import Cpu, CpuMode, Memory, Traffic
from govnet.errors import CheckError
from govnet.settings import LanSettings, LinkSettings, MachineSettings, PathEnd
from tests.unit.deadlines import HANG_SECONDS


class StillClock:
    def __init__(self, monotonic_seconds: float = 100.0) -> None:
        self._monotonic_seconds = monotonic_seconds

    def time(self) -> float:
        return 1790000000.0

    def monotonic(self) -> float:
        return self._monotonic_seconds


def context(timeout_seconds: float = 10.0, elapsed_seconds: float = 0.0) -> Context:
    return Context(
        timeout_seconds=timeout_seconds,
        deadline=100.0 + timeout_seconds - elapsed_seconds,
        clock=StillClock(),
    )


def lost(count: int) -> EchoTrain:
    return EchoTrain(count, 0, (None,) * count, Method.DATAGRAM, "")


NEXT_HOP = LinkSettings(
    target="tslcd-1",
    ends=(PathEnd(end="next_hop"), PathEnd(end="far", address="198.18.0.1")),
)


def link_that_finds(hops: list[Hop | None], pinged: list[str]) -> LinkCheck:
    def ping(address: str, *, count: int, **_: object) -> EchoTrain:
        pinged.append(address)
        return lost(count)

    return LinkCheck(ping=ping, first_hop_beyond=lambda *_, **__: hops.pop(0), gateways=lambda: ())


def test_hop_beyond_the_gateway_is_still_asked_after_the_line_is_cut() -> None:
    pinged: list[str] = []
    check = link_that_finds(
        [
            Hop("198.18.6.1", is_destination=False, rtt_seconds=0.003, method=Method.RAW),
            Hop(None, is_destination=False, rtt_seconds=None, method=Method.RAW),
            None,
        ],
        pinged,
    )

    for _ in range(3):
        samples = list(check.run(NEXT_HOP, context()))

    assert pinged.count("198.18.6.1") == 3
    assert ("govnet_link_reachable", 0.0) in [
        (each.name, each.value) for each in samples if (each.labels or {})["end"] == "next_hop"
    ]


def test_hop_found_for_one_link_is_not_taken_for_another() -> None:
    check = link_that_finds(
        [Hop("198.18.6.1", is_destination=False, rtt_seconds=0.003, method=Method.RAW), None], []
    )
    list(check.run(NEXT_HOP, context()))
    other = LinkSettings(target="tslcd-2", ends=NEXT_HOP.ends)

    with pytest.raises(CheckError, match="no router beyond the gateway"):
        list(check.run(other, context()))


def test_gateway_that_fell_silent_is_not_believed_by_its_arp_entry() -> None:
    """The entry stays "reachable" for a while after the gateway has died."""
    silent_now = iter([False, True, True])

    def ping(_: str, *, count: int, **__: object) -> EchoTrain:
        if next(silent_now):
            return lost(count)
        return EchoTrain(count, count, (0.001,) * count, Method.DATAGRAM, "")

    check = LanCheck(
        interfaces=lambda: (),
        gateways=lambda: (Gateway("198.18.7.1", "eth0", 0),),
        neighbours=lambda: (Neighbour("198.18.7.1", "02:00:00:00:00:01", "eth0", "reachable"),),
        resolvers=lambda: (),
        leases=lambda: (),
        ping=ping,
    )
    settings = LanSettings(target="pc-1")

    found = [
        sample.value
        for _ in range(2)
        for sample in check.run(settings, context())
        if sample.name == "govnet_lan_gateway_reachable"
    ]

    assert found == [1.0, 0.0]


@pytest.mark.parametrize(
    ("later", "expected"), [(99.0, 100.0), (97.0, 100.0), (101.5, 101.5), (50.0, 50.0)]
)
def test_cpu_time_never_steps_back_a_little(later: float, expected: float) -> None:
    """A small step back is the kernel's rounding; a large one is processors taken away."""
    seconds = [100.0, later]
    check = MachineCheck(
        cpu=lambda: Cpu(2, (CpuMode("idle", seconds.pop(0)),)),
        memory=lambda: Memory(1, 1, 0, 0),
        mounts=lambda: (),
        traffic=lambda: (Traffic("eth0", 1, 1, 1, 1, 0, 0),),
        booted_at=lambda: 1789990000.0,
        interfaces=lambda: (
            Interface(
                "eth0",
                is_up=True,
                has_carrier=True,
                speed_bits_per_second=None,
                carrier_changes=1,
                mac="02:00:00:00:00:01",
                is_physical=True,
            ),
        ),
        operating_system=lambda: OperatingSystem("Debian", "6.1"),
        power=lambda: Power(None, None),
        is_reboot_pending=lambda: None,
    )
    settings = MachineSettings(target="pc-1")
    list(check.run(settings, context()))

    samples = list(check.run(settings, context()))

    assert [each.value for each in samples if each.name == "govnet_machine_cpu_seconds_total"] == [
        expected
    ]


def test_questions_are_asked_at_the_same_time_and_answered_in_order() -> None:
    """Each question waits until all three are being asked: one after the other would time out."""
    together = threading.Barrier(3, timeout=HANG_SECONDS)

    def ask(name: str) -> str:
        together.wait()
        return name

    answers = ask_all([lambda: ask("a"), lambda: ask("b"), lambda: ask("c")])

    assert list(answers) == ["a", "b", "c"]


def test_question_that_could_not_be_asked_costs_only_its_own_answer() -> None:
    def refuse() -> str:
        raise CheckError("no right")

    first, second = ask_all([refuse, lambda: "here"])

    assert isinstance(first, CheckError)
    assert second == "here"


def test_mistake_in_a_thread_is_raised_where_the_answer_is_wanted() -> None:
    def mistake() -> str:
        raise ZeroDivisionError

    answers = ask_all([lambda: "here", mistake])

    assert next(answers) == "here"
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_no_questions_no_answers() -> None:
    assert list(ask_all([])) == []


@pytest.mark.parametrize(
    ("timeout_seconds", "elapsed_seconds", "expected"),
    [(10.0, 0.0, 9.5), (10.0, 4.0, 5.5), (1.0, 0.0, 0.9)],
)
def test_answer_may_take_what_is_left_less_a_margin(
    timeout_seconds: float, elapsed_seconds: float, expected: float
) -> None:
    assert answer_seconds(context(timeout_seconds, elapsed_seconds)) == pytest.approx(expected)


def test_no_time_left_is_no_finding_about_the_target() -> None:
    with pytest.raises(CheckError, match="no time left of 10 s"):
        answer_seconds(context(10.0, 9.6))


def test_failures_are_named_together() -> None:
    raise_failures([])
    with pytest.raises(CheckError, match=r"^far: a; gateway: b$"):
        raise_failures(["far: a", "gateway: b"])


def test_trace_lines_name_their_question() -> None:
    lines: list[str] = []
    labelled(lines.append, "far")("sent")
    assert lines == ["far: sent"]


@pytest.mark.parametrize(
    ("time_seconds", "count", "spacing_seconds", "in_turn", "expected"),
    [
        (9.5, 10, 0.2, False, 2.0),
        (3.0, 10, 0.2, False, 1.2),
        (1.8, 10, 0.2, False, 0.0),
        (9.5, 10, 0.2, True, 0.95),
        (1.9, 10, 0.2, True, 0.1),
        (9.5, 1, 0.2, True, 2.0),
    ],
)
def test_train_of_echoes_fits_into_its_time(
    time_seconds: float, count: int, spacing_seconds: float, *, in_turn: bool, expected: float
) -> None:
    found = echo_seconds(
        time_seconds, count=count, spacing_seconds=spacing_seconds, in_turn=in_turn
    )

    assert found == pytest.approx(expected)
    longest = (count - 1) * (max(spacing_seconds, found) if in_turn else spacing_seconds) + found
    assert longest <= time_seconds + 1e-9
