"""Strict YAML with places: what is text, where it stands, and what is refused."""

import subprocess
import sys

import pytest

from inventory import parse as parse_module
from inventory.located import Map
from inventory.parse import parse
from inventory.problems import Problems


def parsed(text: str) -> Map:
    problems = Problems()
    data = parse(text.encode(), "f.yaml", problems)
    assert problems.lines() == []
    assert isinstance(data, Map)
    return data


def mistakes(content: bytes) -> list[str]:
    problems = Problems()
    parse(content, "f.yaml", problems)
    return problems.lines()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("10:20:30:40:50:00", "10:20:30:40:50:00"),
        ("no", "no"),
        ("off", "off"),
        ("y", "y"),
        ("0777", 777),
        ("0o777", 511),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("190:20", "190:20"),
        ("2026-10-01", "2026-10-01"),
        ("2026-10-01 10:00:00", "2026-10-01 10:00:00"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("+1", 1),
        ("-0", 0),
        ("=", "="),
        ("~", None),
        ("", None),
        ("null", None),
        ("True", True),
        ("tRUE", "tRUE"),
        ('"true"', "true"),
        ("'1'", "1"),
        ("! 1", 1),
        ("1e", "1e"),
        ("+", "+"),
        (".", "."),
    ],
)
def test_scalar_means_what_yaml_1_2_says(written: str, value: object) -> None:
    found = parsed(f"a: {written}\n")["a"]

    assert found == value
    assert type(found) is type(value)


def test_block_text_that_looks_like_a_number_stays_text() -> None:
    assert parsed("a: |-\n  12\n")["a"] == "12"


def test_places_count_lines_and_columns_from_1_in_characters() -> None:
    data = parsed('đ: [ă, {tên: "Xã"}]\n')

    assert data.key_spot("đ").place == ("f.yaml", 1, 1)
    assert data["đ"].item_spot(1).place == ("f.yaml", 1, 8)
    assert data["đ"][1].value_spot("tên").place == ("f.yaml", 1, 14)


def test_places_are_right_after_a_byte_order_mark_and_with_windows_line_ends() -> None:
    data = parsed("\ufeffa: 1\r\nb:\r\n  c: 2\r\n")

    assert data.key_spot("a").place == ("f.yaml", 1, 1)
    assert data["b"].value_spot("c").place == ("f.yaml", 3, 6)


def test_paths_name_records_by_their_id() -> None:
    data = parsed("sites:\n  - id: dalat\n    links: [{carrier: x}]\n")

    assert data["sites"][0]["links"][0].value_spot("carrier").path == (
        "sites[dalat].links[0].carrier"
    )


def test_filled_in_value_keeps_the_place_where_it_was_written() -> None:
    data = parsed("profile: {lan: none}\nsite: {id: x}\n")
    site = data["site"].derived()
    site.adopt("lan", "none", data["profile"], "lan")
    again = site.derived()

    assert again.value_spot("lan") == data["profile"].value_spot("lan")
    assert again.value_spot("id").place.line == 2


def test_aliases_share_what_the_anchor_holds() -> None:
    assert parsed("a: &x [1, 2]\nb: *x\n")["b"] == [1, 2]


def test_aliases_that_explode_are_refused_before_they_take_memory() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 60))

    found = mistakes(("l0: &l0 [x]\n" + levels).encode())

    assert len(found) == 1
    assert "at most 2,000,000 values" in found[0]


def test_several_mistakes_of_a_file_are_all_reported() -> None:
    found = mistakes(b"a: !!int 1\na: 2\n7: x\nb: .nan\n")

    assert [line.split(": ")[0] for line in found] == [
        "f.yaml:1:4",
        "f.yaml:2:1",
        "f.yaml:3:1",
        "f.yaml:4:4",
    ]


def test_number_that_no_field_could_hold_is_refused() -> None:
    assert mistakes(b"a: " + b"9" * 5000) == [
        f"f.yaml:1:4: a: expected a finite number, got {'9' * 40}"
    ]
    assert mistakes(b"a: 9223372036854775808\nb: 9223372036854775807\nc: 1e999") == [
        "f.yaml:1:4: a: expected a number of 64 bits, got 9223372036854775808",
        "f.yaml:3:4: c: expected a finite number, got 1e999",
    ]


def test_nesting_that_would_crash_the_composer_is_refused() -> None:
    assert "nested more than 64 deep" in mistakes(b"[" * 200_000)[0]
    assert "nested more than 64 deep" in mistakes(b"{a: " * 200_000)[0]
    assert "nested more than 64 deep" in mistakes(b"- " * 200_000)[0]


def test_absent_libyaml_is_an_error_with_the_remedy() -> None:
    """In a process of its own: a module that is imported already cannot be absent."""
    program = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from pathlib import Path\n"
        "from govnet.errors import ConfigError\n"
        "from inventory.load import load\n"
        "try: load(Path(sys.argv[1]))\n"
        "except ConfigError as exc: print(exc)\n"
    )

    done = subprocess.run(  # a fixed program on this file's own path
        [sys.executable, "-c", program, __file__],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.strip() == parse_module.NO_LIBYAML
