"""What is written and what shall be -> the pieces of text that make the one the other.

Every difference is put in where it stands: a value in place of the old one, a field at the end of
its mapping, an item at the end of its list.
"""

from collections.abc import Collection
from typing import Any

from inventory.editing.render import STEP, block, flow, items, same
from inventory.editing.text import Text
from inventory.located import Map, Seq
from inventory.problems import Place, Problems, quoted
from inventory.profiles import known_by

_QUOTES = ("'", '"')


class Sync:
    """Changes one file's text. `shared` are the nodes (by `id`) that an alias uses too."""

    def __init__(self, text: Text, shared: Collection[int], problems: Problems) -> None:
        self._text = text
        self._shared = shared
        self._problems = problems

    def record(self, old: Map, new: dict[str, Any]) -> None:
        """Make a written record of a list hold what `new` holds."""
        listed = old.parent
        if same(old, new) or not isinstance(listed, Seq) or not isinstance(listed.parent, Map):
            return
        holder, name = listed.parent, str(listed.key)
        nodes = (holder.nodes[name][1], listed.nodes[int(old.key)])
        if all(self._is_own(holder, name, node) for node in nodes):
            self._mapping(old, new)

    def _mapping(self, old: Map, new: dict[str, Any]) -> None:
        """Do the same for any mapping; `new` has every field of `old`."""
        for name, value in new.items():
            if name in old:
                self._value(old, name, value)
        missing = {name: value for name, value in new.items() if name not in old}
        if missing:
            self._add_fields(old, missing)

    def append(self, top: Map, new: dict[str, list[dict[str, Any]]]) -> None:
        """Write records at the end of the file's lists, making those that are missing."""
        for name, records in new.items():
            if name in top:
                listed = top[name]
                self._value(top, name, [*(listed if isinstance(listed, Seq) else ()), *records])
        missing = {name: records for name, records in new.items() if name not in top}
        if missing:
            # Last: where the file's last list is empty both are written at its end.
            self._add_fields(top, missing)

    def _value(self, holder: Map, name: str, new: Any) -> None:
        old = holder[name]
        if same(old, new):
            return
        node = holder.nodes[name][1]
        if not self._is_own(holder, name, node):
            return
        if isinstance(old, Map) and isinstance(new, dict) and old and old.keys() <= new.keys():
            self._mapping(old, new)
        elif isinstance(old, Seq) and isinstance(new, list) and old and _is_begun_by(old, new):
            for index, (one, wanted) in enumerate(zip(old, new, strict=False)):
                if not same(one, wanted) and self._is_own(holder, name, node.value[index]):
                    self._mapping(one, wanted)
            if len(new) > len(old):
                self._add_items(node, new[len(old) :])
        else:
            self._replace(holder, name, new)

    def _is_own(self, holder: Map, name: str, node: Any) -> bool:
        """Return whether no alias uses a node; say so otherwise."""
        if id(node) in self._shared:
            self._refuse(holder, name)
            return False
        return True

    def _refuse(self, holder: Map, name: str) -> None:
        expected = f"{quoted(name)} written out to change it"
        hint = "write it out by hand in place of the alias"
        self._problems.add(holder.key_spot(name), expected, "an anchor or alias", hint)

    def _replace(self, holder: Map, name: str, new: Any) -> None:
        """Write a value in place of another one."""
        key, node = holder.nodes[name]
        if self._holds_shared(node):
            self._refuse(holder, name)
            return
        start, end = node.start_mark.index, self._text.end_of(node, key.end_mark.index)
        is_list = isinstance(new, list) and bool(new) and isinstance(new[0], dict)
        if self._is_flow(holder):
            self._put(key, start, end, flow(new, style=_quote(node)))
        elif is_list:
            self._put_list(holder, name, new, end)
        elif node.id != "scalar" and not node.flow_style:
            start = self._text.after_colon(key) or start
            self._text.put(start, end, " " + flow(new, inside=False))
        else:
            self._put(key, start, end, flow(new, style=_quote(node), inside=False))

    def _put_list(self, holder: Map, name: str, new: list[Any], end: int) -> None:
        """Write a block list in place of a value in a block mapping."""
        key, node = holder.nodes[name]
        column = _column(holder) + STEP
        start = self._text.after_colon(key) or end
        if node.id == "sequence" and not node.flow_style:
            column = self._text.column_of_dash(node)
        elif start == end:  # Nothing stood there but perhaps a comment.
            start = end = self._text.end_of_line(end)
        self._text.put(start, end, items(new, column, self._text.line_end))

    def _put(self, key: Any, start: int, end: int, written: str) -> None:
        """Write a value in place of one on its line, which may be empty."""
        if start < end:
            self._text.put(start, end, written)
            return
        before = self._text.text[key.end_mark.index : start]
        if ":" not in before:
            self._text.put(key.end_mark.index, key.end_mark.index, f": {written}")
        else:
            self._text.put(start, start, written if before.endswith(" ") else f" {written}")

    def _add_fields(self, holder: Map, missing: dict[str, Any]) -> None:
        """Write fields at the end of a mapping."""
        text = self._text
        if self._is_flow(holder):
            written = flow(missing)[1:-1]
            if holder.nodes:
                end = self._end_of_last(holder)
                text.put(end, end, f", {written}")
            else:
                start = text.text.index("{", holder.mark.index) + 1
                text.put(start, start, written)
            return
        if not holder.nodes:  # A file without anything but comments.
            end = len(text.text)
            is_begun = end > 0 and text.text[-1] not in "\r\n"
            before = text.line_end if is_begun else ""
            text.put(end, end, before + block(missing, 0, text.line_end) + text.line_end)
            return
        column = _column(holder)
        end = text.end_of_line(self._end_of_last(holder))
        between = text.line_end + " " * column
        # A list of the file is set off by an empty line.
        before = text.line_end if holder.parent is None else ""
        text.put(end, end, before + between + block(missing, column, text.line_end))

    def _add_items(self, node: Any, new: list[Any]) -> None:
        """Write items at the end of a list that has some."""
        text = self._text
        if node.flow_style:
            end = node.start_mark.index + 1
            for one in node.value:
                end = text.end_of(one, end)
            text.put(end, end, "".join(f", {flow(one)}" for one in new))
            return
        end = text.end_of_line(text.end_of(node, node.start_mark.index))
        column = text.column_of_dash(node)
        last = node.value[-1]
        if last.id != "mapping" or last.flow_style or id(last) in self._shared:
            text.put(end, end, items(new, column, text.line_end))
            return
        inner = last.value[0][0].start_mark.column
        dash = text.line_end + " " * column + "-" + " " * (inner - column - 1)
        written = (block(one, inner, text.line_end) for one in new)
        text.put(end, end, "".join(dash + one for one in written))

    def _end_of_last(self, holder: Map) -> int:
        key, value = list(holder.nodes.values())[-1]
        return self._text.end_of(value, key.end_mark.index)

    def _is_flow(self, holder: Map) -> bool:
        """Return whether a mapping is written in braces; an anchor may stand before them."""
        if isinstance(holder.mark, Place):  # Of an empty file.
            return False
        start, text = int(holder.mark.index), self._text.text
        keys = [key.start_mark.index for key, _ in holder.nodes.values()]
        return text[start] == "{" or (text[start] == "&" and "{" in text[start : min(keys)])

    def _holds_shared(self, node: Any) -> bool:
        if id(node) in self._shared:
            return True
        if node.id == "scalar":
            return False
        parts = (part for one in node.value for part in (one if isinstance(one, tuple) else (one,)))
        return any(self._holds_shared(part) for part in parts)


def shared_nodes(top: Map) -> set[int]:
    """Return the nodes (by `id`) of a file that are reached more than once, through aliases."""
    seen: set[int] = set()
    shared: set[int] = set()
    waiting = [node for pair in top.nodes.values() for node in pair]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            shared.add(id(node))
            continue
        seen.add(id(node))
        if node.id != "scalar":
            for one in node.value:
                waiting += one if isinstance(one, tuple) else (one,)
    return shared


def _is_begun_by(old: Seq, new: list[Any]) -> bool:
    """Return whether a list is the old one with items added, or fields of its items."""
    return len(new) >= len(old) and all(
        same(one, wanted)
        or (
            isinstance(one, Map)
            and isinstance(wanted, dict)
            and known_by(one) == known_by(wanted) is not None
            and one.keys() <= wanted.keys()
        )
        for one, wanted in zip(old, new, strict=False)
    )


def _column(holder: Map) -> int:
    """Return the column of the keys of a block mapping."""
    return int(next(iter(holder.nodes.values()))[0].start_mark.column)


def _quote(node: Any) -> str:
    """Return the quote that a scalar is written in, empty for none."""
    return node.style if node.id == "scalar" and node.style in _QUOTES else ""
