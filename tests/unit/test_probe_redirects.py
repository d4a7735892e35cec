import itertools
import socket
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import http
from agent.probe.outcome import Outcome
from agent.probe.redirects import LIMIT, follow
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS


def _site(pages: dict[str, bytes]) -> Callable[[socket.socket], None]:
    """Answer every path with its own reply."""

    def script(connection: socket.socket) -> None:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            data += connection.recv(4096)
        connection.sendall(pages[data.split()[1].decode()])

    return script


def _to(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\nxy".encode()


PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def test_way_is_followed_to_its_end(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_site({"/": _to("a/b?c=1#d"), "/a/b?c=1": _to("../end"), "/end": PAGE}))
    told: list[str] = []

    seen = follow(
        http.fetch,
        f"http://127.0.0.1:{peer.port}/",
        timeout_seconds=ANSWER_SECONDS,
        expected_content=b"hello",
        trace=told.append,
    )

    assert (seen.redirects, seen.stuck) == (2, "")
    assert (seen.page.status_code, seen.page.content_matched) == (200, True)
    assert peer.connections == 3
    assert seen.page.phases.connect_seconds is not None
    assert seen.page.phases.tls_seconds is None
    assert f"redirected to http://127.0.0.1:{peer.port}/end" in told


def test_page_without_redirects_is_itself(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_site({"/": PAGE}))

    seen = follow(http.fetch, f"http://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS)

    assert (seen.redirects, seen.stuck, seen.page.body) == (0, "", b"hello")


def test_endless_way_is_left(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_site({"/": _to("/")}))

    seen = follow(http.fetch, f"http://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS)

    assert (seen.redirects, seen.stuck) == (LIMIT, "more than 5 redirects")
    assert peer.connections == LIMIT + 1
    assert seen.page.status_code == 302


def test_no_redirect_is_followed_where_none_is_wanted(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_site({"/": _to("/")}))

    seen = follow(
        http.fetch, f"http://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS, limit=0
    )

    assert (seen.redirects, seen.stuck, peer.connections) == (0, "", 1)


@pytest.mark.parametrize(
    "location",
    [
        *("ftp://127.0.0.1/", "javascript:alert(1)", "http://user:pw@127.0.0.1/"),
        *("http://[::1/", "//127.0.0.1:99999/", "/a b"),
    ],
)
def test_redirect_to_what_is_no_page_is_a_finding(
    tcp_peer: Callable[..., Any], location: str
) -> None:
    peer = tcp_peer(_site({"/": _to(location)}))

    seen = follow(http.fetch, f"http://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS)

    assert seen.stuck.startswith("a redirect to what cannot be asked: ")
    assert (seen.page.status_code, peer.connections) == (302, 1)


def test_impossible_url_is_an_error_all_the_same() -> None:
    with pytest.raises(CheckError):
        follow(http.fetch, "ftp://127.0.0.1/", timeout_seconds=1)


def _fetch_of(pages: dict[str, http.Fetch], asked: list[dict[str, Any]]) -> Callable[..., Any]:
    def fetch(url: str, **given: Any) -> http.Fetch:
        asked.append({"url": url, **given})
        return pages[url]

    return fetch


def _redirect(location: str, address: str) -> http.Fetch:
    return http.Fetch(
        Outcome.ANSWERED, http.Phases(), 0.1, address=address, status_code=302, location=location
    )


def test_address_and_family_hold_for_the_urls_own_host_only() -> None:
    asked: list[dict[str, Any]] = []
    end = http.Fetch(Outcome.ANSWERED, http.Phases(), 0.1, status_code=200)
    pages = {
        "http://a.example/": _redirect("https://a.example/", "198.18.1.1"),
        "https://a.example/": _redirect("https://b.example/", "198.18.1.1"),
        "https://b.example/": end,
    }

    follow(
        _fetch_of(pages, asked),
        "http://a.example/",
        timeout_seconds=ANSWER_SECONDS,
        connect_to="198.18.1.1",
        family=socket.AF_INET6,
    )

    assert [each.get("connect_to") for each in asked] == ["198.18.1.1", "198.18.1.1", None]
    assert [each.get("family") for each in asked] == [socket.AF_INET6, socket.AF_INET6, None]
    assert [each.get("allow_local") for each in asked] == [None, None, False]


def test_way_shares_one_time() -> None:
    asked: list[dict[str, Any]] = []
    ticks = itertools.count(100.0, 2.0)
    pages = {"http://a.example/": _redirect("/", "198.18.1.1")}

    seen = follow(
        _fetch_of(pages, asked),
        "http://a.example/",
        timeout_seconds=5,
        clock=lambda: next(ticks),
    )

    assert [each["timeout_seconds"] for each in asked] == [5, 3, 1]
    assert seen.stuck == "no time left to follow the redirect"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "0.0.0.0", "localhost", "169.254.1.1"])
def test_page_elsewhere_cannot_make_this_machine_ask_itself(
    tcp_peer: Callable[..., Any], host: str
) -> None:
    peer = tcp_peer(_site({"/": PAGE}))

    seen = http.fetch(
        f"http://{host}:{peer.port}/", timeout_seconds=ANSWER_SECONDS, allow_local=False
    )

    assert seen.outcome is Outcome.UNREACHABLE
    assert seen.detail.endswith("is this machine's own")
    assert peer.connections == 0
