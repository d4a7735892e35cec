"""Vietnamese on consoles of every age: readable, whatever letters there are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import main
from agent.console import readable
from agent.onsite.advice import ADVICE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("cp65001", "Đã kết nối; «chờ duyệt» – lỗi"),
        ("utf-8", "Đã kết nối; «chờ duyệt» – lỗi"),
        ("cp1258", "Đa\u0303 kê\u0301t nô\u0301i; «chơ\u0300 duyê\u0323t» – lô\u0303i"),
        ("cp1252", "Dã kêt nôi; «chò duyêt» – lôi"),
        ("cp850", "Dã kêt nôi; «chò duyêt» - lôi"),
        ("cp437", "Da kêt nôi; «chò duyêt» - lôi"),
        ("ascii", 'Da ket noi; "cho duyet" - loi'),
    ],
)
def test_what_a_code_page_lacks_is_taken_apart(encoding: str, expected: str):
    said = readable("Đã kết nối; «chờ duyệt» – lỗi", encoding)

    assert said == expected
    said.encode(encoding)


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp1252", "cp1258", "ascii"])
def test_no_advice_holds_a_question_mark_for_a_letter(encoding: str):
    for text in ADVICE.values():
        assert readable(text, encoding).count("?") == text.count("?")


def test_a_letter_of_another_script_is_a_question_mark():
    assert readable("日", "cp437") == "?"


@pytest.mark.parametrize("encoding", ["cp437", "cp1258", "cp1252", "ascii"])
def test_a_command_speaks_on_a_stream_of_an_old_encoding(encoding: str, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", "status", "--config", str(tmp_path / "agent.toml")],
        env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == b""
    said = done.stdout.decode(encoding)
    assert readable("CHƯA GHI DANH", encoding) in said
    assert readable("lúc", encoding) in said
    assert "?" not in said


def test_a_mistake_is_said_on_such_a_stream_too(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", "show", "--config", str(tmp_path / "agent.toml")],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert b"khong co tep nay: may chua ghi danh" in done.stderr


def test_a_captured_stream_is_left_alone(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out.startswith("govnet-agent ")
