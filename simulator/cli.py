"""The command `govnet-simulator`: agents of a whole province, from one process."""

import argparse
import json
import logging
import signal
import sys
from pathlib import Path

from agent.address import parse_collector
from agent.config import Identity, Secret
from govnet.errors import ConfigError
from simulator.faults import load
from simulator.office import SimulatedAgent
from simulator.province import SimulatedProvince


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status (2: something a person wrote is wrong)."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        collector = parse_collector(arguments.collector)
        script = load(_script_file(arguments.faults)) if arguments.faults else ()
        agents = read_agents(arguments.agents)
    except ConfigError as exc:
        print("\n".join(exc.problems), file=sys.stderr)
        return 2
    except ValueError as exc:
        print(f"--collector: {exc}", file=sys.stderr)
        return 2
    province = SimulatedProvince(agents, collector, script, arguments.spread)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: province.stop())
    province.run()
    return 0


def read_agents(path: Path) -> list[SimulatedAgent]:
    """Read who to simulate: JSON, `[{"agent", "machine", "key_id", "key": 64 hex}, ...]`.

    Raises ConfigError.
    """
    try:
        records = json.loads(path.read_text("utf-8"))
        return [
            SimulatedAgent(
                Identity(record["agent"], record["key_id"], Secret(bytes.fromhex(record["key"]))),
                record["machine"],
            )
            for record in records
        ]
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror}"]) from exc
    except (ValueError, TypeError, KeyError) as exc:
        expected = "expected a list of agent, machine, key_id, key"
        raise ConfigError([f"{path}: {expected}; {type(exc).__name__} at {exc}"]) from exc


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
