"""`govnet agents`: who may report, for which machine, and with which key."""

import argparse
import sys
import time
from contextlib import closing
from typing import Any

from collector.commands.agents_listing import as_json, as_table
from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    existing_data,
    table,
    utc,
)
from govnet.errors import ConfigError


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "agents", "Agents, their machines and their keys.")
    _add_key(actions)
    _add_list(actions)
    _add_approve(actions)
    _add_places(actions)
    _add_keys(actions)


def _add_key(actions: Commands) -> None:
    key = add_command(
        actions,
        "key",
        "Enrol a machine by hand: make its agent and print, this once, its agent.toml.",
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


def _add_list(actions: Commands) -> None:
    listing = add_command(
        actions,
        "list",
        "List agents by machine: state, host name, keys and their age, and whether another machine"
        " used an agent's key.",
        list_agents,
    )
    listing.add_argument(
        "--pending",
        action="store_true",
        help="only those that wait for approval, with what is known of their site (default: all)",
    )
    listing.add_argument(
        "--site",
        metavar="SITE",
        help="only agents of that site, and pending ones that code or network say stand there"
        " (default: all)",
    )
    listing.add_argument(
        "--json", action="store_true", help="everything, for programs (default: a table)"
    )
    add_data(listing)


def _add_approve(actions: Commands) -> None:
    approve = add_command(
        actions,
        "approve",
        "Let pending agents report; or, of an agent whose key another machine used, take that"
        " machine for its own from now on (its mainboard was replaced).",
        approve_agents,
    )
    approve.add_argument("agent", nargs="*", metavar="AGENT", help="id of an agent, as listed")
    approve.add_argument(
        "--all",
        action="store_true",
        help="every pending agent whose site is known by code or network (default: no)",
    )
    approve.add_argument(
        "--from",
        dest="network",
        metavar="NETWORK",
        help="every pending agent that enrolled from that address or network, such as"
        " 198.18.7.0/25, at the site that --site names (default: no)",
    )
    approve.add_argument(
        "--site",
        metavar="SITE",
        help="where they stand (default: as their code or network says); with --all only those"
        " that code or network say stand there",
    )
    add_inventory_option(approve)
    add_data(approve)


def _add_places(actions: Commands) -> None:
    rename = add_command(
        actions,
        "rename",
        "Let an agent speak for another machine of its site; history keeps the old name.",
        rename_agent,
    )
    rename.add_argument("agent", metavar="AGENT", help="id of the agent (required)")
    rename.add_argument("name", metavar="NAME", help="name within the site (required)")
    move = add_command(
        actions,
        "move",
        "Let an agent speak for a machine of another site; history keeps the old one.",
        move_agent,
    )
    move.add_argument("agent", metavar="AGENT", help="id of the agent (required)")
    move.add_argument("site", metavar="SITE", help="id of the site (required)")
    move.add_argument(
        "--machine",
        metavar="NAME",
        help="name of the machine within the site (default: the next free pc-NNN)",
    )
    for command in (rename, move):
        add_inventory_option(command)
        add_data(command)


def _add_keys(actions: Commands) -> None:
    rotate = add_command(
        actions,
        "rotate",
        "Let agents replace their keys by themselves; the old key holds until the new one is used.",
        rotate_keys,
    )
    rotate.add_argument("agent", nargs="*", metavar="AGENT", help="id of an agent, as listed")
    rotate.add_argument(
        "--all", action="store_true", help="all agents, spread over an hour (default: no)"
    )
    add_data(rotate)
    revoke = add_command(
        actions,
        "revoke",
        "Refuse agents from their next request on; what they said is no longer shown.",
        revoke_agents,
    )
    revoke.add_argument("agent", nargs="+", metavar="AGENT", help="id of an agent (required)")
    add_data(revoke)
    changes = add_command(
        actions,
        "changes",
        "Show who changed what of agents, tokens, keys and planned work, and when; kept for 12"
        " months.",
        show_changes,
    )
    changes.add_argument(
        "--last", type=int, default=100, metavar="N", help="how many (default: 100)"
    )
    add_data(changes)


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
            "ca_file: an agent trusts an https:// collector by its CA only; put the CA's file (of"
            f" `govnet tls init`: {data / 'tls' / 'ca.pem'}) beside agent.toml and its name into"
            " the line ca_file, or give it with --ca.",
            file=sys.stderr,
        )
    site, is_named = inventory.sites[options.site], options.machine is not None
    for doubt in agent_toml.doubts(site, new.identity.machine, enrolled, is_named=is_named):
        print(doubt, file=sys.stderr)
    return 0


def _opened(options: argparse.Namespace) -> Any:
    from collector.store import open_store  # noqa: PLC0415

    return closing(open_store(existing_data(options.data_dir)))


