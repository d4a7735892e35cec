"""Strict YAML: the bytes of one file -> located data.

Scalars mean what `inventory.scalars` says; duplicate keys, keys that are not text, merge keys,
tags, several documents and cyclic or exploding aliases are mistakes, each at its place.
What the data means is not known here.
"""

import io
import math
from typing import Any

from yaml.error import MarkedYAMLError
from yaml.reader import ReaderError

from govnet.errors import ConfigError
from inventory.located import COLLECTION, PLAIN, TEXT, Map, Seq, empty_map, joined, place_of
from inventory.problems import HIDDEN, REFUSED, Place, Problems, Spot, quoted
from inventory.scalars import Scalar, resolve

MAX_VALUES = 2_000_000
"""Values of one file after aliases are followed; stops "billion laughs"."""
MAX_INTEGER = 2**63 - 1
_OF_INDENTATION = (
    "block sequence entries are not allowed in this context",
    "did not find expected <document start>",
    "could not find expected ':'",
)
"""What libyaml says of wrong indentation, beside all that it says within a block."""
MERGE_KEY = "<<"
"""An extension of YAML 1.1. Its value is refused, its place in the mapping is kept."""
NO_LIBYAML = (
    "inventory: expected PyYAML with libyaml, got PyYAML without it "
    '(run "pip install --force-reinstall --only-binary :all: pyyaml", '
    'or on Debian "apt install python3-yaml")'
)


def parse(content: bytes, file: str, problems: Problems) -> Any:
    """Return the located data of one file; mistakes go to `problems` under the name `file`.

    What is wrong is left out of the data, and everything after it is still read, except after a
    syntax error, which ends the file: None is returned. An empty file is an empty Map.
    Raises ConfigError only where libyaml is missing.
    """
    try:
        from inventory.composer import Composer  # noqa: PLC0415 - its absence has a remedy to tell
    except ImportError as exc:
        raise ConfigError([NO_LIBYAML]) from exc

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        place = _place_of_byte(content, exc.start, file)
        problems.add(Spot(place, "syntax"), "UTF-8 text", f"the byte 0x{content[exc.start]:02x}")
        return None
    stream = io.StringIO(text)
    stream.name = file  # the composer's marks carry it
    composer = Composer(stream)
    try:
        node = composer.get_single_node()
    except ReaderError as exc:
        place = _place_of_byte(text.encode(), exc.position, file)
        got = _character(chr(exc.character))
        problems.add(Spot(place, "syntax"), "printable text", got)
        return None
    except MarkedYAMLError as exc:
        _report_syntax(exc, text, file, problems)
        return None
    finally:
        composer.dispose()
    if node is None:
        return empty_map(file)
    return _Builder(problems).document(node)


