"""Ping by the Windows calls, against a made-up iphlpapi.dll."""

import ctypes
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from agent.probe import icmp
from agent.probe.icmp import Method
from agent.probe.icmp import windows as icmp_windows
from agent.probe.icmp.windows import EchoReply4, EchoReply6
from govnet.errors import CheckError


class Function:
    """A DLL's function: callable, and it takes a `restype`."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self.restype: Any = None

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)


class Library:
    """iphlpapi.dll on a network of our own: `answers` gives status and router of each request."""

    def __init__(self, answers: Sequence[tuple[int, str] | None], handle: int = 7) -> None:
        self._answers = iter(answers)
        self.ttls: list[int] = []
        self.timeouts_ms: list[int] = []
        self.targets: list[str] = []
        self.closed = 0
        self.IcmpCreateFile = Function(lambda: handle)
        self.Icmp6CreateFile = Function(lambda: handle)
        self.IcmpSendEcho2 = Function(self._send4)
        self.Icmp6SendEcho2 = Function(self._send6)
        self.IcmpCloseHandle = Function(self._close)

    def _close(self, handle: Any) -> int:
        assert handle.value == 7
        self.closed += 1
        return 1

    def _note(self, options: Any, timeout: Any) -> None:
        self.ttls.append(options._obj.ttl)
        self.timeouts_ms.append(timeout.value)

    def _send4(self, *arguments: Any) -> int:
        _, _, _, _, address, data, size, options, buffer, room, timeout = arguments
        self.targets.append(socket.inet_ntoa(int(address.value).to_bytes(4, "little")))
        self._note(options, timeout)
        assert size.value == len(data)
        assert room.value >= ctypes.sizeof(EchoReply4) + size.value + 8
        answer = next(self._answers)
        if answer is None:
            return 0
        reply = EchoReply4.from_buffer(buffer)
        reply.status = answer[0]
        reply.address[:] = socket.inet_aton(answer[1])
        return 1

    def _send6(self, *arguments: Any) -> int:
        _, _, _, _, source, target, _, _, options, buffer, _, timeout = arguments
        assert bytes(source) == b"\x17" + bytes(27)
        self.targets.append(socket.inet_ntop(socket.AF_INET6, bytes(target)[8:24]))
        self._note(options, timeout)
        answer = next(self._answers)
        if answer is None:
            return 0
        reply = EchoReply6.from_buffer(buffer)
        reply.status = answer[0]
        reply.address.address[:] = socket.inet_pton(socket.AF_INET6, answer[1])
        return 1


def test_structures_have_the_layout_of_the_64_bit_system() -> None:
    assert ctypes.sizeof(EchoReply4) == 40
    assert (EchoReply4.status.offset, EchoReply4.data.offset) == (4, 16)
    assert EchoReply6.status.offset == 28
    assert ctypes.sizeof(EchoReply6) == 36


@pytest.mark.parametrize(
    ("address", "other"), [("198.18.0.1", "198.18.0.9"), ("2001:db8::1", "::9")]
)
def test_only_success_is_an_answer(address: str, other: str) -> None:
    """Answered, timed out, "destination unreachable" from a router."""
    library = Library([(0, address), None, (11003, other)])

    train = icmp.ping(
        address,
        count=3,
        interval_seconds=0.001,
        timeout_seconds=0.02,
        methods=(Method.WINDOWS,),
        windows_library=lambda: library,
    )

    assert train.method is Method.WINDOWS
    assert [rtt is not None for rtt in train.rtts_seconds] == [True, False, False]
    assert library.targets == [address] * 3
    assert library.timeouts_ms == [20] * 3
    assert library.closed == 1


def test_blocking_calls_make_no_burst_afterwards() -> None:
    """A clock on which every lost probe takes its whole time-out."""
    now = [0.0]
    library = Library([None, None, (0, "198.18.0.1")])
    send = library.IcmpSendEcho2
    sent_at: list[float] = []

    def slow(*arguments: Any) -> int:
        sent_at.append(now[0])
        count = send(*arguments)
        now[0] += 0.01 if count else 1.0
        return int(count)

    library.IcmpSendEcho2 = Function(slow)
    port = icmp_windows.WindowsEcho(
        icmp.resolve("198.18.0.1", 0, timeout_seconds=1)[0],
        timeout_seconds=1,
        size_bytes=32,
        clock=lambda: now[0],
        library=library,
        sleep=lambda seconds: now.__setitem__(0, now[0] + seconds),
    )
    with port:
        train = icmp.run_train(
            port,
            count=3,
            interval_seconds=1.5,
            timeout_seconds=1,
            clock=lambda: now[0],
            trace=lambda _line: None,
        )

    assert sent_at == [0.0, 1.5, 3.0]
    assert train.rtts_seconds == (None, None, pytest.approx(0.01))


def test_missing_handle_is_no_means() -> None:
    with pytest.raises(CheckError, match="IcmpCreateFile failed"):
        icmp.ping(
            "198.18.0.1",
            count=1,
            interval_seconds=1,
            timeout_seconds=1,
            methods=(Method.WINDOWS,),
            windows_library=lambda: Library([], handle=ctypes.c_void_p(-1).value or 0),
        )


@pytest.mark.parametrize(
    ("answer", "address", "is_destination"),
    [
        ((11013, "198.18.0.9"), "198.18.0.9", False),
        ((0, "198.18.0.1"), "198.18.0.1", True),
        ((11010, "0.0.0.0"), None, False),
        (None, None, False),
    ],
)
def test_hop_is_who_says_that_the_ttl_ran_out(
    answer: tuple[int, str] | None,
    address: str | None,
    is_destination: bool,  # noqa: FBT001 - given by parametrize
) -> None:
    library = Library([answer])

    hop = icmp.first_hop_beyond(
        "198.18.0.1",
        timeout_seconds=1,
        methods=(Method.WINDOWS,),
        windows_library=lambda: library,
    )

    assert hop is not None
    assert (hop.address, hop.is_destination) == (address, is_destination)
    assert library.ttls == [2]
