"""`govnet config`: the collector's options, checked before a start, and as they hold."""

import argparse
import sys

from collector.commands.arguments import Commands, add_command, add_config, add_group
from collector.commands.lookup import ENVIRONMENT, find_config

BAD_INPUT = 2
COLUMN = 60
"""Where the sources stand at most; a longer option shifts its own line alone, not all of them."""
_GIVEN = {
    "data_dir": ("--data", "FOLDER", "as if `serve` had this option (default: none)"),
    "inventory": ("--inventory", "FILE", "as if `serve` had this option (default: none)"),
    "listen": ("--listen", "ADDRESS:PORT", "as if `serve` had this option (default: none)"),
}


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "config", "The collector's options: check them, show them.")
    checking = add_command(
        actions,
        "check",
        "Report every mistake of collector.toml and of the files it names; exit status 2 if any.",
        check,
    )
    checking.description = (
        "Report every mistake of collector.toml, and of what it names, at once, as "
        "file:line:column: that files are there and readable, tokens long enough, certificate and "
        "key a pair and in date, inventory and credentials right. Nothing is changed; a running "
        "collector is not disturbed. Exit status 0: none, 2: some."
    )
    add_config(checking)
    showing = add_command(
        actions, "show", "Print every option as it holds, and where it comes from.", show
    )
    showing.description = (
        "Print every option as it holds, and where it comes from: its default, file and line, an "
        "option of the command line, or the environment. Secrets are in files; only their names "
        "are shown."
    )
    add_config(showing)
    for name, (option, metavar, text) in _GIVEN.items():
        showing.add_argument(option, dest=f"given_{name}", metavar=metavar, help=text)
    showing.add_argument("--json", action="store_true", help="for programs (default: text)")


def check(options: argparse.Namespace) -> int:
    """Print every mistake; 0 if there is none."""
    from collector.config.check import check as problems_of  # noqa: PLC0415

    path = find_config(options.config)
    problems = problems_of(path)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return BAD_INPUT
    print(f"{path or 'defaults'}: no mistakes")
    return 0


def show(options: argparse.Namespace) -> int:
    """Print the options."""
    import msgspec  # noqa: PLC0415

    from collector.config.shown import chosen_by, shown  # noqa: PLC0415

    path = find_config(options.config)
    found = shown(path, {name: getattr(options, f"given_{name}") for name in _GIVEN})
    why = chosen_by(options.config, path, ENVIRONMENT)
    if options.json:
        whole = {"file": None if path is None else str(path), "chosen_by": why, "options": found}
        print(msgspec.json.format(msgspec.json.encode(whole)).decode())
        return 0
    print(f"# collector.toml: {path or 'none'} ({why})")
    rows = [f"{one.name} = {msgspec.json.encode(one.value).decode()}" for one in found]
    widest = max(len(row) for row in rows if len(row) <= COLUMN)
    for row, one in zip(rows, found, strict=True):
        print(f"{row.ljust(widest)}  # {one.source}")
    return 0