class _Builder:
    """Turns composed nodes into located data."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._keys: set[str] = set()
        self._resolved: dict[str, Scalar] = {}
        self._done: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()
        self._values = 0

    def document(self, node: Any) -> Any:
        """Return the whole document, or None if following its aliases would exhaust memory."""
        data = self.build(node, None, "")
        return data if self._values <= MAX_VALUES else None

    def build(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Any:
        """Return the located data of a node."""
        tag = node.tag
        if tag == PLAIN:
            return self._plain(node, parent, key)
        if tag == TEXT:
            return self._text(node, parent, key)
        if tag != COLLECTION:
            self._problems.add(
                _spot(node, parent, key), "a value without a tag", f"the tag {quoted(tag)}"
            )
            return REFUSED
        identity = id(node)
        if identity in self._done:
            data, size = self._done[identity]
            self._count(node, parent, key, size)
            return data
        if identity in self._open:
            self._problems.add(
                _spot(node, parent, key), "an alias of something else", "one that holds itself"
            )
            return REFUSED
        self._open.add(identity)
        before = self._values
        self._count(node, parent, key, 1 + len(node.value))
        build = self._mapping if node.id == "mapping" else self._sequence
        data = build(node, parent, key)
        self._open.remove(identity)
        self._done[identity] = (data, self._values - before)
        return data

    def _mapping(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Map:
        result = Map()
        result.mark, result.parent, result.key = node.start_mark, parent, key
        nodes: dict[str, Any] = {}
        result.nodes, result.origin = nodes, {}
        for pair in node.value:
            key_node = pair[0]
            name = key_node.value
            if key_node.tag != TEXT and not self._is_plain_key(key_node, result):
                continue
            if hidden := HIDDEN.search(name):
                spot = Spot(place_of(key_node.start_mark), result.path())
                self._problems.add(spot, "a key that can be read", _character(hidden[0]))
                continue
            if name in nodes:
                first = place_of(nodes[name][0].start_mark).line
                spot = Spot(place_of(key_node.start_mark), result.path())
                hint = f"first in line {first}"
                self._problems.add(spot, "each key once", f"{quoted(name)} again", hint)
                continue
            nodes[name] = pair
        for name, pair in nodes.items():
            result[name] = self.build(pair[1], result, name)
        return result

    def _sequence(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Seq:
        result = Seq()
        result.mark, result.parent, result.key = node.start_mark, parent, key
        result.nodes = node.value
        for index, item in enumerate(node.value):
            result.append(self.build(item, result, index))
        return result

    def _is_plain_key(self, node: Any, holder: Map) -> bool:
        """Return whether an unquoted key is text; say what is wrong with it otherwise."""
        text = node.value
        if node.tag == PLAIN and text in self._keys:
            return True
        expected, got, hint = "text as a key", "", ""
        if node.id != "scalar":
            got = "a mapping" if node.id == "mapping" else "a list"
        elif node.tag != PLAIN:
            expected, got = "a key without a tag", f"the tag {quoted(node.tag)}"
        elif text == MERGE_KEY:
            expected, got = "plain keys", "a merge key <<"
            hint = "write the fields out, or use a profile"
            holder[MERGE_KEY] = REFUSED
        elif not isinstance(_resolved(text), str):
            got = text[:40] or "nothing"
            hint = f"put it in quotes: {quoted(text)}" if text else "write a name before the colon"
        if got:
            spot = Spot(place_of(node.start_mark), holder.path())
            self._problems.add(spot, expected, got, hint)
            return False
        self._keys.add(text)
        return True

    def _text(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Any:
        hidden = HIDDEN.search(node.value)
        if hidden is None:
            return node.value
        self._problems.add(_spot(node, parent, key), "text that can be read", _character(hidden[0]))
        return REFUSED

    def _plain(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Any:
        text = node.value
        if text in self._resolved:
            return self._resolved[text]
        value = _resolved(text)
        if isinstance(value, str) and HIDDEN.search(text):
            return self._text(node, parent, key)
        if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
            expected = "a number of 64 bits"
        elif isinstance(value, float) and not math.isfinite(value):
            expected = "a finite number"
        else:
            self._resolved[text] = value
            return value
        self._problems.add(_spot(node, parent, key), expected, text[:40])
        return REFUSED

    def _count(self, node: Any, parent: "Map | Seq | None", key: str | int, size: int) -> None:
        if self._values <= MAX_VALUES < self._values + size:
            limit = f"at most {MAX_VALUES:,} values in a file"
            self._problems.add(_spot(node, parent, key), limit, "more", "aliases count each time")
        self._values += size


def _character(found: str) -> str:
    return f"the character U+{ord(found):04X}"


def _resolved(plain: str) -> Scalar:
    """Return the value of a plain scalar; infinity for digits that Python does not convert."""
    try:
        return resolve(plain)
    except ValueError:
        return math.inf


def _spot(node: Any, parent: Map | Seq | None, key: str | int) -> Spot:
    path = "" if parent is None else joined(parent.path(), key)
    return Spot(place_of(node.start_mark), path)


def _report_syntax(exc: MarkedYAMLError, text: str, file: str, problems: Problems) -> None:
    """Say a syntax error of libyaml as one mistake at its place."""
    problem = exc.problem or "it cannot be read"
    mark = exc.problem_mark or exc.context_mark
    place = place_of(mark) if mark is not None else Place(file, 1, 1)
    spot = Spot(place, "syntax")
    if problem == "but found another document":
        problems.add(spot, "one document in a file", "another one", "remove the line ---")
        return
    if problem.startswith("found character that cannot start any token"):
        lines = text.split("\n")
        line = lines[place.line - 1] if place.line <= len(lines) else ""
        found = line[place.column - 1 : place.column]
        if found == "\t":
            problems.add(spot, "spaces for indentation", "a tab")
        else:
            hint = "put the text in quotes"
            problems.add(spot, "text, a list or a mapping", f"the character {quoted(found)}", hint)
        return
    context = f" {exc.context}" if exc.context else ""
    if problem == "exceeded maximum nesting depth":
        # Newer builds of libyaml stop before the composer counts.
        from inventory.composer import MAX_DEPTH  # noqa: PLC0415 - imported where it is certain to be there

        context, problem = "", f"nested more than {MAX_DEPTH} deep"
    if problem == "mapping values are not allowed in this context":
        hint = (
            "check the indentation of this line and the one above; put text with a colon in quotes"
        )
        problems.add(spot, "valid YAML", f"an error: {problem}", hint)
        return
    by_indentation = "block" in context or problem in _OF_INDENTATION
    hint = "check the indentation of this line and the one above" if by_indentation else ""
    problems.add(spot, "valid YAML", f"an error{context}: {problem}", hint)


def _place_of_byte(content: bytes, offset: int, file: str) -> Place:
    """Return the place of a byte of UTF-8 text; the column counts characters."""
    before = content[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    return Place(file, before.count(b"\n") + 1, column)
