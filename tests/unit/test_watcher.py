"""The second host notices that the watching is gone, tells it once, and that it is back."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.alerts.sms_text import read, short
from collector.alerts.watcher import (
    News,
    Places,
    State,
    decide,
    load_state,
    look,
    save_state,
)
from collector.alerts.watcher_tell import message, subject, text
from collector.cli import main
from collector.http_access import Service, SignIn

NOW = 1_790_000_000.0
WELL = {
    "/readyz": (200, "{}"),
    "/metrics/verdicts": (200, f"govnet_collector_verdict_timestamp_seconds {NOW - 5}\n"),
    "/api/v2/alerts": (200, '[{"labels": {"alertname": "GovnetWatchdog"}}]'),
}
Peer = Any
"""`TcpPeer` of the folder's conftest."""


def answering(
    answers: dict[str, tuple[int, str]], asked: list[bytes] | None = None
) -> Callable[[socket.socket], None]:
    """Return a server's script: one request, one answer by its path."""

    def script(connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if b"content-length:" in line]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += connection.recv(65536)
        if asked is not None:
            asked.append(head + b"\r\n\r\n" + body)
        path = head.split(b" ")[1].decode().partition("?")[0]
        status, answer = answers[path]
        connection.sendall(
            f"HTTP/1.1 {status} X\r\nConnection: close\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n{answer}".encode()
        )

    return script


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({}, []),
        (
            {"/readyz": (503, "{}")},
            ["Trung tâm giám sát: không nhận báo cáo (trả lời 503)."],
        ),
        (
            {
                "/metrics/verdicts": (
                    200,
                    f"govnet_collector_verdict_timestamp_seconds {NOW - 600}\n",
                )
            },
            ["Kết luận của trung tâm: đã cũ 10 phút, trung tâm không còn đánh giá."],
        ),
        ({"/metrics/verdicts": (200, "")}, ["Kết luận của trung tâm: chưa có."]),
        (
            {"/metrics/verdicts": (401, "{}")},
            ["Kết luận của trung tâm: không đọc được (trả lời 401)."],
        ),
        (
            {"/api/v2/alerts": (200, "[]")},
            ["Alertmanager: không còn nhịp tim từ Prometheus, cảnh báo không đi được."],
        ),
        (
            {"/api/v2/alerts": (200, "rubbish")},
            ["Alertmanager: không trả lời (JSONDecodeError)."],
        ),
    ],
    ids=["well", "not ready", "stale", "never judged", "no token", "no heartbeat", "no JSON"],
)
def test_what_is_wrong_is_told_in_a_sentence(
    changed: dict[str, tuple[int, str]],
    problems: list[str],
    tcp_peer: Callable[..., Peer],
) -> None:
    url = f"http://127.0.0.1:{tcp_peer(answering(WELL | changed)).port}"

    assert problems == look(Places(url, Service(url)), NOW)


def test_who_does_not_answer_at_all_is_told(closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}"

    assert look(Places(url, Service(url)), NOW) == [
        "Trung tâm giám sát: không trả lời (ConnectionError).",
        "Kết luận của trung tâm: không trả lời (ConnectionError).",
        "Alertmanager: không trả lời (ConnectionError).",
    ]


def test_the_token_goes_to_the_collector_only(tcp_peer: Callable[..., Peer]) -> None:
    asked: list[bytes] = []
    url = f"http://127.0.0.1:{tcp_peer(answering(WELL, asked)).port}"

    look(Places(url, Service(url), token="a" * 16), NOW)

    assert [b"Bearer aaaaaaaaaaaaaaaa" in request for request in asked] == [False, True, False]


