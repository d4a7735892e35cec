"""What the commands of `govnet maintenance` share: the opened book, and what is told of changes."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from collector.commands.arguments import existing_data

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from collector.store import Store
    from inventory.model import Inventory

OPTIONS = {
    "item": "--item",
    "start": "--from",
    "end": "--to",
    "reason": "--reason",
    "sites": "--site",
    "id": "ID",
}
"""Field of a record -> the option that gives it."""


@contextmanager
def opened(options: argparse.Namespace) -> Iterator["Store"]:
    """Open the database; mistakes are told by the names of options."""
    from collector.maintenance.mistakes import MistakesError  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415

    with closing(open_store(existing_data(options.data_dir))) as store:
        try:
            yield store
        except MistakesError as exc:
            raise MistakesError(exc.mistakes, OPTIONS) from exc


def zone_of(inventory: "Inventory") -> "ZoneInfo":
    """Return the province's own time zone."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo(inventory.province.timezone)


def tell(store: "Store", numbers: list[int], what: str) -> None:
    """Print one line for each entry that was changed."""
    from collector.maintenance.book import load_book  # noqa: PLC0415

    items = {entry.id: entry.item for entry in load_book(store).entries}
    for number in numbers:
        print(f"{number}: {items[number] or 'no site'} {what}")
    if not numbers:
        print("confirmed already; nothing was changed", file=sys.stderr)
