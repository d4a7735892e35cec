"""A line between two places that delays, jitters, loses and cuts short, each way by itself.

Each place is a network namespace with a TUN device; a thread carries the packets between the two
devices by the rules of the moment. Needs root.
"""

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import select
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agent.probe.icmp.packet import checksum

OFFICE, CENTRE = "198.18.40.1", "198.18.40.2"
OFFICE_6, CENTRE_6 = "2001:db8:40::1", "2001:db8:40::2"

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000

T = TypeVar("T")


@dataclass
class Way:
    """What one direction does to packets: may be changed at any time."""

    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    """Every second packet takes so much longer."""
    lose_every: int = 0
    """The n-th packet of every n is lost; 0 loses none."""
    bytes_per_second: float = 0.0
    """Packets leave no faster than that; 0 for no limit."""
    mtu_bytes: int = 65535
    """What is larger vanishes, and nobody is told."""
    wipes_marks: bool = False
    """Whether IPv4 packets lose their DSCP, as at a carrier that trusts nobody's marks."""
    carried: int = 0
    free_at: float = 0.0


class BadLine:
    """The two places and the line between them."""

    def __init__(self, prefix: str) -> None:
        self.forward, self.backward = Way(), Way()
        self._names = (f"{prefix}-office", f"{prefix}-centre")
        self._devices: list[int] = []
        self._stop, self._stopped = os.pipe()
        for name in self._names:
            _run("ip", "netns", "add", name)
        for name, device, addresses in (
            (self._names[0], f"{prefix}0", (f"{OFFICE}/30", f"{OFFICE_6}/64")),
            (self._names[1], f"{prefix}1", (f"{CENTRE}/30", f"{CENTRE_6}/64")),
        ):
            self._devices.append(_tun(device))
            _run("ip", "link", "set", device, "netns", name)
            for address in addresses:
                nodad = ("nodad",) if ":" in address else ()
                _run_in(name, "ip", "addr", "add", address, "dev", device, *nodad)
            _run_in(name, "ip", "link", "set", device, "up")
        self._thread = threading.Thread(target=self._carry, name="line")
        self._thread.start()

    def in_office(self, do: Callable[[], T]) -> T:
        """Call a function whose sockets are the office's."""
        return _within(self._names[0], do)

    def in_centre(self, do: Callable[[], T]) -> T:
        """Call a function whose sockets are the centre's."""
        return _within(self._names[1], do)

    def close(self) -> None:
        """End the line and take the places away."""
        os.write(self._stopped, b"\0")
        self._thread.join(10)
        for descriptor in (*self._devices, self._stop, self._stopped):
            os.close(descriptor)
        for name in self._names:
            subprocess.run(("ip", "netns", "delete", name), check=False, timeout=30)

    def _carry(self) -> None:
        office, centre = self._devices
        ways = {office: (self.forward, centre), centre: (self.backward, office)}
        waiting: list[tuple[float, int, int, bytes]] = []
        order = itertools.count()
        while True:
            timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
            ready, _, _ = select.select([*self._devices, self._stop], [], [], timeout)
            if self._stop in ready:
                return
            for device in ready:
                packet = os.read(device, 65535)
                way, to = ways[device]
                way.carried += 1
                if len(packet) > way.mtu_bytes:
                    continue
                if way.lose_every and way.carried % way.lose_every == 0:
                    continue
                if way.wipes_marks:
                    packet = _without_mark(packet)
                delay = way.delay_seconds + way.carried % 2 * way.jitter_seconds
                leaves_at = max(time.monotonic(), way.free_at)
                if way.bytes_per_second:
                    way.free_at = leaves_at = leaves_at + len(packet) / way.bytes_per_second
                heapq.heappush(waiting, (leaves_at + delay, next(order), to, packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, packet = heapq.heappop(waiting)
                with contextlib.suppress(OSError):
                    os.write(to, packet)


@contextlib.contextmanager
def bad_line() -> Iterator[BadLine]:
    """Build a line whose names are this process's own."""
    line = BadLine(f"gb{os.getpid()}")
    try:
        yield line
    finally:
        line.close()


def _without_mark(packet: bytes) -> bytes:
    """Return an IPv4 packet without DSCP, its header sealed anew."""
    header = bytearray(packet[: (packet[0] & 0xF) * 4])
    header[1] = 0
    header[10:12] = bytes(2)
    header[10:12] = checksum(bytes(header)).to_bytes(2)
    return bytes(header) + packet[len(header) :]


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    request = struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI)
    fcntl.ioctl(device, _TUNSETIFF, request)
    return device


def _within(name: str, do: Callable[[], T]) -> T:
    """Call it in a thread that has entered the namespace: the rest of this process stays out."""
    results: list[T] = []
    errors: list[BaseException] = []

    def enter() -> None:
        try:
            with Path(f"/run/netns/{name}").open("rb") as namespace:
                libc = ctypes.CDLL(None, use_errno=True)
                entered = libc.setns(namespace.fileno(), _CLONE_NEWNET)
                assert entered == 0, os.strerror(ctypes.get_errno())
            results.append(do())
        except BaseException as exc:  # noqa: BLE001 - raised again by whoever called
            errors.append(exc)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join(60)
    if errors:
        raise errors[0]
    return results[0]


def _run_in(place: str, *command: str) -> None:
    _run("ip", "netns", "exec", place, *command)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
