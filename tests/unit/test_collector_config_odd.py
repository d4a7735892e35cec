"""Odd texts in `collector.toml`: each is a mistake in its place, and no password is repeated."""

from pathlib import Path

import pytest

from collector.config import load_config, read_token
from govnet.errors import ConfigError


def problems(folder: Path, text: str) -> list[str]:
    """Return the mistakes found, without the folder's name."""
    path = folder / "collector.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "key_days = 0x" + "f" * 9_000,
            "collector.toml:1:1: key_days: Number out of range, got a number that is too long",
        ),
        (
            'inventory = "a\\u0000b"',
            "collector.toml:1:1: inventory: expected text without NUL, got 'a\\x00b'",
        ),
        (
            '[grafana]\nca_file = "\\u0000"',
            "collector.toml:2:1: grafana.ca_file: expected text without NUL, got '\\x00'",
        ),
    ],
)
def test_what_no_call_of_the_system_takes_is_a_mistake_in_its_place(
    tmp_path: Path, text: str, told: str
):
    assert problems(tmp_path, text) == [told]


def test_a_number_of_thousands_of_digits_is_a_mistake(tmp_path: Path):
    (told,) = problems(tmp_path, "inbox_max_mib = " + "9" * 9_000)

    assert told.startswith("collector.toml: expected numbers of a few digits")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path):
    """What a word processor puts into a comment ends no line."""
    text = "# a\u2028b\u0085c\nfoo = 1\n"

    assert problems(tmp_path, text) == ["collector.toml:2:1: foo: unknown option"]


@pytest.mark.parametrize(
    "url", ["http://user:hunter2%40host", "http://user:hunter2\uff20host", "user:hunter2@host"]
)
def test_a_password_is_not_repeated_however_its_address_is_written(tmp_path: Path, url: str):
    (told,) = problems(tmp_path, f'url = "{url}"')

    assert "hunter2" not in told


def test_a_token_of_two_lines_is_refused_and_not_repeated(tmp_path: Path):
    """It would let nobody in: no request can carry it."""
    path = tmp_path / "token"
    path.write_text("0123456789abcdef\nX-More: 1\n")

    with pytest.raises(ConfigError, match="expected a token of one line") as refused:
        read_token(str(path))

    assert "0123" not in str(refused.value)


def test_a_user_with_a_colon_is_a_mistake(tmp_path: Path):
    """What is behind it would be sent as the beginning of the password."""
    (told,) = problems(tmp_path, '[prometheus]\nusername = "a:b"\npassword_file = "p"\n')

    assert told == "collector.toml:2:1: prometheus.username: expected a name without a colon"
