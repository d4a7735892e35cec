"""`govnet inventory` and `metrics-doc`: what is declared, and what is exposed."""

import argparse
from pathlib import Path

from collector.commands.arguments import DEFAULT_INVENTORY, Commands, add_command, add_group


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "inventory", "Look at the inventory.")
    check = add_command(
        actions, "check", "Report every mistake at once; exit status 2 if any.", check_inventory
    )
    check.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path(DEFAULT_INVENTORY),
        metavar="FILE",
        help=f"the inventory (default: {DEFAULT_INVENTORY})",
    )
    check.add_argument(
        "--causes",
        action="store_true",
        help="print for every site which causes of an outage can be told apart (default: no)",
    )
    check.add_argument(
        "--site",
        metavar="ID",
        help="print that for one site alone (default: none)",
    )


def add_document(commands: Commands) -> None:
    """Add the command that writes the page of metrics."""
    add_command(commands, "metrics-doc", "Print docs/metrics.md from the catalogue.", metrics_doc)


def check_inventory(options: argparse.Namespace) -> int:
    """Print what the inventory holds, or every mistake in it."""
    from inventory.causes import site_lines  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415
    from inventory.summary import summary  # noqa: PLC0415

    inventory = load(options.file)
    if options.causes or options.site:
        print("\n".join(site_lines(inventory, options.site)))
    else:
        print("\n".join(summary(inventory)))
    return 0


def metrics_doc(_: argparse.Namespace) -> int:
    """Print docs/metrics.md."""
    from collector.metrics.metricsdoc import document  # noqa: PLC0415

    print(document(), end="")
    return 0
