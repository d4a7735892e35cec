"""Reflectors on loopback that answer as they are told: hand-made bytes, none of our own code."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

NTP_OF_1970 = 2_208_988_800

Answer = Callable[[bytes, int], list[bytes]]
"""Replies to one packet; the number counts the packets from 0."""


def stamp_now() -> bytes:
    now = time.time()
    return struct.pack("!II", int(now) + NTP_OF_1970, int(now % 1 * 2**32))


def reply(packet: bytes, number: int, length: int = 44) -> bytes:
    """Return the reply to a packet under the reflector's own number, cut to a length."""
    head = struct.pack("!I", number) + stamp_now() + b"\0\1\0\0" + stamp_now()
    return (head + packet[:14] + b"\0\0\xff\0\0\0" + packet[44:])[:length]


@contextlib.contextmanager
def reflector(answer: Answer, address: str = "127.0.0.1") -> Iterator[int]:
    """Run a reflector; give its port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))

        def serve() -> None:
            number = 0
            while True:
                packet, sender = sock.recvfrom(65535)
                if packet == b"end":
                    return
                for each in answer(packet, number):
                    sock.sendto(each, sender)
                number += 1

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            with socket.socket(family, socket.SOCK_DGRAM) as end:
                end.sendto(b"end", sock.getsockname())
            thread.join()
