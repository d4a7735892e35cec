"""Whatever is thrown at the report path: a 4xx with a reason, counted, memory flat."""

import contextlib
import gzip
import json
import os
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from collector.store import open_store
from collector.store.registry import revoke
from govnet.report import MAX_BODY_BYTES, Clock, Report, encode_batch, encode_report

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""

REFUSED = "govnet_collector_rejected_requests_total"
WAIT_SECONDS = 60.0


@pytest.fixture
def collector(collector_process: Callable[..., Collector]) -> Collector:
    """Start one that is as patient as it is shipped: a busy machine is no hostile client."""
    return collector_process()


@pytest.fixture
def impatient(collector_process: Callable[..., Collector], tmp_path: Any) -> Collector:
    """Start one that loses its patience soon, for who stops in the middle."""
    config = tmp_path / "collector.toml"
    config.write_text("body_seconds = 2.0\nhead_seconds = 2.0\nstalled_seconds = 2.0\n")
    return collector_process("--config", str(config))


def _batch(agent: str, **more: Any) -> bytes:
    report = encode_report(Report(1, time.time(), 1.0, "b", 60.0, "", ()))
    batch = encode_batch(agent, "0" * 16, Clock(time.time(), 1.0, "b"), [report])
    if not more:
        return batch.body
    return gzip.compress(json.dumps(json.loads(gzip.decompress(batch.body)) | more).encode())


def _with_zeros(body: bytes, number: int) -> bytes:
    """Return a batch as JSON whose list of reports is that many zeros."""
    return gzip.decompress(body).partition(b"[")[0] + b"[" + b"0," * number + b"0]}"


def _hostile(collector: Collector) -> Iterator[tuple[str, int, bytes, dict[str, str]]]:
    """Yield (reason, status, body, headers) of everything that is wrong in one way."""
    agent = collector.key.identity.agent
    good = _batch(agent)
    yield "bad_gzip", 400, random.Random(1).randbytes(5000), {}
    yield "bad_gzip", 400, good[: len(good) // 2], {}
    yield "bad_gzip", 400, b"", {}
    yield "bad_json", 400, gzip.compress(b"{" * 1000), {}
    yield "bad_schema", 400, gzip.compress(b"[" * 40_000), {}
    yield "decompressed_too_large", 413, gzip.compress(b"[" * 1_000_000), {}
    yield "decompressed_too_large", 413, gzip.compress(_with_zeros(good, 4_000_000)), {}
    yield "bad_schema", 400, _batch(agent, reports={}), {}
    yield "bad_schema", 400, _batch(agent, incarnation="x"), {}
    yield "wrong_version", 400, _batch(agent, v=99), {}
    yield "too_many_reports", 413, _batch(agent, reports=[{}] * 101), {}
    yield "agent_mismatch", 403, _batch("another"), {}
    yield "unknown_agent", 401, good, {"Govnet_Agent": "0" * 16}
    yield "unknown_key", 401, good, {"Govnet_Key": "k9"}
    yield "bad_signature", 401, good, {"Govnet_Signature": "0" * 64}
    yield "bad_signature", 401, good + b" ", {"Govnet_Signature": "f" * 64}
    yield "decompressed_too_large", 413, gzip.compress(bytes(900 << 20), 9)[:MAX_BODY_BYTES], {}
    yield "unsupported_media_type", 415, good, {"Content_Encoding": "br"}
    yield "body_too_large", 413, os.urandom(MAX_BODY_BYTES + 1), {}


def test_every_wrong_request_gets_its_reason_and_is_counted(collector: Collector):
    before = collector.counted(REFUSED)
    expected: dict[str, int] = {}
    for reason, status, body, headers in _hostile(collector):
        answer = collector.post(body, **headers)
        assert (reason, status) == (answer[1]["error"], answer[0])
        assert answer[1]["detail"]
        expected[reason] = expected.get(reason, 0) + 1

    after = collector.counted(REFUSED)
    grown = {reason: after[reason] - before[reason] for reason in after}
    assert {reason: number for reason, number in grown.items() if number} == expected
    assert collector.post(_batch(collector.key.identity.agent))[0] == 200


def test_memory_stays_flat_under_garbage(collector: Collector):
    hostile = list(_hostile(collector))
    for _, _, body, headers in hostile * 3:
        collector.post(body, **headers)
    warm = collector.rss_bytes()
    for _, _, body, headers in hostile * 12:
        collector.post(body, **headers)

    assert collector.rss_bytes() - warm < 8 << 20


def test_a_bomb_of_small_values_takes_no_memory(collector: Collector):
    """8 KB sent, 8 MB of `0,` unpacked: as values they would take hundreds of megabytes."""
    bomb = gzip.compress(_with_zeros(_batch(collector.key.identity.agent), 4_000_000))
    before = collector.rss_bytes()
    for _ in range(5):
        assert collector.post(bomb)[0] == 413

    assert collector.rss_bytes() - before < 48 << 20


def test_chunked_bodies_are_bounded_too(collector: Collector):
    identity = collector.key.identity
    with socket.create_connection(collector.address, timeout=30) as client:
        client.sendall(
            b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Govnet-Agent: %s\r\nGovnet-Key: k1\r\nGovnet-Signature: 0\r\n\r\n"
            % identity.agent.encode()
        )
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        for _ in range(MAX_BODY_BYTES // 0x10000 + 1):
            client.sendall(chunk)
        assert b" 413 " in client.recv(100)


def _said(client: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    said = b""
    while piece := client.recv(65536):
        said += piece
    return said


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00", b"bad_request"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbroken header\r\n\r\n", b"bad_request"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, b"bad_request"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"request_timeout"),
    ],
)
def test_what_is_no_request_is_refused_counted_and_cut_off(
    impatient: Collector, sent: bytes, reason: bytes
):
    before = impatient.counted(REFUSED)[reason.decode()]
    with socket.create_connection(impatient.address, timeout=30) as client:
        client.sendall(sent)
        assert reason in _said(client)

    assert impatient.counted(REFUSED)[reason.decode()] == before + 1
    assert "Invalid HTTP" not in impatient.log.read_text()