def test_who_signs_in_at_alertmanager_does_so_there_only(
    tcp_peer: Callable[..., Peer], tmp_path: Path
) -> None:
    asked: list[bytes] = []
    url = f"http://127.0.0.1:{tcp_peer(answering(WELL, asked)).port}"
    (tmp_path / "password").write_text("word\n")

    look(Places(url, Service(url, SignIn("watch", str(tmp_path / "password")))), NOW)

    assert [b"Basic d2F0Y2g6d29yZA==" in request for request in asked] == [False, False, True]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["--alertmanager-url", "http://me:hush-hush@198.18.0.4:9093"],
            (
                "--alertmanager-url: expected http(s)://HOST[:PORT][/PATH] without user and"
                " password, found some in it; see --alertmanager-user and"
                " --alertmanager-password-file"
            ),
        ),
        (
            ["--webhook", "http://me:hush-hush@198.18.0.4/"],
            (
                "--webhook: expected http(s)://HOST[:PORT]/PATH without user and password, found"
                " some in it"
            ),
        ),
        (
            ["--alertmanager-url", "http://198.18.0.4", "--alertmanager-user", "me"],
            "--alertmanager-user: expected together with --alertmanager-password-file",
        ),
        (
            [
                *("--alertmanager-url", "http://198.18.0.4", "--alertmanager-user", "me"),
                *("--alertmanager-password-file", __file__),
            ],
            "--alertmanager-url: expected https, or anybody on the way reads the token or password",
        ),
    ],
)
def test_a_password_has_its_file_and_a_safe_way(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["--collector-url", "https://198.18.0.3", "--mail-to", "a@x.example"]

    assert main(["watch", *usual, *options]) == 2
    assert capsys.readouterr().err == f"{told}\n"


def follow(*looks: tuple[float, list[str]]) -> list[News | None]:
    """Decide at each of these times, one after the other."""
    state, told = State(), []
    for at, problems in looks:
        state, news = decide(state, problems, at, patience_seconds=120, repeat_seconds=3_600)
        told.append(news)
    return told


def test_what_is_over_soon_is_told_to_nobody() -> None:
    assert follow((0, []), (60, ["x"]), (120, ["x"]), (170, [])) == [None] * 4


def test_what_lasts_is_told_once_then_again_after_hours_and_then_that_it_is_over() -> None:
    told = follow(
        (0, ["x"]),
        (60, ["x"]),
        (120, ["x"]),
        (180, ["y"]),
        (3_720, ["y"]),
        (3_780, []),
        (3_840, []),
    )

    assert told == [
        *(None, None, News(("x",), 0), None),
        *(News(("y",), 0), News((), 0), None),
    ]


def test_a_clock_that_steps_back_delays_nothing_for_long() -> None:
    assert follow((5_000, ["x"]), (1_000, ["x"]), (1_120, ["x"]))[-1] == News(("x",), 1_000)


@pytest.mark.parametrize("content", [None, b"", b"rubbish", b'{"since": "x"}'])
def test_without_a_readable_state_it_begins_anew(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "state.json"
    if content is not None:
        path.write_bytes(content)

    assert State() == load_state(path)
    save_state(path, State(1.0, 2.0))
    assert State(1.0, 2.0) == load_state(path)


def test_the_mail_says_what_is_wrong_and_what_to_do() -> None:
    news = News(("Trung tâm giám sát: không trả lời (ConnectTimeout).",), NOW)

    assert subject(news) == "[Khẩn] Hệ thống giám sát mạng không hoạt động"
    assert text(news).startswith(
        "Máy theo dõi thứ hai thấy, từ 21:13 ngày 21/09/2026:\n"
        "- Trung tâm giám sát: không trả lời (ConnectTimeout).\n\nViệc cần làm: "
    )
    assert subject(News((), NOW)) == "[Hết] Hệ thống giám sát mạng đã hoạt động lại"


def test_the_webhook_may_be_a_gateway_for_text_messages() -> None:
    news = News(("Alertmanager: không trả lời (ConnectTimeout).",), NOW)

    told = short(read(json.dumps(message(news)).encode()), diacritics=False)

    assert told.startswith(
        "KHAN: He thong giam sat mang khong hoat dong, tu 21:13 ngay 21/09/2026. "
        "Alertmanager: khong tra loi (ConnectTimeout)."
    )


def test_the_command_tells_by_webhook_and_ends_with_1(
    tmp_path: Path,
    closed_port: int,
    tcp_peer: Callable[..., Peer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[bytes] = []
    hook = f"http://127.0.0.1:{tcp_peer(answering({'/x': (200, '{}')}, asked)).port}/x"
    command = ["watch", "--collector-url", f"http://127.0.0.1:{closed_port}", "--patience", "0"]
    command += ["--webhook", hook, "--state", str(tmp_path / "state.json")]

    assert [main(command), main(command)] == [1, 1]

    assert "Trung tâm giám sát: không trả lời" in capsys.readouterr().out
    (told,) = asked
    assert json.loads(told.partition(b"\r\n\r\n")[2])["status"] == "firing"


def test_what_nobody_took_is_told_again_next_time(tmp_path: Path, closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}"
    state = tmp_path / "state.json"
    command = ["watch", "--collector-url", url, "--patience", "0", "--webhook", url]

    assert main([*command, "--state", str(state)]) == 1
    assert not state.exists()


def test_a_working_centre_ends_with_0(tmp_path: Path, tcp_peer: Callable[..., Peer]) -> None:
    judged = f"govnet_collector_verdict_timestamp_seconds {time.time()}\n"
    url = (
        f"http://127.0.0.1:{tcp_peer(answering(WELL | {'/metrics/verdicts': (200, judged)})).port}"
    )
    command = [
        "watch",
        "--collector-url",
        url,
        "--alertmanager-url",
        url,
        "--mail-to",
        "a@x.example",
    ]

    assert main([*command, "--state", str(tmp_path / "state.json")]) == 0


def test_every_wrong_option_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(
        ["watch", "--collector-url", "x", "--smtp", "y", "--ca-file", "/z", "--smtp-user", "u"]
    )

    assert status == 2
    assert capsys.readouterr().err.splitlines() == [
        "--collector-url: expected http(s)://HOST[:PORT][/PATH], got 'x'",
        "expected --mail-to or --webhook: otherwise nobody hears of it",
        "--smtp: expected HOST:PORT, got 'y'",
        "--smtp-user: expected together with --smtp-password-file",
        "--ca-file: cannot be read: /z",
    ]


def test_a_password_that_is_no_text_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], closed_port: int
) -> None:
    password = tmp_path / "password"
    password.write_bytes(b"hush\xe9")
    mail = ("--mail-to", "a@tinh.example", "--smtp-user", "u", "--smtp-password-file")

    status = main(
        ["watch", "--collector-url", f"http://127.0.0.1:{closed_port}", *mail, str(password)]
    )

    said = capsys.readouterr().err
    assert status == 2
    assert f"{password}: expected a password in UTF-8" in said
    assert "hush" not in said


def test_a_state_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], closed_port: int
) -> None:
    url = f"http://127.0.0.1:{closed_port}"

    status = main(
        ["watch", "--collector-url", url, "--webhook", f"{url}/x", "--state", str(tmp_path)]
    )

    assert status == 1
    assert f"{tmp_path}: cannot be read: Is a directory" in capsys.readouterr().err
