"""The command `govnet`: what it understands. What it does is in `collector.commands`.

Modules load when a command needs them: `govnet inventory check` opens no database.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from govnet import __version__
from govnet.errors import ConfigError, GovnetError

BAD_INPUT = 2
"""Exit status when what a person wrote is wrong."""
INTERRUPTED = 130
"""Exit status after Ctrl-C where nothing had to be ended in order; shells expect 128 + 2."""
NOBODY_READS = 141
"""Exit status as of a program that SIGPIPE ended: 128 + 13."""
DEFAULT_INVENTORY = "inventory.yaml"
DEFAULT_DATA = "govnet-data"
DEFAULT_LISTEN = "127.0.0.1:8470"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status.

    0 done, 1 failed, 2 wrong input, 130 Ctrl-C, 141 whoever read the output stopped reading.
    """
    try:
        try:
            return _run(parser().parse_args(argv))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is left is thrown away, or the interpreter would complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except ConfigError as exc:
        for problem in exc.problems:
            print(problem, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except GovnetError as exc:
        print(f"govnet: {exc}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    from collector import commands  # noqa: PLC0415 - `--help` needs none of it

    status: int = getattr(commands, options.handler)(options)
    return status


def parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    top = argparse.ArgumentParser(
        prog="govnet",
        description="Which offices are connected, why the others are not: the centre's command.",
    )
    top.add_argument("--version", action="version", version=f"govnet {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_demo(commands)
    _add_inventory(commands)
    _add_agents(commands)
    _add_small(commands)
    return top


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse has no public name for it


def _command(commands: Commands, name: str, text: str, handler: str) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(handler=handler)
    return made


def _add_serve(commands: Commands) -> None:
    serve = _command(commands, "serve", "Run the collector.", "serve")
    serve.add_argument(
        "--config", metavar="FILE", type=Path, help="options in a file (default: none)"
    )
    serve.add_argument(
        "--inventory", metavar="FILE", help=f"the inventory (default: {DEFAULT_INVENTORY})"
    )
    _add_data(serve, default=None)
    serve.add_argument(
        "--listen",
        metavar="ADDRESS:PORT",
        help=f"where to listen; port 0 takes a free one (default: {DEFAULT_LISTEN})",
    )
    serve.add_argument(
        "--report-interval",
        metavar="SECONDS",
        type=float,
        help="how often agents report (default: as the inventory says)",
    )
    serve.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="least important log lines to print (default: info)",
    )


def _add_demo(commands: Commands) -> None:
    demo = _command(
        commands, "demo", "Run a whole simulated province on this machine; Ctrl-C ends it.", "demo"
    )
    _add_inventory_option(demo)
    demo.add_argument(
        "--port", type=int, default=0, metavar="PORT", help="0 takes a free one (default: 0)"
    )
    demo.add_argument(
        "--prometheus",
        action="store_true",
        help="also run the installed prometheus with our rules (default: no)",
    )
    demo.add_argument(
        "--prometheus-port",
        type=int,
        default=0,
        metavar="PORT",
        help="0 takes a free one (default: 0)",
    )
    demo.add_argument(
        "--rules",
        type=Path,
        default=Path("deploy/prometheus/rules"),
        metavar="FOLDER",
        help="folder of alert rules (default: deploy/prometheus/rules)",
    )


def _add_inventory(commands: Commands) -> None:
    inventory = commands.add_parser(
        "inventory", help="Look at the inventory.", description="Look at the inventory."
    )
    actions = inventory.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = _command(
        actions, "check", "Report every mistake at once; exit status 2 if any.", "inventory_check"
    )
    check.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path(DEFAULT_INVENTORY),
        metavar="FILE",
        help=f"the inventory (default: {DEFAULT_INVENTORY})",
    )


def _add_agents(commands: Commands) -> None:
    text = "Agents and their keys."
    agents = commands.add_parser("agents", help=text, description=text)
    actions = agents.add_subparsers(title="commands", required=True, metavar="COMMAND")
    key = _command(
        actions,
        "key",
        "Enrol a machine: make its agent and print, this once, its agent.toml.",
        "agents_key",
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
    _add_inventory_option(key)
    _add_data(key)
    listing = _command(actions, "list", "List agents, by machine.", "agents_list")
    _add_data(listing)
    revoke = _command(
        actions, "revoke", "Refuse an agent from now on; what it said is dropped.", "agents_revoke"
    )
    revoke.add_argument("agent", metavar="AGENT", help="id of the agent (required)")
    _add_data(revoke)


def _add_small(commands: Commands) -> None:
    link = _command(
        commands,
        "login-link",
        "Print a one-time link to the pages, good for an hour.",
        "login_link",
    )
    _add_data(link)
    reload = _command(
        commands,
        "reload",
        "Let the running collector read its inventory again; a bad one is refused.",
        "reload",
    )
    _add_data(reload)
    _command(commands, "metrics-doc", "Print docs/metrics.md from the catalogue.", "metrics_doc")


def _add_inventory_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--inventory",
        metavar="FILE",
        type=Path,
        default=Path(DEFAULT_INVENTORY),
        help=f"the inventory (default: {DEFAULT_INVENTORY})",
    )


def _add_data(command: argparse.ArgumentParser, default: str | None = DEFAULT_DATA) -> None:
    command.add_argument(
        "--data",
        "--data-dir",
        dest="data_dir",
        metavar="FOLDER",
        default=default,
        help=f"the collector's data (default: {DEFAULT_DATA})",
    )


if __name__ == "__main__":
    sys.exit(main())