def test_a_connection_that_says_nothing_is_closed(impatient: Collector):
    with socket.create_connection(impatient.address, timeout=30) as client:
        assert _said(client) == b""


def _ask_without_reading(collector: Collector, path: bytes, requests: int) -> socket.socket:
    """Return a connection that asked for much and has nearly no room for answers."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(30)
    client.connect(collector.address)
    client.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path * requests)
    return client


def _go_on_asking(client: socket.socket, path: bytes) -> None:
    """Ask again and again, at a pace: a burst would end the connection at once."""
    ends_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends_at:
        client.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        time.sleep(0.1)


def test_a_client_that_does_not_read_is_cut_off(impatient: Collector):
    """Its answers fill the buffers of both sides; what comes then is not kept for ever."""
    with (
        _ask_without_reading(impatient, b"/metrics", 1) as client,
        pytest.raises(ConnectionError),
    ):
        _go_on_asking(client, b"/metrics")

    assert impatient.counted(REFUSED)["rate_limited"] == 0


def test_ever_more_requests_ahead_end_the_connection(collector: Collector):
    """All that a connection queued would be answered before anyone else has a turn."""
    before = collector.counted(REFUSED)["rate_limited"]
    with (
        _ask_without_reading(collector, b"/", 2_000) as client,
        contextlib.suppress(ConnectionResetError),
    ):
        _said(client)

    assert collector.counted(REFUSED)["rate_limited"] == before + 1


def test_a_few_requests_ahead_are_answered_in_order(collector: Collector):
    with socket.create_connection(collector.address, timeout=30) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 16)
        client.sendall(b"GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = _said(client)

    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200"] * 16 + [b"401"]


def test_too_many_connections_are_asked_to_come_later(
    collector_process: Callable[..., Collector], tmp_path: Any
):
    (tmp_path / "collector.toml").write_text("max_connections = 20\n")
    collector = collector_process("--config", str(tmp_path / "collector.toml"))
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(collector.address, timeout=30))
            for _ in range(20)
        ]
        late = stack.enter_context(socket.create_connection(collector.address, timeout=30))
        said = _said(late)
        clients[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in clients[0].recv(100)

    assert b" 429 " in said
    assert b"rate_limited" in said


def _head(collector: Collector, length: int) -> bytes:
    return (
        b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
        b"Govnet-Agent: %s\r\nGovnet-Key: k1\r\nGovnet-Signature: 0\r\n\r\n"
        % (length, collector.key.identity.agent.encode())
    )


def test_a_body_that_trickles_in_is_given_up(impatient: Collector):
    with socket.create_connection(impatient.address, timeout=30) as client:
        client.sendall(_head(impatient, 1000) + b"x")
        assert b"request_timeout" in _said(client)


def test_a_connection_that_ends_within_the_body_is_counted(collector: Collector):
    with socket.create_connection(collector.address, timeout=30) as client:
        client.sendall(_head(collector, 1000) + b"x")

    ends_at = time.monotonic() + WAIT_SECONDS
    while not collector.counted(REFUSED)["body_truncated"]:
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_a_revoked_agent_is_refused_soon_after(collector: Collector):
    body = _batch(collector.key.identity.agent)
    assert collector.post(body)[0] == 200
    store = open_store(collector.data)
    revoke(store, collector.key.identity.agent, time.time())
    store.close()

    ends_at = time.monotonic() + WAIT_SECONDS
    while (answer := collector.post(body))[0] == 200:
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    assert answer == (403, {"error": "revoked", "detail": "this agent was revoked"})
