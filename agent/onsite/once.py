"""`govnet-agent once`: one check, now, before the eyes of whoever stands in front of the rack.

It needs no collector, and mostly no configuration either: a target that is not an id of the cached
settings is taken as an address. What needs an account or this agent's leave to listen is run as in
the cached settings only.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from agent.byhand.snmp_access import access
from agent.checks.contract import Context
from agent.checks.table import load as load_check
from agent.clock import Clock, SystemClock
from agent.config import Config
from agent.config import load as load_config
from agent.listening import permission
from agent.listening.ports import PORTS
from agent.measuring.execute import execute
from agent.onsite import prometheus_text
from agent.places import DEFAULT_CONFIG
from agent.probe import folders
from agent.probe.trace import silent
from agent.sending.orders import read_orders
from govnet.errors import ConfigError
from govnet.settings import (
    CHECK_SETTINGS,
    CheckSettings,
    ConferenceProtocol,
    DeviceSettings,
    LinkSettings,
    PathEnd,
    PathSettings,
    Peer,
    redacted,
)

CONFERENCE_PORTS = {
    "sip_udp": 5060,
    "sip_tcp": 5060,
    "sip_tls": 5061,
    "h323": 1720,
    "h323_gatekeeper": 1719,
    "https": 443,
    "cisco_xapi": 443,
    "poly_rest": 443,
}
"""The ways to ask a conference endpoint that need no account, and where each usually listens."""

_ONLY_BY_NAME = ("cisco_xapi", "poly_rest")
_UNASKED_PROTOCOLS = ("sip_udp", "sip_tcp", "h323")

_HERE = "this-machine"

_NEEDS_TARGET = ("link", "always_on", "conference", "service", "device", "path")

_ONLY_BY_ID = ("registrar", "reflector", "trap")

_NEVER_URL = ("link", "always_on", "conference", "device", "path")
"""Checks of addresses, which have no slash: a target with one is meant as an inventory id."""


def run(arguments: argparse.Namespace, clock: Clock | None = None) -> int:
    """Run the check and print what it gave; return 0 if it could measure, 1 if not.

    Raises ConfigError if the target or an option cannot be used.
    """
    clock = clock or SystemClock()
    config = config_for(arguments.config)
    record = _with_options(_record(arguments, config), arguments)
    # One write per line: a check may ask from several threads.
    tell = (lambda text: print(f"# {text}\n", end="")) if arguments.debug else silent
    shown = json.dumps(redacted(dataclasses.asdict(record)), ensure_ascii=False)
    tell(f"settings: {shown}")
    context = Context(
        timeout_seconds=record.timeout_seconds,
        deadline=clock.monotonic() + record.timeout_seconds,
        clock=clock,
        trace=tell,
    )
    permission.allow(config.listen if config else None)
    folders.allow(config.folders if config else ())
    PORTS.follow({record.check})
    try:
        finding = execute(load_check, record, context)
    finally:
        PORTS.drop(record.check)
        permission.allow(None)
        folders.allow(())
    for key, text in sorted((finding.facts or {}).items()):
        print(f"# {key}: {text}")
    for text in prometheus_text.sample_lines(finding.samples, record.target):
        print(text)
    labels = {"check": record.check, "target": record.target}
    success = int(finding.error is None)
    print(prometheus_text.line("govnet_check_success", labels, success))
    duration = round(finding.duration_seconds, 6)
    print(prometheus_text.line("govnet_check_duration_seconds", labels, duration))
    if finding.error is not None:
        print(f"{record.check}: could not measure: {finding.error}", file=sys.stderr)
        return 1
    return 0


def config_for(path: Path | None) -> Config | None:
    """Return the configuration that was asked for, or the usual one where it can be read."""
    if path is not None:
        return load_config(path)
    try:
        return load_config(DEFAULT_CONFIG)
    except ConfigError:
        return None


def _record(arguments: argparse.Namespace, config: Config | None) -> CheckSettings:
    """Return the cached settings of the target, or fresh ones for an address."""
    orders = read_orders(config.state_dir, config.identity.agent) if config else None
    cached = {
        check.target: check
        for check in (orders.settings.checks if orders else ())
        if check.check == arguments.check
    }
    target: str | None = arguments.target
    if target is None and len(cached) == 1:
        return next(iter(cached.values()))
    if target in cached:
        return cached[target]
    if arguments.check in _ONLY_BY_ID:
        got = f", got {target!r}" if target is not None else ""
        raise ConfigError([f"--target: expected an id{got}{_known(cached) or _NONE_KNOWN}"])
    if target is None and arguments.check in _NEEDS_TARGET:
        raise ConfigError([f"--target: expected an id or an address{_known(cached)}"])
    never_url = arguments.check in _NEVER_URL and not _is_url_of_device(arguments.check, target)
    if target is not None and never_url and "/" in target:
        known = _known(cached) or _NONE_KNOWN
        raise ConfigError([f"--target: expected an id or an address, got {target!r}{known}"])
    kind = next(kind for kind in CHECK_SETTINGS if kind.check == arguments.check)
    return dataclasses.replace(kind(target=target or _HERE), **_AD_HOC[kind.check](target or ""))


def _is_url_of_device(check: str, target: str | None) -> bool:
    return check == DeviceSettings.check and "://" in (target or "")


_NONE_KNOWN = "; this agent was given no ids of that check yet"


def _known(ids: Iterable[str]) -> str:
    names = ", ".join(sorted(ids))
    return f"; known ids: {names}" if names else ""


def _ad_hoc_conference(target: str) -> dict[str, Any]:
    host, port = _host_and_port(target)
    names: Iterable[str] = _UNASKED_PROTOCOLS
    if port is not None:
        usual = [
            name
            for name, usual in CONFERENCE_PORTS.items()
            if usual == port and name not in _ONLY_BY_NAME
        ]
        names = usual or _UNASKED_PROTOCOLS
    protocols = tuple(
        ConferenceProtocol(name=name, port=port or CONFERENCE_PORTS[name]) for name in names
    )
    return {"address": host, "protocols": protocols}


def _ad_hoc_link(target: str) -> dict[str, Any]:
    return {"ends": (PathEnd(end="far", address=target),)}


_AD_HOC: dict[str, Callable[[str], dict[str, Any]]] = {
    "machine": lambda _target: {},
    "lan": lambda _target: {},
    "link": _ad_hoc_link,
    "always_on": lambda target: {"address": target},
    "conference": _ad_hoc_conference,
    "service": lambda target: {"url": target},
    "device": lambda target: {"url" if "://" in target else "address": target},
    "facts": lambda _target: {},
    "path": lambda target: {"address": target},
}
"""What an address alone says about a check."""


_AS_THEY_ARE = (
    *("gateway", "resolver_name", "probes", "spacing_seconds", "address", "family"),
    *("expect_status", "expect_content", "verify_certificate", "timeout_seconds"),
    *("packets", "dscp", "kind", "max_age_seconds"),
)
"""Options that are called as the fields that they change."""


def _with_options(record: CheckSettings, arguments: argparse.Namespace) -> CheckSettings:
    """Return the record changed by the options that were given; the others leave it as it is."""
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    changes: dict[str, Any] = {name: given[name] for name in _AS_THEY_ARE if name in given}
    if "peer" in given:
        changes["peers"] = tuple(Peer(id=address, address=address) for address in given["peer"])
    if "protocol" in given:
        changes["protocols"] = tuple(given["protocol"])
    if "tcp_port" in given:
        ports = tuple(given["tcp_port"])
        if isinstance(record, LinkSettings):
            changes["ends"] = tuple(
                dataclasses.replace(end, tcp_ports=ports) for end in record.ends
            )
        else:
            changes["tcp_ports"] = ports
    if isinstance(record, DeviceSettings):
        changes["preceding"] = ()  # Whoever asks by hand wants an answer from here.
        if record.snmp is None and record.url is None:
            changes["snmp"] = access(arguments)
    if isinstance(record, PathSettings):
        changes["test_bytes_per_day"] = None  # That budget is the running agent's.
        if "port" in given:
            changes["port"] = given["port"]
    return dataclasses.replace(record, **changes)


def conference_protocol(text: str) -> ConferenceProtocol:
    """Read `NAME` or `NAME:PORT` of an option. Raises argparse.ArgumentTypeError."""
    name, _, port = text.partition(":")
    if name not in CONFERENCE_PORTS or not (port.isdecimal() or not port):
        known = ", ".join(CONFERENCE_PORTS)
        raise argparse.ArgumentTypeError(
            f"expected one of {known}, with :PORT or not, got {text!r}"
        )
    return ConferenceProtocol(name=name, port=int(port) if port else CONFERENCE_PORTS[name])


def _host_and_port(target: str) -> tuple[str, int | None]:
    """Split `host`, `host:port`, `[v6]:port`; a bare IPv6 address has no port."""
    if target.startswith("["):
        host, _, rest = target[1:].partition("]")
        port = rest.removeprefix(":")
    elif target.count(":") == 1:
        host, _, port = target.partition(":")
    else:
        host, port = target, ""
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 1 << 16)):
        raise ConfigError([f"--target: expected an id, HOST or HOST:PORT, got {target!r}"])
    return host, int(port) if port else None
