"""Mistakes in what a person wrote: collected, sorted, one line each.

Every line is `file:line:column: path: expected this, got that`. Nothing is printed here.
"""

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from govnet.errors import ConfigError

SHOWN_CHARACTERS = 60
"""Longer found texts are cut, so one mistake stays one readable line."""
CANDIDATES = 5000
"""Near names are not looked for among more names than this: it would take seconds."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\N{ARABIC LETTER MARK}\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
"""Characters that a screen obeys instead of showing them: controls, and turns of direction."""
REFUSED = object()
"""Stands for a value that was reported already; it fits no type and is not reported again."""


class Place(NamedTuple):
    """Where something stands in a file; line and column start at 1."""

    file: str
    line: int
    column: int


class Spot(NamedTuple):
    """A place, and the path of fields that leads to it as written (`sites[dalat].links[tslcd]`)."""

    place: Place
    path: str

    def field(self, name: str) -> "Spot":
        """Return the spot of a field that is missing here: same place, longer path."""
        return Spot(self.place, f"{self.path}.{name}" if self.path else name)


class Problem(NamedTuple):
    """One mistake: where it stands, and what was expected and found there."""

    spot: Spot
    detail: str

    def line(self) -> str:
        """Return it as one line: `file:line:column: path: expected this, got that`."""
        place, path = self.spot
        named = f"{path}: " if path else ""
        return f"{place.file}:{place.line}:{place.column}: {named}{self.detail}"


class Problems:
    """Collects mistakes. The same mistake at the same place is kept once.

    A profile is filled into hundreds of sites; its wrong field is one mistake, where it stands.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str], str] = {}
        self._unexplained: dict[tuple[Place, str], str] = {}

    def add(self, spot: Spot, expected: str, got: str, hint: str = "") -> None:
        """Record one mistake; `hint` is what to do about it.

        An empty `got` is that of a refused value (see `shown`): nothing more is said of it.
        """
        if not got:
            return
        detail = f"expected {expected}, got {got}" + (f" ({hint})" if hint else "")
        self._found.setdefault((spot.place, detail), spot.path)

    def add_unexplained(self, spot: Spot, reason: str) -> None:
        """Record that a record fits no type; said only where no other mistake explains it.

        Never seen; a mistake without words must still not pass.
        """
        detail = f"expected a record that fits its type, got {reason}"
        self._unexplained.setdefault((spot.place, detail), spot.path)

    def __len__(self) -> int:
        return len(self._found)

    def found(self) -> list[Problem]:
        """Return every mistake, sorted by file, line and column."""
        return [
            Problem(Spot(place, path), detail)
            for (place, detail), path in sorted((self._found or self._unexplained).items())
        ]

    def lines(self) -> list[str]:
        """Return one line per mistake, sorted by file, line and column."""
        return [problem.line() for problem in self.found()]

    def raise_if_any(self) -> None:
        """Raise ConfigError with every mistake recorded so far."""
        if self._found or self._unexplained:
            raise ConfigError(self.lines())


def shown(value: Any, written: str | None = None) -> str:
    """Return what was found, as one short phrase, empty for a value that was reported already.

    `written` is a scalar's text in the file.
    """
    if value is REFUSED:
        return ""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {written or value}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value) if written is None else written
    if len(text) > SHOWN_CHARACTERS:
        text = text[:SHOWN_CHARACTERS] + "…"
    return quoted(text)


def quoted(text: str) -> str:
    """Return the text in double quotes, hidden characters escaped, Vietnamese readable."""
    written = json.dumps(text, ensure_ascii=False)
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def near(wrong: str, names: Iterable[str]) -> str:
    """Return `did you mean "vnpt"?` for the name most like the wrong one, or an empty text."""
    found = nearest(wrong, names)
    return f"did you mean {quoted(found[0])}?" if found else ""


def nearest(wrong: str, names: Iterable[str]) -> list[str]:
    """Return the name most like the wrong one, or nothing."""
    known = list(names)
    if len(known) > CANDIDATES:
        return []
    return difflib.get_close_matches(wrong.lower(), known, n=1, cutoff=0.6)


def one_of(names: Iterable[str]) -> str:
    """Return the allowed words as a phrase: `one of a, b, c`."""
    return "one of " + ", ".join(names)
