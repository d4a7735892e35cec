"""The options of `govnet-agent once`, check by check."""

import argparse
from pathlib import Path

from agent.byhand import ranges
from agent.byhand.snmp_access import add_options as add_snmp_options
from agent.places import DEFAULT_CONFIG
from govnet.settings import (
    AlwaysOnSettings,
    ConferenceProtocol,
    FactsSettings,
    LinkSettings,
    PathSettings,
)

_BY_ID = "inventory id; what is needed is in the settings of this agent"
_TAKEN = "while the agent runs, it holds the port"
_USUAL_SECONDS = 10.0

_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for what add_subparsers returns


def add(commands: "_Commands[argparse.ArgumentParser]") -> None:
    """Add the command with all its checks to the command line of the agent."""
    once = commands.add_parser(
        "once",
        help="run one check now and print what it saw",
        description="Run one check now and print what it saw; needs no collector.",
    )
    checks = once.add_subparsers(title="checks", metavar="CHECK", required=True, dest="check")
    _add_check(checks, "machine", "measure this machine")
    lan = _add_check(checks, "lan", "measure the office's network around this machine")
    lan.add_argument("--gateway", metavar="ADDRESS", help="gateway (default: this machine's own)")
    lan.add_argument(
        "--peer", action="append", metavar="ADDRESS", help="machine to look for (default: none)"
    )
    lan.add_argument(
        "--resolver-name", metavar="NAME", help="name to ask every resolver for (default: none)"
    )
    link = _add_check(checks, "link", "measure the path to an address")
    _add_echo_options(link, LinkSettings(target=""))
    always_on = _add_check(checks, "always_on", "look for a device or machine by its address")
    _add_echo_options(always_on, AlwaysOnSettings(target=""))
    conference = _add_check(checks, "conference", "ask a conference endpoint; nothing rings")
    conference.add_argument(
        "--protocol",
        type=_conference_protocol,
        action="append",
        metavar="NAME[:PORT]",
        help="sip_udp, sip_tcp, sip_tls, h323, h323_gatekeeper, https, cisco_xapi or poly_rest"
        " (default: by the target's port)",
    )
    service = _add_check(checks, "service", "use a service by its URL as an office would")
    service.add_argument(
        "--address", metavar="ADDRESS", help="ask there instead of resolving (default: resolve)"
    )
    _add_expected(service, "any below 400")
    service.add_argument(
        "--insecure",
        dest="verify_certificate",
        action="store_false",
        default=None,
        help="take any certificate (default: verify it)",
    )
    _add_facts(checks)
    _add_device(checks)
    _add_path(checks)
    _add_check(checks, "registrar", "ask the registrar who is registered; by its id only", _BY_ID)
    _add_check(checks, "reflector", f"see whether the reflector can listen; {_TAKEN}", _BY_ID)
    _add_check(checks, "trap", f"see whether notifications can be received; {_TAKEN}", _BY_ID)


def _add_device(checks: "_Commands[argparse.ArgumentParser]") -> None:
    summary = "measure a device by SNMP or by its URL, never standing by"
    device = _add_check(checks, "device", summary, "inventory id, address or URL")
    add_snmp_options(device)
    device.add_argument("--family", metavar="NAME", help="profile (default: the one that fits)")
    _add_expected(device, "any")
    device.add_argument(
        "--max-age-seconds",
        type=float,
        metavar="SECONDS",
        help="how old the data behind the URL may be (default: any age)",
    )
    device.add_argument(
        "--kind", metavar="KIND", help="access_point: look for a captive portal (default: none)"
    )


def _add_expected(command: argparse.ArgumentParser, usual: str) -> None:
    command.add_argument(
        "--expect-status", type=int, metavar="CODE", help=f"status (default: {usual})"
    )
    command.add_argument(
        "--expect-content", metavar="TEXT", help="text that must occur (default: none)"
    )


def _add_facts(checks: "_Commands[argparse.ArgumentParser]") -> None:
    summary = "read what this machine is: model, disks, system, protection"
    _add_check(checks, "facts", summary, timeout_seconds=FactsSettings(target="").timeout_seconds)


def _add_path(checks: "_Commands[argparse.ArgumentParser]") -> None:
    usual = PathSettings(target="")
    path = _add_check(
        checks, "path", "measure the path to a reflector, without a test of throughput"
    )
    path.add_argument("--port", type=ranges.port, help=f"UDP port (default: {usual.port})")
    path.add_argument("--packets", type=ranges.count, help=f"packets (default: {usual.packets})")
    path.add_argument(
        "--dscp",
        type=ranges.dscp,
        help=f"mark of the packets, 0 to 63; 46 is that of voice (default: {usual.dscp})",
    )


def _add_echo_options(
    command: argparse.ArgumentParser, usual: LinkSettings | AlwaysOnSettings
) -> None:
    command.add_argument("--probes", type=int, help=f"echo requests (default: {usual.probes})")
    command.add_argument(
        "--spacing-seconds",
        type=float,
        metavar="SECONDS",
        help=f"time between them (default: {usual.spacing_seconds:g})",
    )
    command.add_argument(
        "--tcp-port",
        type=int,
        action="append",
        metavar="PORT",
        help="port to try where no ICMP is allowed (default: none)",
    )


def _conference_protocol(text: str) -> ConferenceProtocol:
    from agent.onsite.once import conference_protocol  # noqa: PLC0415 - `run` must not carry it

    return conference_protocol(text)


def _add_check(
    checks: "_Commands[argparse.ArgumentParser]",
    name: str,
    summary: str,
    target: str = "inventory id or address",
    *,
    timeout_seconds: float = _USUAL_SECONDS,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = checks.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    command.set_defaults(do=_once)
    command.add_argument("--target", metavar="ID", help=f"{target} (default: the only one known)")
    command.add_argument(
        "--debug",
        action="store_true",
        help="print settings, what was sent and what came back (default: samples only)",
    )
    command.add_argument(
        "--timeout",
        dest="timeout_seconds",
        type=float,
        metavar="SECONDS",
        help=f"time for the whole check (default: as in the settings, else {timeout_seconds:g})",
    )
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the agent's file, for ids (default: {DEFAULT_CONFIG}, if it is there)",
    )
    return command


def _once(arguments: argparse.Namespace) -> int:
    from agent.onsite.once import run  # noqa: PLC0415 - `run` must not carry it

    return run(arguments)
