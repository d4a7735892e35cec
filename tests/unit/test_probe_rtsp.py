import socket
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import rtsp
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS


def _say(reply: bytes, heard: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        request = connection.recv(4096)
        if heard is not None:
            heard.append(request)
        connection.sendall(reply)

    return script


def test_camera_is_asked_what_it_can_do(tcp_peer: Callable[..., Any]) -> None:
    heard: list[bytes] = []
    told: list[str] = []
    reply = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Cam/2\r\nPublic: OPTIONS, describe\r\n\r\n"
    peer = tcp_peer(_say(reply, heard))

    seen = rtsp.options(
        f"rtsp://127.0.0.1:{peer.port}/kenh?so=1", timeout_seconds=ANSWER_SECONDS, trace=told.append
    )

    assert (seen.outcome, seen.status_code, seen.reason) == (Outcome.ANSWERED, 200, "OK")
    assert (seen.server, seen.methods) == ("Cam/2", ("OPTIONS", "DESCRIBE"))
    assert seen.rtt_seconds is not None
    url = f"rtsp://127.0.0.1:{peer.port}/kenh?so=1"
    assert heard == [f"OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: govnet\r\n\r\n".encode()]
    assert told[-1].startswith("200 OK after ")


def test_camera_that_wants_a_login_is_alive(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n"))

    seen = rtsp.options(f"rtsp://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.status_code, seen.methods) == (Outcome.ANSWERED, 401, ())


def test_name_in_the_url_is_kept_where_an_address_is_given(tcp_peer: Callable[..., Any]) -> None:
    heard: list[bytes] = []
    peer = tcp_peer(_say(b"RTSP/1.0 200 OK\r\n\r\n", heard))

    rtsp.options(
        f"rtsp://camera:{peer.port}", connect_to="127.0.0.1", timeout_seconds=ANSWER_SECONDS
    )

    assert heard[0].startswith(f"OPTIONS rtsp://camera:{peer.port}/ RTSP/1.0\r\n".encode())


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Outcome.MALFORMED),
        (b"\r\n", Outcome.MALFORMED),
        (b"RTSP/1.0 2000 OK\r\n\r\n", Outcome.MALFORMED),
        (b"RTSP/1.0 099 OK\r\n\r\n", Outcome.MALFORMED),
        (b"RTSP/1.0 200 " + b"x" * 5000, Outcome.MALFORMED),
        (b"RTSP/1.0 200 OK\r\n" + b"a: b\r\n" * 100, Outcome.MALFORMED),
        (b"RTSP/1.0 200 OK\r\nCSeq", Outcome.CLOSED),
        (b"", Outcome.CLOSED),
    ],
)
def test_broken_reply_is_a_finding(
    tcp_peer: Callable[..., Any], reply: bytes, outcome: Outcome
) -> None:
    peer = tcp_peer(_say(reply))

    seen = rtsp.options(f"rtsp://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.status_code) == (outcome, None)
    assert seen.detail


def test_silent_camera_is_a_timeout(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(lambda connection: connection.recv(4096) and connection.recv(1))

    seen = rtsp.options(f"rtsp://127.0.0.1:{peer.port}/", timeout_seconds=0.2)

    assert seen.outcome is Outcome.TIMEOUT


def test_closed_port_is_refused(closed_port: int) -> None:
    seen = rtsp.options(f"rtsp://127.0.0.1:{closed_port}/", timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "rtsp:///x", "rtsp://u:p@127.0.0.1/", "rtsp://127.0.0.1:x/"),
        *("rtsp://[::1/", "rtsp://127.0.0.1/a b", "rtsp://127.0.0.1/\r\nx", "rtsp://127.0.0.1/đ"),
    ],
)
def test_impossible_url_is_an_error(url: str) -> None:
    with pytest.raises(CheckError):
        rtsp.options(url, timeout_seconds=1)
