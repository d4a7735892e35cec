"""`govnet-agent probe NAME ...`: one question, its answer in words to read over the telephone."""

import argparse
import sys
from typing import Any

from agent.byhand.table import PROBES, load
from agent.byhand.wording import WHY
from agent.probe.outcome import PeerError
from agent.probe.trace import silent
from govnet.errors import CheckError

_TIMEOUT_SECONDS = 10.0
_TOO_LONG_SECONDS = 600.0
_STATUS = (
    "Exit status: 0 for a good answer, 1 for a bad one or none, 2 for a mistake in the command."
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command with all its probes to the command line of the agent."""
    summary = "ask one thing now and say the answer in Vietnamese; needs no collector"
    command = commands.add_parser(
        "probe",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"{_STATUS} NAME --help tells what each one can be told.",
    )
    probes = command.add_subparsers(
        title="probes", metavar="NAME", required=True, dest="probe", parser_class=_ProbeParser
    )
    for name, row in PROBES.items():
        probe = probes.add_parser(
            name,
            help=row.summary,
            description=f"{row.summary[0].upper()}{row.summary[1:]}.",
            epilog=_STATUS,
        )
        probe.set_defaults(do=_ask)
        probe.asks = name
        probe.add_argument(
            "--timeout",
            type=_seconds,
            default=_TIMEOUT_SECONDS,
            metavar="SECONDS",
            help=f"time for everything (default: {_TIMEOUT_SECONDS:g})",
        )
        probe.add_argument(
            "--debug", action="store_true", help="print what was sent and what came back as well"
        )


class _ProbeParser(argparse.ArgumentParser):
    """The parser of one probe; its module is loaded when it parses, not when it is listed."""

    asks = ""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Add the probe's own arguments, then parse."""
        if self.asks:
            load(self.asks).add_arguments(self)
            self.asks = ""
        return super().parse_known_args(args, namespace)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds <= _TOO_LONG_SECONDS:
        raise argparse.ArgumentTypeError(
            f"expected seconds up to {_TOO_LONG_SECONDS:g}, got {text!r}"
        )
    return seconds


def _ask(arguments: argparse.Namespace) -> int:
    """Ask and print; return 0 for a good answer, 1 for a bad one or none."""
    # One write per line: a probe may ask from several threads.
    trace = (lambda line: print(f"# {line}\n", end="")) if arguments.debug else silent
    try:
        answer = load(arguments.probe).ask(arguments, arguments.timeout, trace)
    except CheckError as exc:
        cause = exc.__cause__
        why = f"{WHY[cause.outcome]}. Chi tiết: {exc}" if isinstance(cause, PeerError) else exc
        print(f"Máy này không hỏi được: {why}", file=sys.stderr)
        return 1
    for line in answer.lines:
        print(line)
    return 0 if answer.good else 1
