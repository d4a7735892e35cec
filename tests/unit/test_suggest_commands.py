"""`govnet inventory seen` and `suggest`: what they print, and what they write only when told."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from collector.cli import main
from collector.discovery.sightings import Sightings
from collector.places import ensure_operator_token, note_urls
from inventory.load import load
from tests.sightings import SWITCH, agent, device, sightings, waiting
from tests.web_server import Asked, answering

SEEN = sightings(
    waiting("a1", hostname="PC-\x1b[2J"),
    agent("a2", network_site="trung-tam"),
    devices=(device("xa-a/cpe", SWITCH, model="AR651"),),
    never_seen=("trung-tam",),
    places={"xa-a": (4, 1)},
)


class Collector:
    """Answers what was seen to whoever has the operator's token."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.seen: Sightings | None = SEEN

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        is_known = asked.headers["Authorization"] == f"Bearer {self._token}"
        is_asked = asked.path == "/v1/inventory/sightings" and is_known
        return 200 if is_asked and self.seen else 503, {}, msgspec.json.encode(self.seen)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    data = tmp_path / "data"
    data.mkdir()
    started = Collector(ensure_operator_token(data).read_text().strip())
    with answering(started.answer) as url:
        note_urls(data, url, "http://x.example")
        yield started


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    collector: Collector,
    tmp_path: Path,
    small_inventory_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command of the group; return status, output, complaints."""
    assert collector.seen

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(
            [
                *("inventory", *arguments, "--inventory", str(small_inventory_file)),
                *("--data", str(tmp_path / "data")),
            ]
        )
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_seen_lists_both_sides(run: Run):
    status, out, _ = run("seen")

    assert status == 0
    assert "seen, not declared: 2" in out
    assert "PC- [2J" in out
    assert "SW-Tang-2" in out
    assert "declared, never seen: 4" in out
    one_site = json.loads(run("seen", "--site", "trung-tam", "--json")[1])
    assert one_site["undeclared"] == []
    assert [one["item"] for one in one_site["never_seen"]] == ["trung-tam"]


def test_suggest_lists_by_site_and_writes_nothing(run: Run, small_inventory_file: Path):
    before = small_inventory_file.read_bytes()
    status, out, _ = run("suggest")

    assert status == 0
    assert out.startswith("chưa biết điểm:\n  agent:a1\n")
    assert "      $ govnet agents approve a1 --site MÃ-ĐIỂM" in out
    assert "2 dòng có thể ghi (--accept ID, --accept-all), 1 lệnh, 1 điều cần xem lại" in out
    listed = json.loads(run("suggest", "--json", "--site", "xa-a")[1])
    assert [one["id"] for one in listed] == ["agent:a2:elsewhere", "xa-a/cpe", "xa-a/sw-tang-2"]
    assert before == small_inventory_file.read_bytes()


def test_accepting_shows_the_difference_and_writes(run: Run, small_inventory_file: Path):
    status, out, err = run("suggest", "--accept-all", "--yes")

    assert (status, "Đã ghi. Để trung tâm dùng: govnet reload" in out) == (0, True)
    assert "devices[cpe].model" in out
    assert "govnet agents approve a1" in err
    assert "govnet agents move a2 trung-tam" in err
    devices = load(small_inventory_file).sites["xa-a"].devices
    assert [(one.id, one.model) for one in devices] == [
        ("xa-a/cpe", "AR651"),
        ("xa-a/sw-tang-2", None),
    ]
    assert "Không có gì để ghi." in run("suggest", "--accept-all", "--yes")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--accept", "xa-a/sw-tang-3", "--yes"), 'did you mean "xa-a/sw-tang-2"?'),
        (("--accept", "xa-a/cpe"), "--yes: expected where nobody can be asked"),
        (("--site", "xa-b"), "--site: expected the id of a site, got 'xa-b'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    run: Run,
    small_inventory_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    before = small_inventory_file.read_bytes()
    status, _, err = run("suggest", *arguments)

    assert (status, said in err) == (2, True)
    assert before == small_inventory_file.read_bytes()


def test_a_no_on_the_terminal_writes_nothing(
    run: Run, small_inventory_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    before = small_inventory_file.read_bytes()
    for answer, status in (("", 1), ("k", 1), ("có", 0)):
        monkeypatch.setattr("builtins.input", lambda _, said=answer: said)
        assert run("suggest", "--accept", "xa-a/cpe")[0] == status
        assert (before == small_inventory_file.read_bytes()) is bool(status)


def test_a_collector_that_refuses_is_told_in_one_line(run: Run, collector: Collector):
    collector.seen = None

    status, _, err = run("seen")
    assert (status, "the collector answered 503" in err) == (1, True)
    collector.seen = SEEN


def test_nothing_to_propose_is_said(run: Run, collector: Collector):
    collector.seen = sightings()

    assert run("suggest")[1] == "Không có gì để đề xuất.\n"
