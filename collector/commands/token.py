"""`govnet token`: the words by which machines enrol."""

import argparse
import sys
import time
from pathlib import Path

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    duration_seconds,
    existing_data,
    table,
    utc,
)
from govnet.errors import ConfigError

MAX_USES = 100_000


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "token", "Tokens by which machines enrol as agents.")
    _add_create(actions)
    listing = add_command(
        actions, "list", "List tokens: where they hold, uses left, when they end.", list_tokens
    )
    add_data(listing)
    revoke = add_command(
        actions,
        "revoke",
        "Let nobody enrol by a token any more; who enrolled by it stays.",
        revoke_token,
    )
    revoke.add_argument("token", metavar="ID", help="id of the token, as listed (required)")
    add_data(revoke)


def _add_create(actions: Commands) -> None:
    create = add_command(
        actions,
        "create",
        "Make a token and print it, this once: one word for `govnet-agent enrol`.",
        create_token,
    )
    where = create.add_mutually_exclusive_group(required=True)
    where.add_argument("--site", metavar="SITE", help="its machines stand at this site")
    where.add_argument(
        "--province",
        action="store_true",
        help="for any site: where a machine stands is known by the network it comes from or by"
        " the site's code typed there; otherwise it waits for `govnet agents approve`",
    )
    create.add_argument(
        "--uses", metavar="N", type=int, default=1, help="how many machines (default: 1)"
    )
    create.add_argument(
        "--expires",
        metavar="TIME",
        default="7d",
        help="how long it holds: 30m, 12h, 7d (default: 7d)",
    )
    create.add_argument(
        "--url",
        metavar="URL",
        action="append",
        help="how agents reach the collector; give it again for another way, the preferred one"
        " first (default: the running collector's address)",
    )
    create.add_argument(
        "--ca-file",
        metavar="FILE",
        type=Path,
        help="certificate of the CA that agents shall trust (default: tls/ca.pem of the data)",
    )
    add_inventory_option(create)
    add_data(create)


def create_token(options: argparse.Namespace) -> int:
    """Make a token; print the word to standard output and what it is to standard error."""
    from collector.agent_toml import address_doubts, check_address  # noqa: PLC0415
    from collector.places import public_url  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.tokens import create  # noqa: PLC0415
    from collector.trusted import ca_fingerprint  # noqa: PLC0415
    from govnet.enrolment import EnrolmentToken  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data = existing_data(options.data_dir)
    seconds = duration_seconds(options.expires)
    if not 1 <= options.uses <= MAX_USES:
        raise ConfigError([f"--uses: expected 1 to {MAX_USES}, got {options.uses}"])
    if options.site is not None:
        _check_site(load(options.inventory), options.site)
    urls = tuple(options.url or [public_url(data)])
    for url in urls:
        check_address(url)
    ca, names = ca_fingerprint(data, options.ca_file, urls)
    now = time.time()
    store = open_store(data)
    try:
        token, secret = create(store, options.site, options.uses, now, seconds)
    finally:
        store.close()
    print(EnrolmentToken(urls, ca, secret).text())
    where = options.site or "any site of the province"
    machines = "1 machine" if options.uses == 1 else f"{options.uses} machines"
    print(
        f"token {token}: for {where}, {machines}, until {utc(now + seconds)}, by {' '.join(urls)}\n"
        "On the machine: govnet-agent enrol TOKEN. It is not shown again.\n"
        f"To end it: govnet token revoke {token}",
        file=sys.stderr,
    )
    for url in urls:
        for doubt in address_doubts(url, names):
            print(doubt, file=sys.stderr)
    return 0


def _check_site(inventory: object, site: str) -> None:
    from inventory.model import Inventory, Lifecycle  # noqa: PLC0415
    from inventory.problems import near  # noqa: PLC0415

    assert isinstance(inventory, Inventory)  # noqa: S101 - loaded only when needed
    found = inventory.sites.get(site)
    if found is None:
        guess = near(site, list(inventory.sites))
        raise ConfigError(
            [f"--site: expected a site, got {site!r}{f' ({guess})' if guess else ''}"]
        )
    if found.lifecycle in {Lifecycle.EXEMPT, Lifecycle.RETIRED}:
        raise ConfigError([f"--site: {site} is {found.lifecycle} in the inventory"])


def list_tokens(options: argparse.Namespace) -> int:
    """Print one line per token."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.tokens import tokens  # noqa: PLC0415

    store = open_store(existing_data(options.data_dir))
    try:
        rows = tokens(store)
    finally:
        store.close()
    now = time.time()
    lines = [("id", "site", "uses left", "created", "expires", "")]
    for row in rows:
        ended = "expired" if row.expires_at <= now else "used up" if row.uses_left == 0 else ""
        lines.append(
            (
                row.id,
                row.site or "(province)",
                f"{row.uses_left}/{row.uses}",
                utc(row.created_at),
                utc(row.expires_at),
                f"revoked {utc(row.revoked_at)}" if row.revoked_at is not None else ended,
            )
        )
    print(table(lines))
    return 0


def revoke_token(options: argparse.Namespace) -> int:
    """Revoke one token."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.tokens import revoke_token as revoke  # noqa: PLC0415

    store = open_store(existing_data(options.data_dir))
    try:
        revoke(store, options.token, time.time())
    finally:
        store.close()
    print(f"{options.token}: revoked")
    return 0
