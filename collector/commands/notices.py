"""`govnet maintenance import|confirm|reject`: what the utility announces, and whom it reaches."""

import argparse
import sys
import time
from pathlib import Path

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_inventory_option,
    existing_data,
)
from collector.commands.book import OPTIONS, opened, tell, zone_of
from govnet.errors import ConfigError


def add(actions: Commands) -> None:
    """Add the commands of this file to those of `govnet maintenance`."""
    _add_import(actions)
    _add_changes(actions)


def _add_import(actions: Commands) -> None:
    importing = add_command(
        actions,
        "import",
        "Take in the utility's list of power cuts; each row only proposes sites, until somebody"
        " confirms them. Rows that are known already change nothing.",
        import_notices,
    )
    importing.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="CSV in UTF-8, `;` or `,`, with the columns Khu vực, Từ, Đến and perhaps Lý do"
        " (required)",
    )
    add_inventory_option(importing)
    add_data(importing)


def _add_changes(actions: Commands) -> None:
    confirm = add_command(
        actions, "confirm", "Say which sites an announced power cut reaches.", confirm_sites
    )
    confirm.add_argument("id", metavar="ID", help="the notice, like n3, as listed (required)")
    confirm.add_argument(
        "--site",
        metavar="SITE",
        action="append",
        help="a site, proposed or not; give it again for another one (default: the only candidate)",
    )
    add_inventory_option(confirm)
    add_data(confirm)
    reject = add_command(
        actions, "reject", "Say which sites an announced power cut does not reach.", reject_sites
    )
    reject.add_argument("id", metavar="ID", help="the notice, like n3, as listed (required)")
    reject.add_argument(
        "--site",
        metavar="SITE",
        action="append",
        help="a site that is proposed; give it again for another one (default: all)",
    )
    add_data(reject)


def import_notices(options: argparse.Namespace) -> int:
    """Take in a list of the utility."""
    from datetime import datetime  # noqa: PLC0415

    from collector.maintenance.candidates import Places  # noqa: PLC0415
    from collector.maintenance.changes import propose  # noqa: PLC0415
    from collector.maintenance.utility_csv import decode, read_notices  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    file: Path = options.file
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc
    inventory = load(options.inventory)
    zone = zone_of(inventory)
    announced = read_notices(decode(content, str(file)), str(file), zone)
    places = Places(inventory)
    found = [
        (one, places.candidates(one.area, datetime.fromtimestamp(one.start, zone).date()))
        for one in announced
    ]
    with opened(options) as store:
        made = propose(store, found, file.name, time.time())
    print(f"{len(made)} new, {len(found) - len(made)} known already")
    if made:
        print(
            "Nothing counts until somebody confirms it: govnet maintenance list, then"
            " govnet maintenance confirm ID --site SITE",
            file=sys.stderr,
        )
    return 0


def confirm_sites(options: argparse.Namespace) -> int:
    """Confirm sites of a notice."""
    from collector.maintenance.asked import site_mistakes  # noqa: PLC0415
    from collector.maintenance.changes import confirm  # noqa: PLC0415
    from collector.maintenance.mistakes import MistakesError  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    sites = options.site or []
    wrong = site_mistakes(load(options.inventory), sites)
    if wrong:
        raise MistakesError(wrong, OPTIONS)
    with opened(options) as store:
        made = confirm(store, options.id, sites, time.time())
        tell(store, made, "confirmed")
    return 0


def reject_sites(options: argparse.Namespace) -> int:
    """Reject sites of a notice."""
    from collector.maintenance.changes import reject  # noqa: PLC0415

    with opened(options) as store:
        tell(store, reject(store, options.id, options.site or [], time.time()), "rejected")
    return 0
