"""`govnet health`: whether the collector of this machine or container takes reports."""

import argparse
from http import HTTPStatus
from pathlib import Path

from collector.commands.arguments import Commands, add_command, add_data


def add(commands: Commands) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "health",
        "Whether the running collector takes reports: ends with 0 if it does, else with 1."
        " For a container's health check and for scripts; a person asks `govnet doctor`.",
        health,
    )
    add_data(command)


def health(options: argparse.Namespace) -> int:
    """Ask the collector; return 0 if it is ready. Raises GovnetError if nobody answers."""
    from collector.local_call import LocalCollector  # noqa: PLC0415

    with LocalCollector(Path(options.data_dir)) as collector:
        answer = collector.get("/readyz", {})
    is_ready = answer.status_code == HTTPStatus.OK
    print("ready" if is_ready else f"not ready (status {answer.status_code})")
    return 0 if is_ready else 1
