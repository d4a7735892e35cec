"""The command `govnet-simulator`: agents of a whole province, from one process."""

import argparse
import logging
import math
import signal
import sys
from pathlib import Path

from agent.transport.address import parse_collector
from govnet.errors import ConfigError
from simulator.credentials import read_agents
from simulator.faults import load
from simulator.province import SimulatedProvince


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status (2: something a person wrote is wrong)."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        province = _province(arguments)
    except ConfigError as exc:
        print("\n".join(exc.problems), file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: province.stop())
    province.run()
    return 0


def _province(arguments: argparse.Namespace) -> SimulatedProvince:
    """Read all that was given. Raises ConfigError with the mistakes of all of it."""
    problems: list[str] = []
    try:
        collector = parse_collector(arguments.collector)
    except ValueError as exc:
        problems.append(f"--collector: {exc}")
    try:
        script = load(_script_file(arguments.faults)) if arguments.faults else ()
    except ConfigError as exc:
        problems += exc.problems
    try:
        agents = read_agents(arguments.agents)
    except ConfigError as exc:
        problems += exc.problems
    if not 0 <= arguments.spread < math.inf:
        problems.append(f"--spread: expected seconds from 0, found {arguments.spread}")
    if problems:
        raise ConfigError(problems)
    return SimulatedProvince(agents, collector, script, arguments.spread)


def _script_file(name: str) -> Path:
    """Return the shipped script of that name, or else the file."""
    shipped = Path(__file__).parent / "faults" / f"{name}.json"
    return shipped if shipped.is_file() else Path(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="govnet-simulator",
        description="Simulate the agents of a province: they fetch their settings, report and keep "
        "what they cannot send, over the real protocol, under a script of faults.",
        epilog="govnet demo starts this by itself.",
    )
    parser.add_argument(
        "--collector", required=True, metavar="URL", help="where the collector listens"
    )
    parser.add_argument(
        "--agents", required=True, type=Path, metavar="FILE", help="JSON with each agent's key"
    )
    parser.add_argument(
        "--faults",
        metavar="SCRIPT",
        help="script of faults: a JSON file, or «demo» for the shipped one (default: none)",
    )
    parser.add_argument(
        "--spread",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="time over which the first reports are spread (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
