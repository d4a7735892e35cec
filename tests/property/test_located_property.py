"""The loader against arbitrary text: right values, right places, and no error but its own."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govnet.errors import ConfigError
from inventory.load import load
from inventory.located import Map, Seq
from inventory.parse import parse
from inventory.problems import Place, Problems
from inventory.scalars import resolve

GOLDEN = Path(__file__).parents[1] / "golden" / "inventory"
GOOD = (GOLDEN / "good" / "full" / "inventory.yaml").read_text(encoding="utf-8") + (
    (GOLDEN / "good" / "full" / "parts" / "communes.yaml").read_text(encoding="utf-8")
)
GOOD = GOOD.replace('include: ["parts/*.yaml"]\n', "")
LINE = re.compile(r".+:[0-9]+:[0-9]+: (.+: )?expected .+, got .+")

letters = st.text("aZ09 _-.:,#[]{}\"'\\/&*!|>%@`ăđươỄ~+=<?", max_size=8)
numbers = st.integers(1 - 2**63, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | letters
documents = st.dictionaries(
    letters,
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
        max_leaves=20,
    ),
    max_size=5,
)
scalars = st.text("0123456789+-.eExXoOabfFinNuUlLtTrRsS_:~ ", max_size=8)
pieces = st.sampled_from(
    (
        *("{", "}", "[", "]", ": ", "- ", "\n", "\n  ", "&a ", "*a", "<<: ", "? ", "| ", "!!x "),
        *("null", "1", "-1", ".nan", "true", "[]", "{}", "id: c", "omit: true", "pc-[1-9]", '"'),
        *("sites", "unit: u", "profile: commune-office", "---\n", "\t", "#", "2026-10-01", "é"),
        *("'", '"+1"', "\x00"),
    )
)


def reference(text: str) -> Any:
    """Resolve by the table of YAML 1.2.2, 10.3.2, one row after the other."""
    if re.fullmatch("null|Null|NULL|~|", text):
        return None
    if re.fullmatch("true|True|TRUE|false|False|FALSE", text):
        return text.lower() == "true"
    if re.fullmatch("[-+]?[0-9]+", text):
        return int(text, 10)
    if re.fullmatch("0o[0-7]+|0x[0-9a-fA-F]+", text):
        return int(text, 0)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    if re.fullmatch(r"[-+]?(\.inf|\.Inf|\.INF)", text):
        return -math.inf if text.startswith("-") else math.inf
    if re.fullmatch(r"\.nan|\.NaN|\.NAN", text):
        return math.nan
    return text


@given(scalars)
def test_plain_scalars_resolve_as_the_standard_says(text: str) -> None:
    found, expected = resolve(text), reference(text)

    assert type(found) is type(expected)
    assert found == expected or (found != found and expected != expected)  # noqa: PLR0124 - NaN


@given(documents, st.sampled_from([None, 1, 2]))
def test_values_come_back_and_places_point_at_them(document: Any, indent: int | None) -> None:
    """JSON is YAML: what json writes is found again, each key and value where it stands."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    problems = Problems()

    data = parse(text.encode(), "f.yaml", problems)

    assert problems.lines() == []
    assert data == document
    check_places(data, text.split("\n"))


def check_places(data: Any, lines: list[str]) -> None:
    if isinstance(data, Map):
        for key, value in data.items():
            assert at(data.key_spot(key).place, lines).startswith(
                json.dumps(key, ensure_ascii=False)
            )
            check_value(value, data.value_spot(key).place, lines)
    elif isinstance(data, Seq):
        for index, value in enumerate(data):
            check_value(value, data.item_spot(index).place, lines)


def check_value(value: Any, place: Place, lines: list[str]) -> None:
    if isinstance(value, Map | Seq):
        assert at(place, lines)[0] in "{["
        assert at(value.spot().place, lines)[0] in "{["
        check_places(value, lines)
    else:
        assert at(place, lines).startswith(json.dumps(value, ensure_ascii=False))


def at(place: Place, lines: list[str]) -> str:
    return lines[place.line - 1][place.column - 1 :]


def test_inventory_to_be_damaged_is_good(folder: Path) -> None:
    (folder / "inventory.yaml").write_text(GOOD, encoding="utf-8")

    assert len(load(folder / "inventory.yaml").sites) == 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inventory")


def load_or_explain(folder: Path, content: bytes) -> None:
    """Load; whatever is wrong must be said in the one way, every line of it."""
    path = folder / "inventory.yaml"
    path.write_bytes(content)
    problems = None
    try:
        load(path)
    except ConfigError as exc:
        problems = exc.problems

    assert problems is None or problems
    for line in problems or ():
        assert LINE.fullmatch(line), line
        assert "a record that fits its type" not in line, "found, but not explained"


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_arbitrary_bytes_give_nothing_but_config_errors(folder: Path, content: bytes) -> None:
    load_or_explain(folder, content)


@given(st.lists(pieces, max_size=25).map("".join))
def test_yaml_like_text_gives_nothing_but_config_errors(folder: Path, text: str) -> None:
    load_or_explain(folder, text.encode())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 12), pieces), min_size=1, max_size=3
    )
)
def test_damaged_inventory_gives_nothing_but_config_errors(
    folder: Path, damages: list[tuple[int, int, str]]
) -> None:
    text = GOOD
    for start, length, piece in damages:
        text = text[:start] + piece + text[start + length :]

    load_or_explain(folder, text.encode())


values = st.sampled_from(
    (
        *("null", "7", "-1.5", "true", "text", "[]", "{}", "[{}]", "[[1]]", "{id: x}", "[x, x]"),
        *('"+1"', '"[1-3]"', "[{id: 1}]", "[{id: [a]}]", "{mon: [{start: 1}]}", "[{unit: {}}]"),
        *(".inf", '""'),
    )
)
KEYS = sorted(set(re.findall(r"([a-z_]+): ", GOOD)))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KEYS), st.integers(0, 5), values)
def test_any_field_of_any_wrong_type_is_explained(
    folder: Path, key: str, which: int, value: str
) -> None:
    """Replaces one plain value of the good inventory by a value of another type."""
    places = list(re.finditer(rf"\b{key}: ([^,\[\]{{}}\n]+|\[[^\[\]]*\])", GOOD))
    if not places:
        return
    place = places[which % len(places)]
    text = GOOD[: place.start(1)] + value + GOOD[place.end(1) :]

    load_or_explain(folder, text.encode())
