"""`govnet inventory` and `metrics-doc`: what is declared, and what is exposed."""

import argparse
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.commands import inventory_diff, suggest, workbook_in, workbook_out
from collector.commands.arguments import (
    INVENTORY_HELP,
    Commands,
    add_command,
    add_config,
    add_group,
)

YEARS = range(1976, 2100)
"""The lunar calendar of the holidays is known for these."""


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(
        commands,
        "inventory",
        "What is declared: check it, fill it in, compare it with what is there.",
    )
    check = add_command(
        actions, "check", "Report every mistake at once; exit status 2 if any.", check_inventory
    )
    _add_file(check)
    check.add_argument(
        "--coverage",
        action="store_true",
        help="print for every site which causes of an outage can be told apart, when it is blind, "
        "and what would help most, the worst first (default: no)",
    )
    check.add_argument(
        "--site",
        metavar="SITE",
        help="print that for one site, in sentences (default: none)",
    )
    check.add_argument(
        "--json",
        action="store_true",
        help="every cause of every site, for programs (default: text)",
    )
    workbook_out.add(actions)
    workbook_in.add(actions)
    suggest.add(actions)
    inventory_diff.add(actions)
    days = add_command(
        actions, "days", "Print the days off and the days worked instead of a year.", days_of_year
    )
    _add_file(days)
    days.add_argument(
        "--year",
        type=_year,
        metavar="YEAR",
        help=f"{YEARS[0]} to {YEARS[-1]} (default: this year)",
    )


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "inventory",
        nargs="?",
        type=Path,
        metavar="FILE",
        help=INVENTORY_HELP,
    )
    add_config(command)


def _year(text: str) -> int:
    if not text.isdecimal() or int(text) not in YEARS:
        raise argparse.ArgumentTypeError(
            f'expected a year of {YEARS[0]} to {YEARS[-1]}, got "{text}"'
        )
    return int(text)


def add_document(commands: Commands) -> None:
    """Add the command that writes the page of metrics."""
    add_command(commands, "metrics-doc", "Print docs/metrics.md from the catalogue.", metrics_doc)


def check_inventory(options: argparse.Namespace) -> int:
    """Print what the inventory holds, or every mistake in it."""
    from collector.config import load_config  # noqa: PLC0415
    from collector.credentials_file import load_both  # noqa: PLC0415
    from inventory.coverage.listing import coverage_json, coverage_lines, site_lines  # noqa: PLC0415
    from inventory.summary import summary  # noqa: PLC0415

    file = load_config(options.config).credentials.file if options.config else None
    inventory, _ = load_both(options.inventory, None if file is None else Path(file))
    if options.json:
        print(coverage_json(inventory, options.site))
    elif options.site:
        print("\n".join(site_lines(inventory, options.site)))
    elif options.coverage:
        print("\n".join(coverage_lines(inventory)))
    else:
        print("\n".join(summary(inventory)))
    return 0


def days_of_year(options: argparse.Namespace) -> int:
    """Print on which days offices work differently."""
    from inventory.load import load  # noqa: PLC0415
    from inventory.year import year_lines  # noqa: PLC0415

    inventory = load(options.inventory)
    today = datetime.now(ZoneInfo(inventory.province.timezone)).date()
    print("\n".join(year_lines(inventory, options.year or today.year)))
    return 0


def metrics_doc(_: argparse.Namespace) -> int:
    """Print docs/metrics.md."""
    from collector.metrics.metricsdoc import document  # noqa: PLC0415

    print(document(), end="")
    return 0
