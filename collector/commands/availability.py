"""`govnet availability`: how long everything worked in a month, and closing that month."""

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_inventory_option,
    existing_data,
)


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    show = add_command(
        commands,
        "availability",
        "Show how long sites, links, units or carriers worked in a month, and how much of it was"
        " measured.",
        show_availability,
    )
    show.add_argument(
        "--month", metavar="MONTH", help="month like 2026-11 (default: the present one)"
    )
    show.add_argument(
        "--by",
        choices=("site", "link", "unit", "carrier", "item"),
        default="site",
        help="what the figures are about (default: site)",
    )
    form = show.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="everything, for programs (default: a table)"
    )
    form.add_argument("--csv", action="store_true", help="for a spreadsheet (default: a table)")
    add_inventory_option(show)
    add_data(show)
    actions = show.add_subparsers(title="commands", metavar="COMMAND")
    close = add_command(
        actions,
        "close",
        "Close a month: its figures stay as they are now, later changes stand beside them.",
        close_availability,
    )
    close.add_argument("month", metavar="MONTH", help="month like 2026-10 (required)")
    # Not given here, they are as given before the word `close`.
    close.argument_default = argparse.SUPPRESS
    add_inventory_option(close)
    add_data(close)


def show_availability(options: argparse.Namespace) -> int:
    """Print the figures of a month."""
    import msgspec  # noqa: PLC0415

    from collector.commands.availability_listing import as_csv, as_table  # noqa: PLC0415
    from collector.verdict.outages.expected import Month  # noqa: PLC0415
    from collector.verdict.outages.month import By, rows  # noqa: PLC0415
    from collector.verdict.outages.report import gather, tell  # noqa: PLC0415
    from inventory.calendar import Schedule  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data, now = existing_data(options.data_dir), time.time()
    inventory = load(options.inventory)
    zone = inventory.province.timezone
    month = Month.parse(options.month) if options.month else Month.at(now, zone)
    by = By(options.by)
    with _opened(data) as store:
        windows = _windows(store)
        known = gather(store, month, inventory=inventory, windows=windows, now=now)
        made = None if known is None else rows(inventory, Schedule(inventory), month, known, by)
        told = tell(store, month, by, made, inventory=inventory, now=now)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(told)).decode())
    elif options.csv:
        # Excel knows by the byte-order mark that it is UTF-8.
        sys.stdout.flush()
        sys.stdout.buffer.write(as_csv(told).encode())
    else:
        print(as_table(told, zone))
    return 0


def close_availability(options: argparse.Namespace) -> int:
    """Close a month."""
    from collector.store.audit import operator  # noqa: PLC0415
    from collector.verdict.outages.expected import Month  # noqa: PLC0415
    from collector.verdict.outages.report import close_month  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data = existing_data(options.data_dir)
    month, inventory = Month.parse(options.month), load(options.inventory)
    with _opened(data) as store:
        number = close_month(
            store,
            month,
            operator(),
            inventory=inventory,
            windows=_windows(store),
            now=time.time(),
        )
    print(f"{month}: closed with {number} figures; later changes are adjustments")
    return 0


def _opened(data: Path) -> Any:
    from collector.store import open_store  # noqa: PLC0415

    return closing(open_store(data))


def _windows(store: Any) -> Any:
    """Return the confirmed windows by site."""
    from collector.maintenance.book import load_book  # noqa: PLC0415
    from collector.maintenance.windows import windows_of  # noqa: PLC0415

    return windows_of(load_book(store).entries)
