"""The program `govnet`: its commands are in `collector.commands`.

What a command needs is loaded by the command: `govnet inventory check` opens no database.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from collector.commands import (
    agents,
    alerts,
    availability,
    backup,
    bundle,
    check_now,
    conference,
    config,
    digest,
    doctor,
    facts,
    health,
    history,
    init,
    inventory,
    maintenance,
    master_key,
    outages,
    serving,
    sms,
    stick,
    tls,
    token,
    units,
    users,
    watch,
)
from collector.commands.lookup import complete
from govnet import __version__
from govnet.errors import ConfigError, GovnetError

BAD_INPUT = 2
"""Exit status when what a person wrote is wrong."""
INTERRUPTED = 130
"""Exit status after Ctrl-C where nothing had to be ended in order; shells expect 128 + 2."""
NOBODY_READS = 141
"""Exit status as of a program that SIGPIPE ended: 128 + 13."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status.

    0 done, 1 failed, 2 wrong input, 130 Ctrl-C, 141 whoever read the output stopped reading.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without ạ or ư, a file name that is no UTF-8: never the end of a command.
            stream.reconfigure(errors="backslashreplace")
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
    except Exception as exc:
        # By name the database's errors could only be caught by a command that loads its library.
        trouble = _closed_to_us(exc) or _database_trouble(exc)
        if trouble is None:
            raise
        print(f"govnet: {trouble}", file=sys.stderr)
        return 1


def _closed_to_us(exc: Exception) -> str | None:
    """Return which file this user may not use: an installed centre's commands run not as root."""
    if not isinstance(exc, PermissionError) or exc.filename is None:
        return None
    name = os.environ.get("LOGNAME") or f"number {os.geteuid()}"
    return f"{exc.filename}: {exc.strerror} for the user {name}, as whom this command works"


def _database_trouble(exc: Exception) -> str | None:
    """Return what a disk that is full or read-only, a lock or damage keeps the database from."""
    errors = sys.modules.get("sqlalchemy.exc")  # Not there: no database was opened.
    if errors is None or type(exc) not in {errors.OperationalError, errors.DatabaseError}:
        return None
    return f"the database cannot be used: {getattr(exc, 'orig', exc)}; try again"


def _run(options: argparse.Namespace) -> int:
    complete(options)
    handler: Callable[[argparse.Namespace], int] = options.handler
    return handler(options)


def parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    top = argparse.ArgumentParser(
        prog="govnet",
        description="Which offices are connected, why the others are not: the centre's command.",
    )
    top.add_argument("--version", action="version", version=f"govnet {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    init.add(commands)
    inventory.add(commands)
    units.add(commands)
    doctor.add(commands)
    health.add(commands)
    serving.add(commands)
    config.add(commands)
    users.add(commands)
    token.add(commands)
    agents.add(commands)
    stick.add(commands)
    maintenance.add(commands)
    conference.add(commands)
    tls.add(commands)
    master_key.add(commands)
    backup.add(commands)
    history.add(commands)
    outages.add(commands)
    availability.add(commands)
    check_now.add(commands)
    digest.add(commands)
    facts.add(commands)
    alerts.add(commands)
    sms.add(commands)
    watch.add(commands)
    bundle.add(commands)
    serving.add_small(commands)
    inventory.add_document(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
