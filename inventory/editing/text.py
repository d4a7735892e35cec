"""The text of one file, and the pieces that are put into it.

A piece replaces the characters from `start` to `end`; pieces at one place keep the order in which
they were added. Where nodes begin and end is known here, what they mean is not.
"""

import re
from typing import Any

_BOM = b"\xef\xbb\xbf"
_ALIAS = re.compile(r"(?:[\s,:-]|#[^\r\n]*)*\*[^\s,\[\]{}]+")
"""An alias and what may stand between it and a key or an item before."""
_FIRST_DASH = re.compile(r"(?:&\S+)?(?:\s|#[^\r\n]*)*-")
"""The first dash of a list and what may stand before it: an anchor, comments."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_COLON = re.compile(r":")


class Text:
    """One file's text and the pieces to be put in."""

    def __init__(self, content: bytes) -> None:
        self._bom = _BOM if content.startswith(_BOM) else b""
        self.text = content.decode("utf-8-sig")
        first = _LINE_END.search(self.text)
        self.line_end = first[0] if first else "\n"
        self._pieces: list[tuple[int, int, str]] = []

    def put(self, start: int, end: int, text: str) -> None:
        """Let `text` stand for the characters from `start` to `end`."""
        self._pieces.append((start, end, text))

    def content(self) -> bytes:
        """Return the file's bytes with all pieces put in."""
        result: list[str] = []
        at = 0
        for start, end, text in sorted(self._pieces, key=lambda piece: piece[:2]):
            result += (self.text[at:start], text)
            at = end
        result.append(self.text[at:])
        return self._bom + "".join(result).encode()

    def end_of_line(self, index: int) -> int:
        """Return where the line of an index ends, before its line end."""
        found = _LINE_END.search(self.text, index)
        return found.start() if found else len(self.text)

    def end_of(self, node: Any, after: int) -> int:
        """Return the end of what a node wrote, without the comments and blank lines behind it.

        `after` is where what stands before the node ends, its key or the item before: a node from
        before that is an alias here.
        """
        if node.start_mark.index < after:
            alias = _ALIAS.match(self.text, after)
            return alias.end() if alias else after
        if node.id == "scalar":
            return self._end_of_scalar(node)
        if node.flow_style:
            return int(node.end_mark.index)
        end = int(node.start_mark.index)
        for one in node.value:
            pair = one if isinstance(one, tuple) else (one,)
            for part in pair:
                end = self.end_of(part, end)
        return end

    def _end_of_scalar(self, node: Any) -> int:
        start, end = node.start_mark.index, node.end_mark.index
        if node.style in ("|", ">"):
            return int(start) + len(self.text[start:end].rstrip())
        return int(end)

    def after_colon(self, key: Any) -> int | None:
        """Return where a value may begin after a key, None for a key without a colon."""
        found = _COLON.search(self.text, key.end_mark.index)
        return found.end() if found else None

    def column_of_dash(self, node: Any) -> int:
        """Return the column of the dashes of a block list."""
        found = _FIRST_DASH.match(self.text, node.start_mark.index)
        dash = found.end() - 1 if found else int(node.start_mark.index)
        return dash - max(self.text.rfind(sign, 0, dash) for sign in "\r\n") - 1
