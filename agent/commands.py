"""The commands of `govnet-agent` and their options; `agent.cli` starts them."""

import argparse
import logging
import tempfile
from pathlib import Path

import govnet
from agent.byhand import command as byhand
from agent.byhand.snmp_access import add_options as add_snmp_options
from agent.config import Config, is_enrolled
from agent.config import load as load_config
from agent.onsite import once_options
from agent.places import DEFAULT_CONFIG, DEFAULT_STATE_DIR, config_file
from govnet.errors import ConfigError


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    root = argparse.ArgumentParser(
        prog="govnet-agent",
        description="Measures this machine and its office's network and reports to the collector.",
    )
    root.add_argument("--version", action="version", version=f"govnet-agent {govnet.__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_enrol(commands)
    once_options.add(commands)
    byhand.add(commands)
    _add_show(commands)
    _add_status(commands)
    _add_export(commands)
    _add_snmp_doctor(commands)
    _add(commands, "list-checks", _list_checks, "list what this agent can measure")
    check = _add(commands, "check-config", _check_config, "check agent.toml and what it names")
    _add_config(check)
    return root


_WAIT_SECONDS = 600.0
_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for what add_subparsers returns


def _add(
    commands: "_Commands[argparse.ArgumentParser]", name: str, do: object, summary: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.set_defaults(do=do)
    return command


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="the agent's file"
    )


def _add_run(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "run",
        help="measure and report until stopped",
        description="Measure and report until stopped. A machine that is not enrolled is enrolled"
        " first, by a token that was laid on it (Linux: the file /etc/govnet/enrol-token, Windows:"
        " the value Token of HKLM\\SOFTWARE\\govnet\\Agent), as soon as there is one and the centre"
        " can be reached; the token is then removed.",
    )
    command.set_defaults(do=_run)
    command.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help=f"the agent's file, written when it enrols (default: {DEFAULT_CONFIG})",
    )
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="look for the token there: its first word, a second one is the site's code (default:"
        " the usual places)",
    )
    command.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="where a machine that enrols itself keeps key and reports (default: as in FILE, else"
        f" {DEFAULT_STATE_DIR})",
    )
    command.add_argument(
        "--stop-when-stdin-closes",
        action="store_true",
        help="stop in order when standard input ends, as the Windows service asks for it (default:"
        " only on Ctrl-C and SIGTERM)",
    )
    command.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="how much is written to standard error (default: info)",
    )


def _add_enrol(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "enrol",
        help="make this machine an agent by a token of the centre",
        description="Make this machine an agent by a token of the centre. The collector is verified"
        " before anything is sent. Run again after re-imaging or copying the machine.",
    )
    command.set_defaults(do=_enrol)
    command.add_argument(
        "token", nargs="?", metavar="TOKEN", help="the word that was given, - for standard input"
    )
    command.add_argument(
        "--token-file", type=Path, metavar="FILE", help="read the token there (default: TOKEN)"
    )
    command.add_argument(
        "--code", default="", metavar="SITE-CODE", help="short code of this site (default: none)"
    )
    command.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help=f"the agent's file, written if it is not there (default: {DEFAULT_CONFIG})",
    )
    command.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help=f"where key and reports are kept (default: as in FILE, else {DEFAULT_STATE_DIR})",
    )
    command.add_argument(
        "--user",
        metavar="NAME",
        help="service account that the files belong to (default: whoever owns DIR, else this user)",
    )
    command.add_argument(
        "--new-key",
        action="store_true",
        help="make another key even if this machine has one of this token (default: keep it)",
    )
    command.add_argument(
        "--wait",
        dest="wait_seconds",
        type=float,
        nargs="?",
        const=_WAIT_SECONDS,
        default=0.0,
        metavar="SECONDS",
        help="if the centre has to approve this machine first, wait for it and say so (default: do"
        f" not wait; without SECONDS: {_WAIT_SECONDS:g})",
    )


