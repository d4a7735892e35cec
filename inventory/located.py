"""YAML text -> data that knows where it was written.

Mappings become `Map` (a dict), sequences `Seq` (a list), scalars plain Python values, so that the
data converts to records without another copy, while every key, value and item can be asked for its
place, also after profiles and defaults were filled in: what came from a profile stands there.

`inventory.parse` makes them. What the data means is not known here.
"""

import re
from typing import Any

from inventory.problems import Place, Spot, quoted

PLAIN = "plain"
"""Tag of a scalar written without quotes: its text decides its type."""
TEXT = "text"
"""Tag of a quoted or block scalar: always text."""
COLLECTION = "collection"
_SIMPLE = re.compile(r"[\w.-]+")


class Map(dict[str, Any]):
    """A mapping and the places of its keys and values.

    `nodes` holds the composer's (key node, value node) of every written key; `origin` says for a
    key that was filled in from elsewhere which container and key it came from.
    """

    __slots__ = ("key", "mark", "nodes", "origin", "parent")

    mark: Any
    parent: "Map | Seq | None"
    key: str | int
    nodes: dict[str, Any]
    origin: "dict[str, tuple[Map | Seq, Any]]"

    def derived(self) -> "Map":
        """Return a copy to be filled in; places stay those of this one."""
        copy = Map(self)
        copy.mark, copy.parent, copy.key, copy.nodes = self.mark, self.parent, self.key, self.nodes
        copy.origin = dict(self.origin)
        return copy

    def adopt(self, key: str, value: Any, source: "Map | Seq", source_key: Any) -> None:
        """Set a value that was written at `source[source_key]`."""
        self[key] = value
        self.origin[key] = source.source(source_key)

    def source(self, key: str) -> "tuple[Map | Seq, Any]":
        """Return the written container and key that hold the value of `key`."""
        return self.origin.get(key) or (self, key)

    def path(self) -> str:
        """Return the path of this mapping as written."""
        label = self.nodes["id"][1].value if "id" in self.nodes else None
        return _path_of(self, label if isinstance(label, str) and label else None)

    def spot(self) -> Spot:
        """Return where the mapping begins."""
        return Spot(place_of(self.mark), self.path())

    def value_spot(self, key: str) -> Spot:
        """Return where the value of a key stands; for a missing key, the mapping's own place."""
        container, written = self.source(key)
        if isinstance(container, Seq):
            return container.item_spot(written)
        pair = container.nodes.get(written)
        if pair is None:
            return container.spot().field(written)
        return Spot(place_of(pair[1].start_mark), joined(container.path(), written))

    def key_spot(self, key: str) -> Spot:
        """Return where the key itself stands."""
        container, written = self.source(key)
        if isinstance(container, Map) and (pair := container.nodes.get(written)):
            return Spot(place_of(pair[0].start_mark), container.path())
        return container.spot()

    def written(self, key: str) -> str | None:
        """Return the text of a scalar value as it stands in the file."""
        container, written = self.source(key)
        if isinstance(container, Seq):
            return container.written(written)
        pair = container.nodes.get(written)
        return pair[1].value if pair and isinstance(pair[1].value, str) else None


class Seq(list[Any]):
    """A sequence and the places of its items."""

    __slots__ = ("key", "mark", "nodes", "parent")

    mark: Any
    parent: "Map | Seq | None"
    key: str | int
    nodes: list[Any]

    def source(self, index: int) -> "tuple[Map | Seq, Any]":
        """Return this sequence: items are never filled in one by one."""
        return (self, index)

    def path(self) -> str:
        """Return the path of this sequence as written."""
        return _path_of(self, None)

    def spot(self) -> Spot:
        """Return where the sequence begins."""
        return Spot(place_of(self.mark), self.path())

    def item_spot(self, index: int) -> Spot:
        """Return where an item stands."""
        return Spot(place_of(self.nodes[index].start_mark), f"{self.path()}[{index}]")

    def written(self, index: int) -> str | None:
        """Return the text of a scalar item as it stands in the file."""
        text = self.nodes[index].value
        return text if isinstance(text, str) else None


def made_map(like: Map, key: str) -> Map:
    """Return an empty mapping, to be filled in, that stands where `like[key]` stands."""
    container, written = like.source(key)
    result = Map()
    result.parent, result.key, result.nodes, result.origin = container, written, {}, {}
    pair = container.nodes.get(written) if isinstance(container, Map) else None
    result.mark = pair[1].start_mark if pair else container.mark
    return result


def made_seq(like: "Map | Seq", pairs: list[tuple[Any, Any]]) -> Seq:
    """Return a list of other items that stands where `like` stands; `pairs` are (item, node)."""
    result = Seq(item for item, _ in pairs)
    result.nodes = [node for _, node in pairs]
    result.mark, result.parent, result.key = like.mark, like.parent, like.key
    return result


def empty_map(file: str) -> Map:
    """Return the mapping of an empty file."""
    result = Map()
    result.mark, result.parent, result.key = Place(file, 1, 1), None, ""
    result.nodes, result.origin = {}, {}
    return result


def place_of(mark: Any) -> Place:
    """Return the place of a composer's mark (which counts from 0), or the place itself."""
    if isinstance(mark, Place):
        return mark
    return Place(mark.name, mark.line + 1, mark.column + 1)


def joined(path: str, key: str | int) -> str:
    """Return the path of a key or item below a path."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = key if _SIMPLE.fullmatch(key) else quoted(key)
    return f"{path}.{name}" if path else name


def _path_of(data: Map | Seq, label: str | None) -> str:
    """Return the path by climbing to the file's top; an item is named by its id if it has one."""
    if data.parent is None:
        return ""
    if label is not None and isinstance(data.key, int):
        name = label if _SIMPLE.fullmatch(label) else quoted(label)
        return f"{data.parent.path()}[{name}]"
    return joined(data.parent.path(), data.key)
