"""`govnet outages` as a duty officer uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from collector.cli import main
from collector.places import ensure_operator_token
from collector.store import open_store
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.records import Phase
from collector.verdict.outages.saved import save_changes
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote

Run = Callable[..., SimpleNamespace]

AT = 1_790_000_000.0
"""21/09/2026 21:13 in Viet Nam."""
GOLDEN = Path(__file__).parents[1] / "golden" / "cli"


def draft(item: str, *phases: tuple[float, float | None, str]) -> Draft:
    made = tuple(
        Phase(start, end, cause, (EvidenceNote("agents_silent", (start,)),))
        for start, end, cause in phases
    )
    site = item.partition("/")[0]
    return Draft(item, site, SpanKind.SITE, made[0].start, made[-1].end, made)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how to run a command on the folder of a collector that has seen two outages."""
    ensure_operator_token(tmp_path)
    monkeypatch.setattr("getpass.getuser", lambda: "truc-ban")
    monkeypatch.delenv("SUDO_USER", raising=False)
    store, book = open_store(tmp_path), OutageBook()
    book.take("xa-a", [draft("xa-a", (AT, None, "undetermined"))], now=AT + 180)
    ended = draft("xa-a", (AT, AT + 7200, "undetermined"))
    book.take("xa-a", [ended], now=AT + 7230)
    right = draft("xa-a", (AT, AT + 3600, "power"), (AT + 3600, AT + 7200, "link"))
    book.take("xa-a", [right], now=AT + 8000)
    book.take("xa-b", [draft("xa-b", (AT, None, "carrier"))], now=AT + 180)
    book.take("xa-c", [draft("xa-c", (AT, AT + 60, "lan"))], now=AT + 9000)
    book.take("xa-c", [], now=AT + 9900)
    with store.write() as connection:
        save_changes(connection, book.take_changes())
    store.close()

    def command(*arguments: str) -> SimpleNamespace:
        status = main(["outages", *arguments, "--data", str(tmp_path)])
        printed = capsys.readouterr()
        return SimpleNamespace(status=status, out=printed.out, err=printed.err)

    return command


def test_outages_are_listed_the_newest_first(run: Run):
    assert run("list").out.splitlines() == [
        "số  điểm, thiết bị  từ                đến               nguyên nhân   xử lý",
        "2   xa-b            21/09/2026 21:13  đang tiếp diễn    Nhà mạng      chưa ai tiếp nhận",
        "1   xa-a            21/09/2026 21:13  21/09/2026 23:13  Đường truyền",
    ]


def test_a_list_can_be_narrowed(run: Run):
    def numbers(*arguments: str) -> list[int]:
        return [one["number"] for one in json.loads(run("list", "--json", *arguments).out)]

    assert numbers() == [2, 1]
    assert numbers("--open") == [2]
    assert numbers("--site", "xa-a") == [1]
    assert numbers("--item", "xa-b") == [2]
    assert numbers("--last", "1") == [2]
    assert numbers("--withdrawn") == [3]
    assert run("list", "--site", "xa-z").err == "không có sự cố nào\n"
    assert run("list", "--site", "xa-z", "--lang", "en").err == "no outage\n"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_everything_about_one_outage_can_be_read(
    run: Run, language: str, golden: Callable[[Path, str], None]
):
    run("ack", "1")
    run("assign", "1", "tổ mạng")
    run("ticket", "1", "VT-2026-17")
    run("cause", "1", "carrier")
    text = run("show", "1", "--lang", language).out

    lines = [line for line in text.splitlines() if "truc-ban, " not in line]
    golden(GOLDEN / f"outages-show.{language}.txt", "\n".join(lines) + "\n")


def test_what_was_no_outage_is_said_to_be_none(run: Run):
    text = run("show", "3").out

    assert "Đã rút lại" in text
    assert "không phải sự cố" in text
    assert "không gửi cảnh báo" in text


def test_a_program_gets_everything(run: Run):
    detail = json.loads(run("show", "1", "--json").out)

    assert detail["outage"]["is_corrected"] is True
    assert [phase["cause"] for phase in detail["outage"]["phases"]] == ["power", "link"]
    assert [belief["causes"] for belief in detail["beliefs"]] == [
        ["undetermined"],
        ["undetermined"],
        ["power", "link"],
    ]


def test_a_cause_without_a_word_is_the_systems_own_confirmed(run: Run):
    run("cause", "2")
    (one,) = json.loads(run("list", "--json", "--open").out)
    assert (one["cause"], one["confirmed_cause"], one["confirmed_by"]) == (
        "carrier",
        "carrier",
        "truc-ban",
    )
    run("cause", "2", "--undo")
    (one,) = json.loads(run("list", "--json", "--open").out)
    assert one["confirmed_cause"] is None


def test_several_outages_are_acknowledged_at_once(run: Run):
    said = run("ack", "1", "2")

    assert said.status == 0
    assert [one["acknowledged_by"] for one in json.loads(run("list", "--json").out)] == [
        "truc-ban",
        "truc-ban",
    ]
    run("ack", "2", "--undo")
    assert json.loads(run("list", "--json", "--open").out)[0]["acknowledged_by"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "9"),
        ("ack", "9"),
        ("note", "1", "a\nb"),
        ("list", "--since", "gestern"),
        ("list", "--last", "0"),
        ("cause", "1", "link", "--undo"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run: Run, arguments: tuple[str, ...]):
    said = run(*arguments)

    assert (said.status, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert "expected" in said.err or "there is none such" in said.err
