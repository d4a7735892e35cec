"""`govnet maintenance`: planned work and announced power cuts."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from collector.commands import notices
from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    existing_data,
)
from collector.commands.book import OPTIONS, opened, tell, zone_of

if TYPE_CHECKING:
    from collector.maintenance.records import Planned
    from inventory.model import Inventory


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "maintenance", "Planned work and announced power cuts.")
    _add_add(actions)
    _add_list(actions)
    notices.add(actions)
    _add_end(actions)


def _add_add(actions: Commands) -> None:
    add_one = add_command(
        actions,
        "add",
        "Enter planned work or a power cut, confirmed at once: meanwhile nothing of it is a fault.",
        add_entries,
    )
    where = add_one.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--site",
        metavar="SITE",
        action="append",
        help="a site with everything in it; give it again for another one",
    )
    where.add_argument(
        "--item",
        metavar="ITEM",
        action="append",
        help="one item, like don-duong/cpe, or a service; give it again for another one",
    )
    add_one.add_argument(
        "--from",
        dest="start",
        required=True,
        metavar="TIME",
        help='"2026-12-01 08:00" or "01/12/2026 08:00", the province\'s time (required)',
    )
    add_one.add_argument(
        "--to", dest="end", required=True, metavar="TIME", help="up to this time (required)"
    )
    add_one.add_argument("--reason", required=True, metavar="TEXT", help="why (required)")
    add_one.add_argument(
        "--kind",
        choices=("maintenance", "power_cut"),
        default="maintenance",
        help="what it is (default: maintenance)",
    )
    add_inventory_option(add_one)
    add_data(add_one)


def _add_list(actions: Commands) -> None:
    listing = add_command(
        actions,
        "list",
        "List what lasts and what is to come, and announced power cuts that wait for somebody.",
        list_entries,
    )
    listing.add_argument(
        "--all", action="store_true", help="also what is over, ended or rejected (default: no)"
    )
    listing.add_argument(
        "--json", action="store_true", help="everything, for programs (default: a table)"
    )
    add_inventory_option(listing)
    add_data(listing)


def _add_end(actions: Commands) -> None:
    end = add_command(
        actions, "end", "End an entry now; one that has not begun is called off.", end_entry
    )
    end.add_argument("id", metavar="ID", help="number of the entry, as listed (required)")
    add_data(end)


def add_entries(options: argparse.Namespace) -> int:
    """Enter what was given, for every item or for none."""
    from collector.maintenance.changes import add as enter  # noqa: PLC0415
    from collector.maintenance.times import shown  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    inventory = load(options.inventory)
    planned = _planned(options, inventory)
    zone, now = zone_of(inventory), time.time()
    with opened(options) as store:
        numbers = enter(store, planned, now)
    for number, one in zip(numbers, planned, strict=True):
        print(f"{number}: {one.item} {shown(one.start, zone)} to {shown(one.end, zone)}")
    if planned[0].end <= now:
        print("it is over already: what was said of that time changes", file=sys.stderr)
    return 0


def _planned(options: argparse.Namespace, inventory: "Inventory") -> list["Planned"]:
    """Return what was given; raises MistakesError with everything that is wrong with it."""
    from collector.maintenance.asked import planned_mistakes, site_mistakes  # noqa: PLC0415
    from collector.maintenance.mistakes import Mistake, MistakesError  # noqa: PLC0415
    from collector.maintenance.records import Kind, Planned  # noqa: PLC0415
    from collector.maintenance.times import read_time  # noqa: PLC0415

    zone = zone_of(inventory)
    times = {name: read_time(getattr(options, name), zone) for name in ("start", "end")}
    bad = [
        Mistake("bad_time", name, getattr(options, name))
        for name, at in times.items()
        if at is None
    ]
    planned = [
        Planned(
            item=item,
            start=times["start"] or 0.0,
            end=times["end"] or 0.0,
            reason=options.reason,
            kind=Kind(options.kind),
        )
        for item in dict.fromkeys(options.site or options.item)
    ]
    sites = options.site or []
    found = [
        *site_mistakes(inventory, sites),
        *(
            one
            for each in planned
            for one in planned_mistakes(inventory, each)
            if not (sites and one.field == "item")
        ),
    ]
    if bad:
        found = [*bad, *(one for one in found if one.field != "end")]
    if found:
        raise MistakesError(dict.fromkeys(found), OPTIONS)
    return planned


def list_entries(options: argparse.Namespace) -> int:
    """Print what is planned and what waits."""
    from collector.commands.maintenance_listing import as_json, as_text  # noqa: PLC0415
    from collector.maintenance.book import load_book  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    zone = zone_of(load(options.inventory))
    with opened(options) as store:
        book = load_book(store)
    now = time.time()
    if options.json:
        print(as_json(book, now, is_all=options.all))
        return 0
    text = as_text(book, now, zone, is_all=options.all)
    print(text or "nothing is planned", file=sys.stdout if text else sys.stderr)
    return 0


def end_entry(options: argparse.Namespace) -> int:
    """End one entry."""
    from collector.maintenance.changes import end  # noqa: PLC0415

    with opened(options) as store:
        tell(store, [end(store, options.id, time.time())], "ended")
    return 0
