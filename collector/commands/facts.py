"""`govnet facts`: what a machine is, as it told it last."""

import argparse
import sys
from contextlib import closing

from collector.commands.arguments import Commands, add_command, add_data, existing_data, table, utc


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "facts",
        "Show what a machine is: model, disks, system, protection, and since when each is so.",
        show_facts,
    )
    command.add_argument("machine", metavar="SITE/MACHINE", help="id of the machine (required)")
    command.add_argument("--json", action="store_true", help="print JSON (default: a table)")
    add_data(command)


def show_facts(options: argparse.Namespace) -> int:
    """Print the facts of one machine; 1 if it never told any."""
    import msgspec  # noqa: PLC0415

    from collector.store import open_store  # noqa: PLC0415
    from collector.store.machine_facts import facts_of  # noqa: PLC0415

    with closing(open_store(existing_data(options.data_dir))) as store:
        found = facts_of(store, options.machine)
    if found is None:
        print(
            f"{options.machine}: has told no facts yet, or is no machine of `govnet agents list`",
            file=sys.stderr,
        )
        return 1
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
        return 0
    print(f"{found.machine}: told at {utc(found.at)} by {found.agent}")
    lines = [(key, _shown(row.text), utc(row.since)) for key, row in found.facts.items()]
    print(table([("what", "", "since"), *lines]))
    return 0


def _shown(text: str) -> str:
    """Return what a machine wrote so that it cannot draw on the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
