"""Every query of every dashboard against a real Prometheus that scrapes the simulated province.

The province is that of `govnet demo`, with its script of faults: power cuts, cut circuits, a slow
one, dead rooms, a dead camera. What Grafana's browser would draw is not shown by this.
"""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.source.asking import Answer, Prometheus, Span, answers
from dashboards.source.files import found
from dashboards.source.queries import panels, queries
from tests.e2e.running_demo import ROOT, RunningDemo, started

pytestmark = pytest.mark.e2e

BOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in found()}
SHOWN_SECONDS = 170.0
"""Long enough for faults to be judged and for a few evaluations of the rules."""
RANGE_SECONDS, RATE_SECONDS = 600, 60
"""The demo reports every 10 s."""
FASTER = {
    "interval: 1m": "interval: 10s",
    "interval: 1h": "interval: 10s",
    "for: 1m": "for: 5s",
    "for: 10m": "for: 5s",
}
EMPTY = {
    ("Điểm cầu hội nghị", "Các lần điểm cầu mất"): "rooms are judged in working hours only, and "
    "this test runs at any hour",
    ("Hệ thống dùng chung", "Lỗi chứng thư"): "shown while a certificate is wrong; none is",
    ("Hệ thống dùng chung", "OCSP và CRL"): "the example province watches no OCSP and no CRL",
    ("Camera, quan trắc, Wi-Fi", "Giá trị đo"): "the example province has no Modbus gateway",
    ("Camera, quan trắc, Wi-Fi", "Trang đăng nhập chắn đường"): "no access point of the example "
    "province is watched by a page that a portal could hide",
    ("Đường truyền cáp quang", "Tốc độ đo chủ động"): "throughput tests cost the line: none is "
    "ordered unless somebody asks",
    ("Sức khoẻ của chính govnet", "Chứng thư trung tâm hết hạn"): "the demo speaks plain HTTP",
    ("Sức khoẻ của chính govnet", "Nơi nhận lịch sử"): "the demo sends history nowhere",
    ("Sức khoẻ của chính govnet", "Lịch sử gửi chậm"): "the demo sends history nowhere",
    ("Sức khoẻ của chính govnet", "Mẫu đã gửi, đã bỏ"): "the demo sends history nowhere",
}
"""Panels that may have nothing to show here, and why. Prometheus must take their queries too."""
NOTHING = ("no series", "only NaN")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped rules with shorter waits."""
    folder = tmp_path_factory.mktemp("rules")
    for file in (ROOT / "deploy/prometheus/rules").glob("*.yml"):
        text = file.read_text("utf-8")
        for slow, fast in FASTER.items():
            text = re.sub(rf"\b{slow}\b", fast, text)
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def demo(rules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    options = ("--prometheus", "--prometheus-port", "0", "--port", "0", "--rules", str(rules))
    with started(tmp_path_factory.mktemp("demo"), *options) as running:
        running.wait_for(r"(/login\?once=)")
        yield running


@pytest.fixture(scope="module")
def url(demo: RunningDemo) -> str:
    return demo.wait_for(r"Prometheus: (http://\S+)/alerts")


def unexpected(found: list[Answer]) -> list[str]:
    """Return what must not be: refused queries, and empty ones beyond the list."""
    return [
        f"{answer.asked.where}: {answer.problem}"
        for answer in found
        if answer.problem
        and not (answer.problem in NOTHING and (answer.asked.board, answer.asked.panel) in EMPTY)
    ]


def asked(url: str, boards: dict[str, dict[str, Any]]) -> dict[str, list[Answer]]:
    span = Span(time.time(), RANGE_SECONDS, RATE_SECONDS)
    prometheus = Prometheus(url)
    return {name: answers(prometheus, board, span) for name, board in boards.items()}


def test_every_query_of_every_dashboard_finds_something_in_a_faulty_province(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_at = time.monotonic() + SHOWN_SECONDS
    waiting = BOARDS
    all_answers: dict[str, list[Answer]] = {}
    while waiting and time.monotonic() < ends_at:
        all_answers |= asked(url, waiting)
        waiting = {name: BOARDS[name] for name in waiting if unexpected(all_answers[name])}
        if waiting:
            threading.Event().wait(5)  # The next evaluation; what counts is the condition.

    assert [] == [problem for name in waiting for problem in unexpected(all_answers[name])]
    with capsys.disabled():
        shown = sum(len(list(panels(board))) for board in BOARDS.values())
        of_panels = sum(len(list(queries(board))) for board in BOARDS.values())
        everything = [answer for one in all_answers.values() for answer in one]
        print(
            f"\n{len(BOARDS)} dashboards, {shown} panels, {of_panels} queries of panels and "
            f"{len(everything) - of_panels} of variables, "
            f"{sum(not answer.problem for answer in everything)} with something to show"
        )


def test_a_panel_on_the_list_of_empty_ones_is_there() -> None:
    there = {
        (board["title"], panel["title"]) for board in BOARDS.values() for panel in panels(board)
    }

    assert set(EMPTY) <= there


def test_an_operator_checks_the_queries_against_a_prometheus_of_their_own(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dashboards.source", "check", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert re.search(r"^\d+ câu hỏi: \d+ có số liệu, \d+ không có, 0 bị", done.stdout, re.MULTILINE)
    assert "trống   Sức khoẻ của chính govnet / Nơi nhận lịch sử / A" in done.stdout
