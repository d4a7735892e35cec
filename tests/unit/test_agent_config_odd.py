"""Odd texts in `agent.toml`: read if editors write them so, else a mistake and no traceback."""

from pathlib import Path

import pytest

from agent.config import load
from tests.unit.test_agent_config import GOOD, problems_of


def test_a_file_that_an_editor_of_windows_wrote_is_read(tmp_path: Path):
    """With a mark at its beginning and CR LF at the ends of lines."""
    (tmp_path / "ca.pem").write_text("-")
    path = tmp_path / "agent.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert load(path).identity.agent == "xa-don-duong-pc-01"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "9" * 9_000, "expected numbers of a few digits"),
        ("a = " + "[" * 9_000, "expected options, found lists in lists without end"),
    ],
)
def test_numbers_and_lists_without_end_are_a_mistake(tmp_path: Path, text: str, told: str):
    (problem,) = problems_of(tmp_path, text)

    assert told in problem
