"""The program `govnet-agent`: starts the agent, or hands over to the other commands."""

import os
import sys
from pathlib import Path

from agent.places import DEFAULT_CONFIG
from govnet.errors import ConfigError

_INTERRUPTED = 130
"""128 + 2, SIGINT, as shells report it."""
_NOBODY_READS = 141
"""128 + 13, SIGPIPE, as shells report it."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 done, 1 could not measure, 2 a mistake.

    130 after Ctrl-C; 141 when whoever read the output stopped reading, as of a program that
    SIGPIPE ended.

    `run` as service managers start it is understood right here: the
    parser of all commands would stay in the memory of a process that lives for months.
    """
    arguments = sys.argv[1:] if argv is None else argv
    try:
        match arguments:
            case ["run"]:
                return _run(DEFAULT_CONFIG)
            case ["run", "--stop-when-stdin-closes"]:
                return _run(DEFAULT_CONFIG, stop_when_stdin_closes=True)
            case ["run", "--config", file] if not file.startswith("-"):
                return _run(Path(file))
            case _:
                return _command(arguments)
    except ConfigError as exc:
        for problem in exc.problems:
            print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(config_file: Path, *, stop_when_stdin_closes: bool = False) -> int:
    from agent.service import RunOptions, run  # noqa: PLC0415 - the other commands need no TLS

    run(RunOptions(config_file, stop_when_stdin_closes=stop_when_stdin_closes))
    return 0


def _command(arguments: list[str]) -> int:
    from agent import console  # noqa: PLC0415 - the running agent must not carry it
    from agent.commands import parser  # noqa: PLC0415 - the running agent must not carry it

    console.prepare()
    try:
        try:
            parsed = parser().parse_args(arguments)
            status: int = parsed.do(parsed)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is left is thrown away, or the interpreter would complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    return status


if __name__ == "__main__":
    sys.exit(main())
