"""A whole run of the conference check against an endpoint that notes every byte it is sent."""

import contextlib
import selectors
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from agent.checks.conference import ConferenceCheck
from agent.checks.contract import Context
from agent.clock import SystemClock
from agent.probe.trace import silent
from govnet.settings import ConferenceProtocol, ConferenceSettings

LISTENS = {
    "sip_udp": socket.SOCK_DGRAM,
    "sip_tcp": socket.SOCK_STREAM,
    "h323": socket.SOCK_STREAM,
    "h323_gatekeeper": socket.SOCK_DGRAM,
}
SILENT_SECONDS = 3.0
GATEKEEPER_REQUEST = b"\x00\x00"
"""Choice 0 of RasMessage without extension, no optional part before the sequence number."""


class Room(NamedTuple):
    """A silent endpoint: where it listens, and what it heard, by protocol."""

    ports: dict[str, int]
    heard: dict[str, bytes]
    connections: list[str]


@contextlib.contextmanager
def silent_room() -> Iterator[Room]:
    """Give a room that has heard everything when the block ends."""
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        room = Room({}, defaultdict(bytes), [])
        for name, kind in LISTENS.items():
            sock = stack.enter_context(socket.socket(socket.AF_INET, kind))
            sock.bind(("127.0.0.1", 0))
            if kind is socket.SOCK_STREAM:
                sock.listen()
            room.ports[name] = sock.getsockname()[1]
            selector.register(sock, selectors.EVENT_READ, name)
        waker, woken = socket.socketpair()
        stack.enter_context(waker)
        selector.register(stack.enter_context(woken), selectors.EVENT_READ, "")

        def hear() -> None:
            is_over = False
            while ready := selector.select(0 if is_over else None):
                for key, _ in ready:
                    sock = key.fileobj
                    assert isinstance(sock, socket.socket)
                    if not key.data:
                        is_over = True
                        selector.unregister(sock)
                        continue
                    if sock.type is socket.SOCK_STREAM and sock.getsockopt(
                        socket.SOL_SOCKET, socket.SO_ACCEPTCONN
                    ):
                        connection = stack.enter_context(sock.accept()[0])
                        room.connections.append(key.data)
                        selector.register(connection, selectors.EVENT_READ, key.data)
                        continue
                    said = sock.recv(65535)
                    room.heard[key.data] += said
                    if not said and sock.type is socket.SOCK_STREAM:
                        selector.unregister(sock)

        thread = threading.Thread(target=hear)
        thread.start()
        yield room
        waker.send(b"-")
        thread.join()


def test_a_room_hears_options_and_a_gatekeeper_request_and_nothing_that_rings() -> None:
    with silent_room() as room:
        protocols = tuple(ConferenceProtocol(name=name, port=room.ports[name]) for name in LISTENS)
        settings = ConferenceSettings(target="xa/vc", address="127.0.0.1", protocols=protocols)
        clock = SystemClock()
        context = Context(
            timeout_seconds=SILENT_SECONDS,
            deadline=clock.monotonic() + SILENT_SECONDS,
            clock=clock,
            trace=silent,
        )

        alive = {
            (sample.labels or {})["protocol"]: sample.value
            for sample in ConferenceCheck().run(settings, context)
            if sample.name == "govnet_point_reachable"
        }

    assert alive == {"sip_udp": 0.0, "sip_tcp": 0.0, "h323": 1.0, "h323_gatekeeper": 0.0}
    assert sorted(room.connections) == ["h323", "sip_tcp"]
    assert room.heard["h323"] == b""
    assert room.heard["h323_gatekeeper"].startswith(GATEKEEPER_REQUEST)
    for name in ("sip_udp", "sip_tcp"):
        text = room.heard[name].decode()
        assert text.startswith("OPTIONS sip:")
        assert "INVITE " not in text
        assert text.count("CSeq: ") == text.count(" OPTIONS\r\n")