def list_agents(options: argparse.Namespace) -> int:
    """Print one line per agent."""
    from collector.store.registry import load_registry  # noqa: PLC0415

    with _opened(options) as store:
        rows = load_registry(store).rows
    if options.pending:
        rows = tuple(row for row in rows if row.state == "pending" and row.revoked_at is None)
    if options.site is not None:
        rows = tuple(row for row in rows if row.site_known == options.site)
    if options.json:
        print(as_json(rows))
    elif rows:
        print(as_table(rows, time.time()))
    else:
        print("no agent waits" if options.pending else "no agent yet", file=sys.stderr)
    return 0


def show_changes(options: argparse.Namespace) -> int:
    """Print the newest changes, the newest last."""
    from collector.store.audit import entries  # noqa: PLC0415

    with _opened(options) as store:
        found = entries(store, options.last)
    lines = [(utc(one.at), one.who, one.action, one.subject, one.detail) for one in found]
    print(table([("when", "who", "what", "of", ""), *lines]))
    return 0


def approve_agents(options: argparse.Namespace) -> int:
    """Approve agents, or the new hardware of one."""
    from collector.store.changes import approve, approve_all, approve_from  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    network = _network(options)
    wanted = [] if network is not None else _wanted(options)
    inventory = load(options.inventory)
    if options.site is not None and options.site not in inventory.sites:
        raise ConfigError([f"site {options.site!r}: not in the inventory"])
    with _opened(options) as store:
        if network is not None:
            lines, left = approve_from(store, inventory, network, options.site, time.time())
        elif options.all:
            lines, left = approve_all(store, inventory, time.time(), options.site)
        else:
            lines = approve(store, inventory, wanted, options.site, time.time())
    for line in lines:
        print(line)
    if options.all or network is not None:
        hint = "; govnet agents list --pending shows them" if left else ""
        print(f"{len(lines)} approved, {left} wait on{hint}", file=sys.stderr)
    return 0


def _network(options: argparse.Namespace) -> Any:
    """Return the network of --from, None without one; raises ConfigError."""
    from ipaddress import ip_network  # noqa: PLC0415

    if options.network is None:
        return None
    problems = []
    network = None
    if options.agent or options.all:
        problems.append("--from: expected neither agents nor --all beside it")
    if options.site is None:
        problems.append("--from: expected --site SITE beside it: where they stand")
    try:
        network = ip_network(options.network, strict=False)
    except ValueError:
        problems.append(f"--from: expected an address or network, got {options.network!r}")
    if problems:
        raise ConfigError(problems)
    return network


def rename_agent(options: argparse.Namespace) -> int:
    """Give an agent another machine of its site."""
    from collector.store.changes import move, site_of  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    inventory = load(options.inventory)
    with _opened(options) as store:
        site = site_of(store, options.agent)
        now = move(store, inventory, options.agent, site, options.name, now=time.time())
        _tell_place(store, inventory, now, is_named=True)
    return 0


def _tell_place(store: Any, inventory: Any, now: Any, *, is_named: bool) -> None:
    """Print for which machine an agent speaks now, and what looks wrong about that."""
    from collector.agent_toml import doubts  # noqa: PLC0415
    from collector.store.registry import load_registry  # noqa: PLC0415

    print(f"{now.machine}: {now.agent}")
    enrolled = [identity.machine for identity in load_registry(store).enrolled]
    for doubt in doubts(inventory.sites[now.site], now.machine, enrolled, is_named=is_named):
        print(doubt, file=sys.stderr)


def move_agent(options: argparse.Namespace) -> int:
    """Give an agent a machine of another site."""
    from collector.store.changes import move  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    inventory = load(options.inventory)
    with _opened(options) as store:
        now = move(store, inventory, options.agent, options.site, options.machine, now=time.time())
        _tell_place(store, inventory, now, is_named=options.machine is not None)
    return 0


def rotate_keys(options: argparse.Namespace) -> int:
    """Ask agents to replace their keys."""
    from collector.store.changes import rotate, rotate_all  # noqa: PLC0415

    wanted = _wanted(options)
    with _opened(options) as store:
        number = (
            rotate_all(store, time.time()) if options.all else rotate(store, wanted, time.time())
        )
    agents = "1 agent replaces its key" if number == 1 else f"{number} agents replace their keys"
    print(f"{agents} with the next report")
    return 0


def _wanted(options: argparse.Namespace) -> list[str]:
    """Return the agents that were named, each once; raises ConfigError without any or --all."""
    if bool(options.agent) == options.all:
        raise ConfigError(["expected either agents (govnet agents list names them) or --all"])
    return list(dict.fromkeys(options.agent))


def revoke_agents(options: argparse.Namespace) -> int:
    """Revoke agents, one after the other."""
    from collector.store.registry import revoke  # noqa: PLC0415

    with _opened(options) as store:
        for agent in dict.fromkeys(options.agent):
            identity = revoke(store, agent, time.time())
            print(f"{identity.machine or 'pending'}: {identity.agent} revoked")
    return 0
