"""A collector that a test makes up, and a sender before it."""

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.identity.credentials import Credentials
from agent.identity.keyring import Keyring
from agent.identity.trust import Trust
from agent.sending.orders import Orders
from agent.sending.send import Sender
from agent.spool.spool import Spool
from agent.transport.address import CollectorAddress, parse_collector
from tests.unit.agent_sending.bench import (
    IDENTITY,
    Bench,
    FixedClock,
    Handler,
    MadeUpCollector,
    QuietServer,
)


@pytest.fixture
def start_collector() -> Iterator[Callable[..., MadeUpCollector]]:
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(tls: ssl.SSLContext | None = None) -> MadeUpCollector:
        handler = type("ThisHandler", (Handler,), {})
        server = QuietServer(("127.0.0.1", 0), handler)
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if tls is None else "https"
        address = parse_collector(f"{scheme}://127.0.0.1:{server.server_address[1]}")
        handler.collector = MadeUpCollector(address)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        servers.append((server, thread))
        return handler.collector

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def collector(start_collector: Callable[..., MadeUpCollector]) -> MadeUpCollector:
    return start_collector()


@pytest.fixture
def start_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    opened: list[Bench] = []

    def start(
        *addresses: CollectorAddress,
        ca_file: Path | None = None,
        bytes_per_hour: int | None = None,
        boot_id: str = "boot-1",
    ) -> Bench:
        clock = FixedClock()
        spool = Spool(tmp_path / f"spool-{len(opened)}", clock=clock.time)
        orders: list[Orders] = []
        sender = Sender(
            credentials=Credentials(Keyring(tmp_path, IDENTITY), Trust(ca_file, tmp_path)),
            collectors=addresses,
            spool=spool,
            state_dir=tmp_path,
            clock=clock,
            boot_id=boot_id,
            orders_digest="",
            on_orders=orders.append,
            bytes_per_hour=bytes_per_hour,
            hardware={"board": "0a1b2c3d"},
            jitter=lambda: 1.0,
        )
        opened.append(Bench(sender, spool, clock, tmp_path, orders))
        return opened[-1]

    yield start
    for bench in opened:
        bench.sender.stop()
        bench.sender.run()  # Closes its connection.
        bench.spool.close()


@pytest.fixture
def dead(closed_port: int) -> CollectorAddress:
    """Give an address where nothing listens until the test does."""
    return parse_collector(f"http://127.0.0.1:{closed_port}")
