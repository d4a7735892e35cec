"""`govnet doctor`: what is still missing, and what to do about it."""

import argparse
import time
from pathlib import Path

from collector.commands.arguments import Commands, add_command, add_data, add_inventory_option
from govnet.errors import ConfigError


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "doctor",
        "Say what is still missing and what to do about it; exit status 1 if anything must be.",
        doctor,
    )
    command.description = (
        "Say in Vietnamese what is still missing and what to do about it: inventory, collector, "
        "time, disk, certificates, database, Prometheus, Alertmanager, dashboards, backup, agents, "
        "verdicts. Changes nothing; works while the collector does not run. Exit status 0: nothing "
        "must be done, 1: something must."
    )
    command.add_argument(
        "--all", action="store_true", help="name every site, agent and place (default: the first)"
    )
    command.add_argument(
        "--json", action="store_true", help="everything, for programs (default: a screen)"
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="SUBJECT",
        help="tell only this, several times for several: files serving time room certificates "
        "database prometheus history alertmanager dashboards backup joined versions judged "
        "declared (default: everything)",
    )
    add_inventory_option(command)
    add_data(command)


def doctor(options: argparse.Namespace) -> int:
    """Print what is missing; 0 if nothing must be done, else 1."""
    from collector.doctor.gather import gather  # noqa: PLC0415
    from collector.doctor.records import Level  # noqa: PLC0415
    from collector.doctor.screen import as_json, count, lines  # noqa: PLC0415
    from collector.doctor.table import SUBJECTS, examine  # noqa: PLC0415
    from collector.logs.lines import one_line  # noqa: PLC0415

    if unknown := [one for one in options.only if one not in SUBJECTS]:
        expected = f"expected one of {' '.join(SUBJECTS)}"
        raise ConfigError([f"--only: {expected}, got {one!r}" for one in unknown])
    seen = gather(options.inventory, Path(options.data_dir), time.time(), options.config)
    findings = examine(seen, options.only or SUBJECTS)
    if options.json:
        print(as_json(findings))
    else:
        # Other programs' words are among them.
        print("\n".join(map(one_line, lines(findings, has_all=options.all))))
    return 1 if count(findings, Level.MUST) else 0
