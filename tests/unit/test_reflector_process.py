"""The reflector's own process: it answers, tells its counts, and never outlives its agent."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.checks.reflector import reflect
from agent.listening import permission
from agent.listening.ports import PORTS
from agent.listening.reflector import ReflectorCounts
from agent.listening.reflector_process import ReflectorProcess
from agent.probe import stamp
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS, HANG_SECONDS

ALLOW = ("127.0.0.0/8",)
ROOT = Path(__file__).parents[2]


def outcome(port: int) -> Outcome:
    return stamp.measure(
        "127.0.0.1", port, packets=5, spacing_seconds=0.002, timeout_seconds=ANSWER_SECONDS
    ).outcome


def until(holds: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + HANG_SECONDS
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_it_answers_and_tells_its_counts_until_it_is_closed(free_udp_port: int):
    port = free_udp_port
    process = ReflectorProcess("127.0.0.1", port, ALLOW)
    try:
        assert outcome(port) is Outcome.ANSWERED
        assert process.counts == ReflectorCounts(5, 0, 0, 0)
    finally:
        process.close()
    assert outcome(port) is Outcome.REFUSED
    with pytest.raises(CheckError, match="has ended"):
        _ = process.counts


def test_what_keeps_it_from_listening_is_told(free_udp_port: int):
    port = free_udp_port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        with pytest.raises(CheckError, match=f"port {port} cannot be opened: Address already"):
            ReflectorProcess("127.0.0.1", port, ALLOW)


@pytest.fixture
def listening(free_udp_port: int) -> Iterator[int]:
    port = free_udp_port
    permission.allow("127.0.0.1")
    PORTS.follow(["reflector"])
    reflect(port, ALLOW)
    yield port
    PORTS.follow([])
    permission.allow(None)


def test_a_process_that_was_killed_is_an_error_once_and_then_started_again(listening: int):
    process = PORTS._held["reflector"].listener
    assert isinstance(process, ReflectorProcess)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(CheckError, match="has ended"):
        reflect(listening, ALLOW)
    assert reflect(listening, ALLOW).answered == 0
    assert outcome(listening) is Outcome.ANSWERED


_AGENT = """
import os, sys
from agent.listening.reflector_process import ReflectorProcess
process = ReflectorProcess("127.0.0.1", int(sys.argv[1]), ["127.0.0.0/8"])
print("listening", flush=True)
sys.stdin.read()
"""


def test_it_ends_with_an_agent_that_is_killed(free_udp_port: int):
    port = free_udp_port
    with subprocess.Popen(
        [sys.executable, "-c", _AGENT, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as agent:
        assert agent.stdout is not None
        assert agent.stdout.readline() == b"listening\n"
        assert outcome(port) is Outcome.ANSWERED
        agent.kill()
    until(lambda: outcome(port) is Outcome.REFUSED)
