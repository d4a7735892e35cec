"""Puts -> the new contents of the files they touch, and the inventory as it would be with them.

    edits = edited(top, puts)          # nothing is written yet; what cannot be put is a ConfigError
    inventory = checked(top, edits)    # or load_or_problems(top, contents(edits)) for the places
    write(edits)                       # inventory.editing.disk

What is not touched keeps every byte. A put of what is there already, by meaning, changes nothing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from inventory import model
from inventory.editing.drafts import Draft, drafts
from inventory.editing.put import Put
from inventory.editing.render import same
from inventory.editing.sync import Sync, shared_nodes
from inventory.editing.text import Text
from inventory.files import Written, read_sources
from inventory.load import load
from inventory.located import Map
from inventory.parse import parse
from inventory.problems import Problems


class Edited(msgspec.Struct, frozen=True):
    """One file that changes: what was read of it and what it shall hold."""

    path: Path
    before: bytes
    after: bytes


def edited(
    top: Path, puts: Sequence[Put], *, new_in: Mapping[str, Path] | None = None
) -> tuple[Edited, ...]:
    """Return the files that change, in the order of the inventory. Nothing is written.

    A missing record is written into the file that `new_in` names for its kind, else at the end of
    the longest list of its kind. Raises ConfigError with everything that cannot be put, each at its
    place: an item within a range, what an alias shares, a record that stands twice, a file that is
    not included; and with mistakes that keep the files from being read. Whether the new values are
    right is for `checked` to say.
    """
    problems = Problems()
    sources = read_sources(top, problems)
    problems.raise_if_any()
    if sources is None:
        raise AssertionError("a top file that cannot be used has a reason")
    wanted = drafts(sources, puts, new_in or {}, problems)
    result: list[Edited] = []
    for name, written in sources.files.items():
        after = _after(name, written, [one for one in wanted if one.file == name], problems)
        if after != written.content:
            result.append(Edited(written.path, written.content, after))
    problems.raise_if_any()
    return tuple(result)


def contents(edits: Sequence[Edited]) -> dict[Path, bytes]:
    """Return what `inventory.load` reads in place of the files that change."""
    return {one.path: one.after for one in edits}


def checked(top: Path, edits: Sequence[Edited]) -> model.Inventory:
    """Return the inventory as it would be. Raises ConfigError with every mistake in it."""
    return load(top, contents(edits))


def _after(name: str, written: Written, wanted: list[Draft], problems: Problems) -> bytes:
    """Return the new content of a file."""
    if not wanted:
        return written.content
    text = Text(written.content)
    sync = Sync(text, shared_nodes(written.data) if "*" in text.text else (), problems)
    new: dict[str, list[dict[str, Any]]] = {}
    for draft in wanted:
        if draft.written is None:
            new.setdefault(draft.kind, []).append(draft.wanted)
        else:
            sync.record(draft.written, draft.wanted)
    sync.append(written.data, new)
    content = text.content()
    if len(problems):
        return content
    is_changed, in_values = content != written.content, Problems()
    read = parse(content, name, in_values) if is_changed else written.data
    if isinstance(read, Map) and len(in_values):
        # Values that cannot be read, with hidden characters, are told where they would stand.
        parse(content, name, problems)
    if len(problems) or (isinstance(read, Map) and _holds(read, written.data, wanted)):
        return content
    # YAML can be written in ways that no rule here thought of; those are left to a person.
    for one in wanted if len(wanted) > 1 else ():
        _after(name, written, [one], problems)
    if not len(problems):
        first = wanted[0].written or written.data
        hint = "change it by hand"
        problems.add(first.spot(), "a style that can be changed in its place", "another", hint)
    return content


def _holds(read: Map, old: Map, wanted: list[Draft]) -> bool:
    """Return whether what was read back is what is wanted, and nothing else changed."""
    by_old = {id(one.written): one.wanted for one in wanted if one.written is not None}
    expected: dict[str, Any] = dict(old)
    for kind in {one.kind for one in wanted}:
        new = [one.wanted for one in wanted if one.kind == kind and one.written is None]
        expected[kind] = [by_old.get(id(one), one) for one in old.get(kind) or []] + new
    return same(expected, read)
