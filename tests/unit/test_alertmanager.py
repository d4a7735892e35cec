"""Alertmanager is asked as the options say, and what it answers reveals no secret."""

import argparse
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.alerts.alertmanager import asked, firing
from collector.commands import services
from collector.http_access import Service, SignIn
from govnet.errors import ConfigError, GovnetError


def answering(answer: bytes, heard: list[bytes]) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        heard.append(request)
        connection.sendall(answer)

    return script


def answer(status: str, body: bytes, *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers))
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def token(tmp_path: Path) -> SignIn:
    (tmp_path / "token").write_text("word-of-ours\n")
    return SignIn(token_file=str(tmp_path / "token"))


def test_a_token_is_shown_and_none_where_none_is_given(
    tcp_peer: Callable[..., Any], token: SignIn
) -> None:
    heard: list[bytes] = []
    url = f"http://127.0.0.1:{tcp_peer(answering(answer('200 OK', b'[]'), heard)).port}/am/"

    assert firing(Service(url, token), "X") == []
    assert firing(Service(url), "X") == []

    assert [b"Authorization: Bearer word-of-ours" in one for one in heard] == [True, False]
    assert all(one.startswith(b"GET /am/api/v2/alerts?filter=") for one in heard)


def test_a_page_to_sign_in_at_is_no_answer_and_nobody_else_gets_the_token(
    tcp_peer: Callable[..., Any], token: SignIn
) -> None:
    heard: list[bytes] = []
    other = tcp_peer(answering(answer("200 OK", b"[]"), heard)).port
    moved = answer("302 Found", b"", f"Location: http://127.0.0.1:{other}/")
    url = f"http://127.0.0.1:{tcp_peer(answering(moved, [])).port}"

    with pytest.raises(GovnetError, match="answered 302"):
        asked(Service(url, token), "/api/v2/status")

    assert heard == []


def test_a_token_that_an_answer_repeats_is_not_told(
    tcp_peer: Callable[..., Any], token: SignIn
) -> None:
    body = b"no access with Bearer word-of-ours"
    url = f"http://127.0.0.1:{tcp_peer(answering(answer('403 Forbidden', body), [])).port}"

    with pytest.raises(GovnetError, match=r"answered 403: no access with Bearer \*\*\*$"):
        asked(Service(url, token), "/api/v2/status")


def test_a_token_that_is_away_is_told_without_asking(closed_port: int, tmp_path: Path) -> None:
    service = Service(f"http://127.0.0.1:{closed_port}", SignIn(token_file=str(tmp_path / "no")))

    with pytest.raises(GovnetError, match=r"password cannot be used: .*No such file"):
        asked(service, "/api/v2/status")


# --- which one a command asks ---------------------------------------------------------------------


def line(config: Path | None = None, **given: str) -> argparse.Namespace:
    urls: dict[str, str | None] = {"alertmanager_url": None, "prometheus_url": None}
    return argparse.Namespace(config=config, **urls | given)


def test_a_command_asks_those_of_the_options_with_their_sign_in(tmp_path: Path) -> None:
    file = tmp_path / "collector.toml"
    file.write_text(
        '[alerts]\nalertmanager_url = "https://am.example"\ntoken_file = "a"\n'
        '[prometheus]\nurl = "https://p.example"\ntoken_file = "p"\n'
    )

    tells, reads = services.alertmanager(line(file)), services.prometheus(line(file))

    assert (tells.url, reads.url) == ("https://am.example", "https://p.example")
    assert tells.access is not None
    assert reads.access is not None
    assert tells.access.token_file == str(tmp_path / "a")
    assert reads.access.token_file == str(tmp_path / "p")


def test_one_that_the_line_names_gets_no_sign_in_of_the_options(tmp_path: Path) -> None:
    file = tmp_path / "collector.toml"
    file.write_text('[alerts]\nalertmanager_url = "https://am.example"\ntoken_file = "a"\n')

    named = services.alertmanager(line(file, alertmanager_url="https://other.example"))

    assert named == Service("https://other.example")


def test_without_options_those_of_this_machine_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert services.alertmanager(line()) == Service("http://127.0.0.1:9093")
    assert services.prometheus(line()) == Service("http://127.0.0.1:9090")


def test_a_user_in_an_address_of_the_line_is_refused_and_not_repeated() -> None:
    for ask, option in (
        (services.alertmanager, "alertmanager_url"),
        (services.prometheus, "prometheus_url"),
    ):
        with pytest.raises(ConfigError) as failed:
            ask(line(**{option: "http://me:hush-hush@198.18.0.4"}))
        told = f"--{option.replace('_', '-')}: expected http(s)://HOST[:PORT][/PATH] without user"
        assert str(failed.value).startswith(told)
        assert "hush-hush" not in str(failed.value)
