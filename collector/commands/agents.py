"""`govnet agents`: who may report, and with which key."""

import argparse
import sys
import time

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    existing_data,
    utc,
)


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "agents", "Agents and their keys.")
    key = add_command(
        actions,
        "key",
        "Enrol a machine: make its agent and print, this once, its agent.toml.",
        make_key,
    )
    key.add_argument("--site", required=True, metavar="SITE", help="id of the site (required)")
    key.add_argument(
        "--machine",
        metavar="NAME",
        help="name of the machine within the site (default: the next free pc-NNN)",
    )
    key.add_argument(
        "--url",
        metavar="URL",
        help="how the agent reaches the collector (default: the running collector's address)",
    )
    key.add_argument(
        "--ca",
        metavar="FILE",
        help="name of the file with the collector's CA on that machine, for https (default: none)",
    )
    add_inventory_option(key)
    add_data(key)
    listing = add_command(actions, "list", "List agents, by machine.", list_agents)
    add_data(listing)
    revoke = add_command(
        actions, "revoke", "Refuse an agent from now on; what it said is dropped.", revoke_agent
    )
    revoke.add_argument("agent", metavar="AGENT", help="id of the agent (required)")
    add_data(revoke)


def make_key(options: argparse.Namespace) -> int:
    """Make an agent and print its agent.toml."""
    from collector import agent_toml  # noqa: PLC0415
    from collector.places import public_url  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.registry import enrol, load_registry  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data = existing_data(options.data_dir)
    inventory = load(options.inventory)
    url = options.url or public_url(data)
    agent_toml.check_address(url)
    store = open_store(data)
    try:
        new = enrol(store, inventory, options.site, options.machine, time.time())
        enrolled = [identity.machine for identity in load_registry(store).enrolled]
    finally:
        store.close()
    print("\n".join(agent_toml.lines(new, url, options.ca)))
    print(
        f"{new.identity.machine}: write this to agent.toml on that machine, readable for the"
        " agent only; it is not shown again.",
        file=sys.stderr,
    )
    if agent_toml.is_ca_missing(url, options.ca):
        print(
            "ca_file: an agent trusts an https:// collector by its CA only; put the CA's file"
            " beside agent.toml and its name into the line ca_file, or give it with --ca.",
            file=sys.stderr,
        )
    site, is_named = inventory.sites[options.site], options.machine is not None
    for doubt in agent_toml.doubts(site, new.identity.machine, enrolled, is_named=is_named):
        print(doubt, file=sys.stderr)
    return 0


def list_agents(options: argparse.Namespace) -> int:
    """Print one line per agent: machine, id, since when, whether revoked."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.registry import load_registry  # noqa: PLC0415

    store = open_store(existing_data(options.data_dir))
    try:
        rows = load_registry(store).rows
    finally:
        store.close()
    for row in rows:
        revoked = f"\trevoked {utc(row.revoked_at)}" if row.revoked_at is not None else ""
        print(f"{row.identity.machine}\t{row.identity.agent}\t{utc(row.enrolled_at)}{revoked}")
    return 0


def revoke_agent(options: argparse.Namespace) -> int:
    """Revoke one agent."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.registry import revoke  # noqa: PLC0415

    store = open_store(existing_data(options.data_dir))
    try:
        identity = revoke(store, options.agent, time.time())
    finally:
        store.close()
    print(f"{identity.machine}: {identity.agent} revoked")
    return 0