def _add_show(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add(commands, "show", _show, "show in Vietnamese exactly what was last sent")
    _add_config(command)
    command.add_argument(
        "--json", action="store_true", default=False, help="print the body that was sent instead"
    )


def _add_status(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add(
        commands, "status", _status, "say in Vietnamese how this agent does and what to do about it"
    )
    _add_config(command)
    command.add_argument(
        "--json", action="store_true", default=False, help="print it for programs instead"
    )


def _add_export(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add(
        commands, "export", _export, "write the waiting reports, signed, to a file for the centre"
    )
    command.add_argument("file", type=Path, metavar="FILE", help="the file to write (required)")
    _add_config(command)


def _add_snmp_doctor(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "snmp-doctor",
        help="say in Vietnamese what a device answers by SNMP, and what to do if it does not",
        description="Say in Vietnamese what a device answers by SNMP, which profile fits it and"
        " what it lacks; if it is silent, the likely reasons.",
    )
    command.set_defaults(do=_snmp_doctor)
    command.add_argument(
        "host", metavar="HOST", help="address, or the id of a device that this agent measures"
    )
    add_snmp_options(command)
    command.add_argument(
        "--family", metavar="NAME", help="profile to try (default: the one that fits)"
    )
    command.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="write all that the device answers into a new file instead (default: do not)",
    )
    command.add_argument(
        "--timeout",
        dest="timeout_seconds",
        type=float,
        default=15.0,
        metavar="SECONDS",
        help="time for all questions together (default: 15)",
    )
    command.add_argument(
        "--debug",
        action="store_true",
        help="print what was sent and what came back (default: only what it means)",
    )
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the agent's file, for ids (default: {DEFAULT_CONFIG}, if it is there)",
    )


def _run(arguments: argparse.Namespace) -> int:
    from agent.service import RunOptions, run  # noqa: PLC0415 - the others need no TLS

    options = RunOptions(
        arguments.config.absolute(),
        token_file=arguments.token_file,
        state_dir=arguments.state_dir.absolute() if arguments.state_dir else None,
        stop_when_stdin_closes=arguments.stop_when_stdin_closes,
        log_level=getattr(logging, arguments.log_level.upper()),
    )
    run(options)
    return 0


def _enrol(arguments: argparse.Namespace) -> int:
    from agent.enrolment.enrol import enrol, read_token  # noqa: PLC0415 - `run` must not carry it
    from agent.enrolment.join import Wish  # noqa: PLC0415 - `run` must not carry it
    from agent.probe.hardware import fingerprint  # noqa: PLC0415 - only this needs it

    wish = Wish(
        token=read_token(arguments.token, arguments.token_file),
        config=arguments.config.absolute(),
        state_dir=arguments.state_dir.absolute() if arguments.state_dir else None,
        code=arguments.code,
        user=arguments.user,
        new_key=arguments.new_key,
    )
    return enrol(wish, fingerprint(), wait_seconds=arguments.wait_seconds)


def _snmp_doctor(arguments: argparse.Namespace) -> int:
    from agent.onsite.once import config_for  # noqa: PLC0415 - `run` must not carry it
    from agent.onsite.snmp_doctor import run  # noqa: PLC0415 - `run` must not carry it

    return run(arguments, config_for(arguments.config))


def _show(arguments: argparse.Namespace) -> int:
    from agent.onsite.show import show  # noqa: PLC0415 - `run` must not carry it

    return show(load_config(arguments.config).state_dir, as_json=arguments.json)


def _status(arguments: argparse.Namespace) -> int:
    if not is_enrolled(arguments.config):
        from agent.onsite import unenrolled  # noqa: PLC0415 - `run` must not carry it

        return unenrolled.status(arguments.config, as_json=arguments.json)
    from agent.onsite.status import status  # noqa: PLC0415 - `run` must not carry it

    return status(load_config(arguments.config), as_json=arguments.json)


def _export(arguments: argparse.Namespace) -> int:
    from agent.onsite.export import export  # noqa: PLC0415 - `run` must not carry it

    return export(load_config(arguments.config), arguments.file)


def _list_checks(_arguments: argparse.Namespace) -> int:
    from agent.checks.table import CHECKS, load  # noqa: PLC0415 - loads every check

    for name in CHECKS:
        print(name)
        for metric in load(name).metrics:
            print(f"  {metric.name}  {metric.help_en}")
    return 0


def _check_config(arguments: argparse.Namespace) -> int:
    from agent.identity.trust import Trust  # noqa: PLC0415 - the others need no TLS

    config: Config = load_config(arguments.config)
    Trust(config.ca_file, config.state_dir)
    file = config_file(arguments.config)
    state = _state(file, config.state_dir)
    print(f"{file}: correct")
    print(f"agent {config.identity.agent}, key {config.identity.key_id}")
    print(f"collectors {', '.join(map(str, config.collectors))}")
    print(state)
    print(f"spool up to {config.spool.max_mib} MiB and {config.spool.max_days:g} days")
    return 0


def _state(config_file: Path, folder: Path) -> str:
    """Return in words where the agent keeps its state; makes nothing that is another user's.

    Raises ConfigError when this user could not keep it there.
    """
    try:
        above = next(each for each in (folder, *folder.parents) if each.exists())
        if above.is_dir():
            # A question about rights alone would not see a read-only or a full disk.
            with tempfile.TemporaryFile(dir=above):
                when = "which is there" if above == folder else "made at the first start"
                return f"state in {folder}, {when}"
        why = f"{above} is a file"
    except OSError as exc:
        why = f"it cannot be written to: {exc.strerror or exc}"
    expected = "expected a folder that this user may write to"
    raise ConfigError([f"{config_file}: state_dir: {expected}, got {str(folder)!r}: {why}"])
