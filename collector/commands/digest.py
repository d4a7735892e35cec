"""`govnet digest`: the morning's digest, shown or sent."""

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_inventory_option,
    existing_data,
)
from collector.commands.services import add_alertmanager, alertmanager

if TYPE_CHECKING:
    from collector.alerts.digest import Known


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "digest",
        "Show what is open, what changed since 17:00 yesterday and what was corrected.",
        show_digest,
    )
    command.add_argument(
        "--send",
        action="store_true",
        help="also send it to those who get the one of 07:00 (default: no)",
    )
    command.add_argument("--json", action="store_true", help="print JSON (default: text)")
    add_alertmanager(command)
    add_inventory_option(command)
    add_data(command)


def show_digest(options: argparse.Namespace) -> int:
    """Print the digest of this moment, and send it if asked to."""
    import msgspec  # noqa: PLC0415

    from collector.alerts import digest  # noqa: PLC0415
    from collector.alerts.daily import send  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data, asked = existing_data(options.data_dir), alertmanager(options)
    inventory = load(options.inventory)
    now = time.time()
    since = digest.since_of(now, inventory.province.timezone)
    made = digest.build(inventory, _known(data, since), now)
    if options.json:
        print(msgspec.json.encode(made).decode())
    else:
        print(digest.text(made))
    if options.send:
        send(asked, made, now)
        if not options.json:
            print(f"\n{asked.url}: taken")
    return 0


def _known(data: Path, since: float) -> "list[Known]":
    """Return the outages that the collector knows of."""
    from collector.alerts.digest_source import recent  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415

    with closing(open_store(data)) as store:
        return recent(store, since)
