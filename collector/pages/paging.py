"""A long list in pages: which rows are shown, and how to turn to the others. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

PAGE_ROWS: Final = 100
"""Rows of each list on one page; a form with so many rows is far below the bound of a body."""
_MOST_PAGES: Final = 100_000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a list: rows `first` to `last` of `total`; empty addresses lead nowhere."""

    total: int
    first: int
    last: int
    before: str
    after: str


def cut(
    found: Sequence[Row], page: int, href: Callable[[int], str], rows: int = PAGE_ROWS
) -> tuple[Pages, Sequence[Row]]:
    """Return the `rows` of a page (from 1) and where that is; beyond the last it is the last."""
    number = max(1, -(-len(found) // rows))
    page = min(max(page, 1), number)
    first = (page - 1) * rows
    shown = found[first : first + rows]
    before = href(page - 1) if page > 1 else ""
    after = href(page + 1) if page < number else ""
    return Pages(len(found), first + 1, first + len(shown), before, after), shown


def number_of(text: str) -> int:
    """Return a number of pages or things that an address asks for, 0 for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len(str(_MOST_PAGES))
    return int(text) if is_number else 0
