"""`govnet inventory diff`: what differs between two states of the inventory, by what they mean."""

import argparse
from pathlib import Path

from collector.commands.arguments import Commands, add_command, add_config

SAME, DIFFERENT = 0, 1
"""Exit statuses, as of diff(1)."""


def add(actions: Commands) -> None:
    """Add the command to those of the inventory."""
    command = add_command(
        actions, "diff", "Print what differs between two states; exit status 1 if anything.", diff
    )
    command.description = (
        "Print what differs between two states of the inventory: records and fields, as they are "
        "after profiles and defaults. What is only written in another way is no difference. "
        "Exit status 0: the same, 1: different, 2: one of them cannot be read."
    )
    command.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="the inventory before and the one after; with --since only the one after "
        "(default: that of collector.toml, else inventory.yaml)",
    )
    command.add_argument(
        "--since",
        metavar="REVISION",
        help="compare with what git had at a revision, like HEAD, HEAD~3 or v2026-11 "
        "(default: two files)",
    )
    add_config(command)
    command.set_defaults(inventory=None)
    command.add_argument(
        "--json", action="store_true", help="every change, for programs (default: text)"
    )


def diff(options: argparse.Namespace) -> int:
    """Print the differences; equal ones of many sites are one line."""
    import msgspec  # noqa: PLC0415

    from govnet.errors import ConfigError  # noqa: PLC0415
    from inventory.difference.compare import difference  # noqa: PLC0415
    from inventory.difference.lines import lines  # noqa: PLC0415
    from inventory.difference.revisions import load_revision  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    files: list[Path] = options.files
    if options.since is not None:
        if len(files) > 1:
            raise ConfigError(["diff: expected at most one file with --since, got two or more"])
        file = files[0] if files else options.inventory
        before, after = load_revision(file, options.since), load(file)
    elif len(files) == 2:  # noqa: PLR2004 - before and after
        before, after = load(files[0]), load(files[1])
    else:
        hint = "govnet inventory diff BEFORE AFTER, or govnet inventory diff --since REVISION"
        raise ConfigError([f"diff: expected two files, or --since REVISION ({hint})"])
    changes = difference(before, after)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(changes)).decode())
    else:
        print("\n".join(lines(changes)))
    return DIFFERENT if changes else SAME
