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
from inventory.located import Map, Seq, empty_map, joined, place_of
from inventory.problems import REFUSED, Place, Problems, Spot, quoted
from inventory.scalars import Scalar, resolve

MAX_VALUES = 2_000_000
"""Values of one file after aliases are followed; stops "billion laughs"."""
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
        problems.add(Spot(place, "syntax"), "printable text", f"the character {exc.character!r}")
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
        if tag == "plain":
            return self._plain(node, parent, key)
        if tag == "text":
            return node.value
        if tag != "collection":
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
            name = self._key(pair[0], result)
            if name is None:
                continue
            if name == MERGE_KEY and pair[0].tag == "plain":
                hint = "write the fields out, or use a profile"
                spot = Spot(place_of(pair[0].start_mark), result.path())
                self._problems.add(spot, "plain keys", "a merge key <<", hint)
                result[name] = REFUSED
                continue
            if name in nodes:
                first = place_of(nodes[name][0].start_mark)
                spot = Spot(place_of(pair[0].start_mark), result.path())
                self._problems.add(
                    spot, "each key once", f"{quoted(name)} again", f"first in line {first.line}"
                )
                continue
            nodes[name] = pair
        for name, pair in nodes.items():
            result[name] = self.build(pair[1], result, name)
        return result

    def _sequence(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Seq:
        result = Seq()
        result.mark, result.parent, result.key, result.nodes = (
            node.start_mark,
            parent,
            key,
            node.value,
        )
        for index, item in enumerate(node.value):
            result.append(self.build(item, result, index))
        return result

    def _key(self, node: Any, holder: Map) -> str | None:
        """Return a key's text, or None after saying what is wrong with it."""
        spot = Spot(place_of(node.start_mark), holder.path())
        if node.id != "scalar":
            kind = "a mapping" if node.id == "mapping" else "a list"
            self._problems.add(spot, "text as a key", kind)
            return None
        text: str = node.value
        if node.tag == "text":
            return text
        if node.tag != "plain":
            self._problems.add(spot, "a key without a tag", f"the tag {quoted(node.tag)}")
            return None
        try:
            is_text = isinstance(resolve(text), str)
        except ValueError:
            is_text = False
        if not is_text:
            hint = f"put it in quotes: {quoted(text)}" if text else "write a name before the colon"
            self._problems.add(spot, "text as a key", text[:40] or "nothing", hint)
            return None
        return text

    def _plain(self, node: Any, parent: "Map | Seq | None", key: str | int) -> Any:
        text = node.value
        if text in self._resolved:
            return self._resolved[text]
        try:
            value = resolve(text)
        except ValueError:
            self._problems.add(
                _spot(node, parent, key), "a number of at most 4,300 digits", "a longer one"
            )
            return REFUSED
        if isinstance(value, float) and not math.isfinite(value):
            self._problems.add(_spot(node, parent, key), "a finite number", text[:40])
            return REFUSED
        self._resolved[text] = value
        return value

    def _count(self, node: Any, parent: "Map | Seq | None", key: str | int, size: int) -> None:
        if self._values <= MAX_VALUES < self._values + size:
            limit = f"at most {MAX_VALUES:,} values in a file"
            self._problems.add(_spot(node, parent, key), limit, "more", "aliases count each time")
        self._values += size


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
    problems.add(spot, "valid YAML", f"an error{context}: {problem}")


def _place_of_byte(content: bytes, offset: int, file: str) -> Place:
    """Return the place of a byte of UTF-8 text; the column counts characters."""
    before = content[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    return Place(file, before.count(b"\n") + 1, column)
