"""libyaml's parser, composing nodes with their places and without YAML 1.1's guesses.

Importing this module fails where PyYAML was built without libyaml; `inventory.located` says so
with the remedy. The pure Python parser is not used instead: it takes 20 times as long.
"""

from typing import Any, Protocol

from yaml._yaml import CParser
from yaml.composer import ComposerError
from yaml.nodes import Node, ScalarNode

from inventory.located import COLLECTION, PLAIN, TEXT

MAX_DEPTH = 64
"""Deeper nesting is refused: libyaml's composer recurses on the C stack and would crash."""


class NamedText(Protocol):
    """A text stream with the name that the marks carry."""

    name: str

    def read(self, size: int = -1, /) -> str:
        """Return the next characters, an empty text at the end."""


class Composer(CParser):
    """Composes the single document of a stream.

    A tag other than PLAIN, TEXT and COLLECTION in a node was written in the file by hand.
    """

    def __init__(self, stream: NamedText) -> None:
        super().__init__(stream)
        self._depth = 0

    def resolve(self, kind: type[Node], _value: Any, implicit: Any) -> str:
        """Return the tag of a node that was written without one. Called by libyaml's composer."""
        if kind is not ScalarNode:
            return COLLECTION
        return PLAIN if implicit[0] else TEXT

    def descend_resolver(self, parent: Node | None, _index: Any) -> None:
        """Count the depth on the way down. Called by libyaml's composer."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            mark = parent.start_mark if parent is not None else None
            raise ComposerError(None, None, f"nested more than {MAX_DEPTH} deep", mark)

    def ascend_resolver(self) -> None:
        """Count the depth on the way up. Called by libyaml's composer."""
        self._depth -= 1
