"""Values -> YAML as a person would write it, read by `inventory.parse` as the same values. Pure."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from inventory.editing.put import Plain
from inventory.parse import MERGE_KEY
from inventory.scalars import resolve

_WIDE = 1 << 30
"""Columns of a line: nothing is folded."""
_LARGEST_PLAIN = 1e15
"""A whole number up to this is written without a point."""
STEP = 2
"""Columns by which what is written anew is indented."""


def plain(value: Plain) -> Any:
    """Return the value as it reads back: a date is text in this YAML, a tuple a list."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    # Of an enumeration its value.
    return str(value) if isinstance(value, str) else value


def same(one: Any, other: Any) -> bool:
    """Return whether two read values mean the same: 200 is 200.0, and true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def flow(value: Any, *, style: str = "", inside: bool = True) -> str:
    """Return a value on one line.

    `style` is the quote that text had before, empty for none. `inside` is whether it stands within
    brackets, where more text needs quotes.
    """
    if isinstance(value, dict):
        pairs = (f"{_key(key)}: {flow(one)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if isinstance(value, str):
        return _text(value, style, inside=inside)
    return _scalar(value)


def _key(name: str) -> str:
    return flow(name, style='"' if name == MERGE_KEY else "")


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_PLAIN:
        return str(int(value))
    return str(value)


def field(key: str, value: Any, column: int, line_end: str) -> str:
    """Return `key: value` for a block mapping at a column; a list of mappings has a line for each.

    It begins without indentation and ends without a line end.
    """
    if not _is_list_of_mappings(value):
        return f"{_key(key)}: {flow(value, inside=False)}"
    return f"{_key(key)}:{items(value, column + STEP, line_end)}"


def items(values: list[Any], column: int, line_end: str) -> str:
    """Return the items of a block list, each after a line end, on a line of its own."""
    return "".join(
        f"{line_end}{' ' * column}- {flow(value, inside=isinstance(value, dict | list))}"
        for value in values
    )


def block(record: dict[str, Any], column: int, line_end: str) -> str:
    """Return a mapping with a line for each field, the first without indentation."""
    between = line_end + " " * column
    return between.join(field(key, value, column, line_end) for key, value in record.items())


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


@lru_cache(maxsize=10_000)
def _text(text: str, style: str, *, inside: bool) -> str:
    """Return text with quotes where it needs them, or had them: the emitter decides the rest."""
    if "\n" in text:
        style = '"'  # The only one that keeps a value on one line.
    is_plain = not style and _reads_as_text(text)
    written = _emitted(text, style, is_plain=is_plain, inside=inside)
    if written.startswith("'") and not style:
        return _emitted(text, '"', is_plain=False, inside=inside)
    return written


def _reads_as_text(text: str) -> bool:
    try:
        return isinstance(resolve(text), str)
    except ValueError:  # More digits than a number may have.
        return False


def _emitted(text: str, style: str, *, is_plain: bool, inside: bool) -> str:
    """Return the text as PyYAML writes it as the only item of a list."""
    events = [
        yaml.StreamStartEvent(),
        yaml.DocumentStartEvent(explicit=False),
        yaml.SequenceStartEvent(None, None, implicit=True, flow_style=inside),
        yaml.ScalarEvent(None, None, (is_plain, True), text, style=style or None),
        yaml.SequenceEndEvent(),
        yaml.DocumentEndEvent(explicit=False),
        yaml.StreamEndEvent(),
    ]
    written = str(yaml.emit(events, allow_unicode=True, width=_WIDE)).rstrip("\n")
    return written[1:-1] if inside else written[2:]
