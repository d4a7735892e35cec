"""One record as YAML on one line, as a person would write it. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

_PLAIN: Final = re.compile(r"[^\W\d_][\w '’().\-]*")
"""A text that needs no quotes within braces: it begins with a letter and holds no mark of YAML."""
_OTHER: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that mean something else, here or to other readers of YAML."""

Value = str | float | date | None


def flow(fields: Mapping[str, Value]) -> str:
    """Return `id: x, name: Xã Y, code: "01864"`, without the braces."""
    return ", ".join(f"{name}: {scalar(value)}" for name, value in fields.items())


def scalar(value: Value) -> str:
    """Return one value: texts that could be read as anything else stand in quotes."""
    if value is None:
        return "null"
    if not isinstance(value, str):
        return str(value)
    is_plain = _PLAIN.fullmatch(value) and value == value.strip() and value.lower() not in _OTHER
    return value if is_plain else json.dumps(value, ensure_ascii=False)
