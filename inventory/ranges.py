"""Ranges in items of a site: `pc-[01-54]` is 54 items, and other fields of it run in step."""

import re
from typing import Any

from inventory.located import Map, Seq, made_seq
from inventory.problems import REFUSED, Problems

MAX_ITEMS = 4096
"""More than a building holds: a slip of the finger, not a site."""
_RANGE = re.compile(r"\[([0-9]{1,9})-([0-9]{1,9})\]")


def covers(identity: object, one: str) -> bool:
    """Return whether an id as written is a range that `one` is in."""
    match = _RANGE.search(identity) if isinstance(identity, str) else None
    if match is None:
        return False
    before, after = match.string[: match.start()], match.string[match.end() :]
    digits = one[len(before) : len(one) - len(after)]
    return (
        one == f"{before}{digits}{after}"
        and digits.isdecimal()
        and len(digits) >= len(match[1])
        and int(match[1]) <= int(digits) <= int(match[2])
    )


def expand_items(items: Seq, problems: Problems) -> Seq:
    """Return the list with every item whose id holds a range replaced by one item for each."""
    pairs: list[tuple[Any, Any]] = []
    for item, node in zip(items, items.nodes, strict=True):
        if isinstance(item, Map):
            pairs += [(one, node) for one in _expanded(item, problems)]
        else:
            pairs.append((item, node))
    return made_seq(items, pairs)


def _expanded(item: Map, problems: Problems) -> list[Map]:
    """Return the items that one written item stands for.

    A wrong range stands for one item with all its ranges refused.
    """
    identity = item.get("id")
    if not isinstance(identity, str) or "[" not in identity or not _RANGE.search(identity):
        return [item]
    steps: dict[str, list[str]] = {}
    for field, value in item.items():
        if isinstance(value, str) and (match := _RANGE.search(value)):
            first, last = int(match[1]), int(match[2])
            spot = item.value_spot(field)
            if first > last or last - first >= MAX_ITEMS or _RANGE.search(value, match.end()):
                expected = f"one rising range of at most {MAX_ITEMS:,}, like [01-54]"
                problems.add(spot, expected, f'"{value}"')
                return [_refused(item)]
            width = len(match[1])
            before, after = value[: match.start()], value[match.end() :]
            steps[field] = [f"{before}{n:0{width}}{after}" for n in range(first, last + 1)]
    count = len(steps["id"])
    for field, texts in steps.items():
        if len(texts) != count:
            expected = f"a range of {count} like the id's"
            problems.add(item.value_spot(field), expected, f"one of {len(texts)}")
            return [_refused(item)]
    result = []
    for number in range(count):
        one = item.derived()
        for field, texts in steps.items():
            # Set in place: the copy keeps saying where the range was written.
            one[field] = texts[number]
        result.append(one)
    return result


def _refused(item: Map) -> Map:
    one = item.derived()
    for field, value in item.items():
        if isinstance(value, str) and _RANGE.search(value):
            one[field] = REFUSED
    return one
