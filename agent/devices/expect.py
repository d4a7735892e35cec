"""Reading plain YAML data strictly: what stands where, and what was expected there instead.

Every reader returns something usable also of what is wrong, and notes the mistake at its place.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){2,}")


@dataclass(slots=True)
class Place:
    """Where in a file something stands, and the list that its mistakes go to."""

    problems: list[str]
    path: str = ""

    def at(self, key: str | int) -> "Place":
        """Return the place of a key or list item below this one."""
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.path else key
        return Place(self.problems, f"{self.path}{step}")

    def wrong(self, expected: str, got: object) -> None:
        """Note a mistake here."""
        where = f"{self.path}: " if self.path else ""
        self.problems.append(f"{where}expected {expected}, got {got!r}")


def mapping(data: Any, place: Place, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the mapping without the keys that are not among `keys`."""
    if not isinstance(data, dict):
        place.wrong(f"a mapping of {', '.join(keys)}", data)
        return {}
    for key in data:
        if key not in keys:
            place.wrong(f"only {', '.join(keys)}", key)
    return {key: value for key, value in data.items() if key in keys}


def each(data: Any, place: Place, read: Callable[[Any, Place], T | None]) -> Iterator[T]:
    """Yield what `read` makes of each item of a list."""
    if not isinstance(data, list):
        place.wrong("a list", data)
        return
    for position, item in enumerate(data):
        found = read(item, place.at(position))
        if found is not None:
            yield found


def text(data: Any, place: Place) -> str:
    """Return a text as it stands."""
    if isinstance(data, str):
        return data
    place.wrong("a text", data)
    return ""


def texts(data: Any, place: Place) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(each(data, place, text))


def is_known(word: str, words: tuple[str, ...], place: Place) -> bool:
    """Tell whether a word is one of those that are allowed."""
    if word in words:
        return True
    place.wrong(f"one of {', '.join(sorted(words))}", word)
    return False


def oid(data: Any, place: Place) -> str:
    """Return an OID of dotted numbers."""
    if isinstance(data, str) and OID.fullmatch(data):
        return data
    place.wrong("an OID like 1.3.6.1.2.1.1.1.0", data)
    return "0.0.0"


def pattern(data: Any, place: Place, *, groups: int | None = None) -> re.Pattern[str]:
    """Return a regular expression, with that many groups where it matters."""
    try:
        found = re.compile(text(data, place))
    except re.error as exc:
        place.wrong(f"a regular expression ({exc})", data)
        return re.compile("")
    if groups is not None and found.groups != groups:
        place.wrong(f"a regular expression with {groups} group", data)
    return found


def number(data: Any, place: Place) -> float:
    """Return a number."""
    if isinstance(data, int | float) and not isinstance(data, bool):
        return float(data)
    place.wrong("a number", data)
    return 0.0


def flag(data: Any, place: Place) -> bool:
    """Return true or false."""
    if isinstance(data, bool):
        return data
    place.wrong("true or false", data)
    return False


def raw_values(data: Any, place: Place) -> frozenset[int | str]:
    """Return the integers and texts of a list, or the one that stands there alone."""
    items = data if isinstance(data, list) else [data]
    for position, item in enumerate(items):
        if isinstance(item, bool) or not isinstance(item, int | str):
            place.at(position).wrong("an integer or a text", item)
    return frozenset(item for item in items if isinstance(item, int | str))
