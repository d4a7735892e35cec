"""What several commands share: their options, and the folder of the collector they work on."""

import argparse
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from collector.commands.lookup import DEFAULT_DATA, DEFAULT_INVENTORY
from govnet.errors import ConfigError

INVENTORY_HELP = f"the inventory (default: that of collector.toml, else {DEFAULT_INVENTORY})"
_MAX_SECONDS = 366 * 86_400.0
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse has no public name for it
Handler = Callable[[argparse.Namespace], int]


def add_command(
    commands: Commands, name: str, text: str, handler: Handler
) -> argparse.ArgumentParser:
    """Add a command that `handler` carries out; its return value is the exit status."""
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(handler=handler)
    return made


def add_group(commands: Commands, name: str, text: str) -> Commands:
    """Add a command that only has commands below it."""
    group = commands.add_parser(name, help=text, description=text)
    return group.add_subparsers(title="commands", required=True, metavar="COMMAND")


def add_inventory_option(command: argparse.ArgumentParser) -> None:
    """Add `--inventory`; left out it is that of `collector.toml`."""
    command.add_argument("--inventory", metavar="FILE", type=Path, help=INVENTORY_HELP)
    add_config(command)


def add_data(command: argparse.ArgumentParser) -> None:
    """Add `--data`; left out it is that of `collector.toml`."""
    command.add_argument(
        "--data",
        "--data-dir",
        dest="data_dir",
        metavar="FOLDER",
        help=f"the collector's data (default: that of collector.toml, else {DEFAULT_DATA})",
    )
    add_config(command)


def add_config(command: argparse.ArgumentParser) -> None:
    """Add `--config`, unless the command has it already."""
    if command.get_default("has_config"):
        return
    command.set_defaults(has_config=True)
    command.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="the collector's options (default: $GOVNET_CONFIG, ./collector.toml,"
        " /etc/govnet/collector.toml)",
    )


def existing_data(data_dir: str) -> Path:
    """Return the folder of a collector that has run; a new one would know no agent, key, address.

    Raises ConfigError for any other folder.
    """
    from collector.places import operator_token_file  # noqa: PLC0415

    data = Path(data_dir)
    if not operator_token_file(data).exists():
        found = f"expected the folder of a collector, no collector has run in {data}"
        hint = f"start `govnet serve --data {data}` first, or give the right folder with --data"
        raise ConfigError([f"--data: {found}: {hint}"])
    return data


def duration_seconds(text: str, option: str = "--expires") -> float:
    """Read 30m, 12h or 7d; raises ConfigError."""
    match = re.fullmatch(r"([0-9]{1,5})([mhd])", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds <= _MAX_SECONDS:
        raise ConfigError([f"{option}: expected a time like 30m, 12h, 7d, got {text!r}"])
    return seconds


def utc(at: float) -> str:
    """Return a time (Unix seconds) as ISO 8601."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of equal length with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
