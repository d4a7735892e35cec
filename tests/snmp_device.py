"""SNMP devices on loopback that a test scripts: honest, odd, silent and hostile ones.

What they say is made by hand from BER, so that nothing of the agent judges itself.
"""

import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from agent.probe import snmp
from govnet.settings import Secret, SnmpAccess
from tests.unit.deadlines import ANSWER_SECONDS

COMMUNITY = "c0mmunity-of-no-one-else"
DESCR, NAME, UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.3.0"
IN, OUT = "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.2.2.1.16"

GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
NO_SUCH_OBJECT, END_OF_MIB = b"\x80\x00", b"\x82\x00"


# --- BER by hand ----------------------------------------------------------------------------------


def tlv(tag: int, content: bytes) -> bytes:
    """Return one element; lengths in two bytes where they do not fit into seven bits."""
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def integer(number: int, tag: int = 2) -> bytes:
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytes([first * 40 + second])
    for arc in rest:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.insert(0, arc & 0x7F | 0x80)
        content += bytes(septets)
    return tlv(6, content)


def answer(
    request_id: int,
    binds: Sequence[tuple[str, bytes]],
    *,
    version: int = 1,
    error: tuple[int, int] = (0, 0),
    community: bytes = COMMUNITY.encode(),
) -> bytes:
    """Return a whole response; every value is an element of its own."""
    values = tlv(0x30, b"".join(tlv(0x30, oid(name) + value) for name, value in binds))
    pdu = integer(request_id) + integer(error[0]) + integer(error[1]) + values
    message = integer(version) + tlv(4, community) + tlv(RESPONSE, pdu)
    return tlv(0x30, message)


@dataclass(frozen=True)
class Asked:
    """A question as the device reads it."""

    version: int
    community: bytes
    kind: int
    request_id: int
    repetitions: int
    oids: tuple[str, ...]


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Return the elements one after the other."""
    found = []
    while data:
        size, start = data[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[2:start], "big")
        found.append((data[0], data[start : start + size]))
        data = data[start + size :]
    return found


def dotted(content: bytes) -> str:
    arcs, arc = [content[0] // 40, content[0] % 40], 0
    for byte in content[1:]:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    return ".".join(map(str, arcs))


def read(question: bytes) -> Asked:
    version, community, pdu = elements(elements(question)[0][1])
    request_id, _, repetitions, binds = elements(pdu[1])
    names = [dotted(elements(bind)[0][1]) for _, bind in elements(binds[1])]
    return Asked(
        version=int.from_bytes(version[1], "big"),
        community=community[1],
        kind=pdu[0],
        request_id=int.from_bytes(request_id[1], "big"),
        repetitions=int.from_bytes(repetitions[1], "big"),
        oids=tuple(names),
    )


# --- devices --------------------------------------------------------------------------------------

Script = Callable[[Asked], Sequence[bytes]]
"""What a device answers to a question."""


class Device:
    """A device on loopback: `script` is given every question and returns its answers."""

    def __init__(self, script: Script, address: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        self._sock.bind((address, 0))
        self._script = script
        self.address = address
        self.port: int = self._sock.getsockname()[1]
        self.asked: list[Asked] = []
        self.senders: list[tuple[str, int]] = []
        self.access = SnmpAccess(community=Secret(COMMUNITY), port=self.port)
        self._ending = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            question, sender = self._sock.recvfrom(65535)
            if self._ending:
                return
            self.senders.append(sender)
            for datagram in self.answers(question):
                self._sock.sendto(datagram, sender)

    def next_sender(self, wait_seconds: float) -> tuple[str, int] | None:
        """Return who asked while this question is being answered; None if nobody did."""
        if not select.select([self._sock], [], [], wait_seconds)[0]:
            return None
        sender: tuple[str, int] = self._sock.recvfrom(65535, socket.MSG_PEEK)[1]
        return sender

    def answers(self, question: bytes) -> Sequence[bytes]:
        """Return the datagrams that answer one."""
        self.asked.append(read(question))
        return self._script(self.asked[-1])

    def close(self) -> None:
        self._ending = True
        with socket.socket(self._sock.family, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (self.address, self.port))
        self._thread.join()
        self._sock.close()


def tree(values: dict[str, bytes]) -> Script:
    """Return the script of an honest device that holds these values."""
    ordered = sorted(values, key=lambda name: tuple(map(int, name.split("."))))

    def after(name: str) -> tuple[str, bytes]:
        arcs = tuple(map(int, name.split(".")))
        for each in ordered:
            if tuple(map(int, each.split("."))) > arcs:
                return each, values[each]
        return name, END_OF_MIB

    def script(asked: Asked) -> Sequence[bytes]:
        if asked.kind == GET:
            binds = [(name, values.get(name, NO_SUCH_OBJECT)) for name in asked.oids]
            return [answer(asked.request_id, binds)]
        binds, names = [], list(asked.oids)
        for _ in range(asked.repetitions if asked.kind == GET_BULK else 1):
            row = [after(name) for name in names]
            names = [name for name, _ in row]
            binds += row
        if asked.version == 0 and (END_OF_MIB in (value for _, value in binds)):
            index = [value for _, value in binds].index(END_OF_MIB) + 1
            binds = [(name, b"\x05\x00") for name in asked.oids]
            return [answer(asked.request_id, binds, version=0, error=(2, index))]
        return [answer(asked.request_id, binds, version=asked.version)]

    return script


Start = Callable[..., Device]


@contextmanager
def devices() -> Iterator[Start]:
    """Yield a function that starts a device; all are ended with the block."""
    started: list[Device] = []

    def start(script: Script, address: str = "127.0.0.1") -> Device:
        started.append(Device(script, address))
        return started[-1]

    yield start
    for each in started:
        each.close()


def get(
    device: Device, *oids: str, seconds: float = ANSWER_SECONDS, **more: object
) -> snmp.Scalars:
    return snmp.get(device.address, oids, access=device.access, timeout_seconds=seconds, **more)  # type: ignore[arg-type]


def walk(
    device: Device, *columns: str, seconds: float = ANSWER_SECONDS, **more: object
) -> snmp.Columns:
    return snmp.walk(device.address, columns, access=device.access, timeout_seconds=seconds, **more)  # type: ignore[arg-type]
