"""`govnet history`: what was measured before now, as a file."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    existing_data,
)
from govnet.errors import ConfigError, GovnetError


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "history", "What was measured before now.")
    export = add_command(
        actions,
        "export",
        "Write what the inbox holds of a span as OpenMetrics text, for promtool.",
        export_history,
    )
    export.add_argument(
        "--from",
        dest="since",
        required=True,
        metavar="TIME",
        help="first moment, such as 2026-10-01T08:00 in the province's time (required)",
    )
    export.add_argument(
        "--to", dest="until", required=True, metavar="TIME", help="moment after the last (required)"
    )
    export.add_argument("--site", metavar="SITE", help="only that site's agents (default: all)")
    export.add_argument(
        "--job", default="govnet", metavar="JOB", help="the label job (default: govnet)"
    )
    add_inventory_option(export)
    add_data(export)
    export.add_argument("file", metavar="FILE", type=Path, help="the file to write (required)")


def export_history(options: argparse.Namespace) -> int:
    """Write the file."""
    from collector.history.export import Wanted, export  # noqa: PLC0415
    from collector.series.labels import Targets  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data = existing_data(options.data_dir)
    inventory = load(options.inventory)
    zone = ZoneInfo(inventory.province.timezone)
    since, until = (
        _moment(name, text, zone)
        for name, text in (("--from", options.since), ("--to", options.until))
    )
    if since >= until:
        raise ConfigError([f"--to: expected later than --from, got {options.until}"])
    if options.site is not None and options.site not in inventory.sites:
        raise ConfigError([f"--site: {options.site!r}: not in the inventory"])
    wanted = Wanted(Targets(inventory), since, until, options.site, options.job)
    draft = options.file.with_name(options.file.name + ".new")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as out:
            made = export(data / "inbox", wanted, options.file.parent, out, _Progress())
        draft.replace(options.file)
    except OSError as exc:
        raise GovnetError(f"{options.file}: cannot be written: {exc.strerror or exc}") from exc
    finally:
        draft.unlink(missing_ok=True)
    print(f"{options.file}: {made.samples} samples of {made.series} series")
    if not made.samples:
        print(f"nothing of that span is in the inbox; times without an offset are {zone.key}'s")
    return 0


def _moment(name: str, text: str, zone: ZoneInfo) -> float:
    """Read a time; without an offset it is the province's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ConfigError([f"{name}: expected a time like 2026-10-01T08:00, got {text!r}"]) from exc
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


class _Progress:
    """One line on standard error that is written over, on a terminal; else a line now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._told = ""

    def __call__(self, text: str) -> None:
        """Tell how far it is."""
        if self._is_terminal:
            end = "\n" if " 100 %" in text else ""
            print(f"\r{text}", end=end, file=sys.stderr, flush=True)
        elif text.partition(" ")[0] != self._told or "0 %" in text:
            self._told = text.partition(" ")[0]
            print(text, file=sys.stderr, flush=True)
