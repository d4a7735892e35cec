"""`govnet-agent snmp-doctor`: what a device answers by SNMP, in Vietnamese, and what it lacks.

For whoever stands in front of the device: a silent one is told with the likely reasons, an unknown
one with what to send so that it becomes known.
"""

import argparse
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from agent.byhand.snmp_access import access
from agent.checks.contract import Context
from agent.checks.device_asking import Device, DeviceAsker, Unheard
from agent.clock import Clock, SystemClock
from agent.config import Config
from agent.devices.around import Site
from agent.devices.load import device_profiles
from agent.devices.values import text
from agent.onsite import recording, snmp_wording
from agent.probe import icmp, snmp
from agent.probe.trace import Trace, silent
from agent.sending.orders import read_orders
from govnet.errors import CheckError, ConfigError
from govnet.settings import DeviceSettings

_NAME = "1.3.6.1.2.1.1.5.0"
_ECHOES, _ECHO_SECONDS = 2, 1.0
_RECORD_SECONDS = 120.0

Get = Callable[..., snmp.Scalars]
Walk = Callable[..., snmp.Columns]
Ping = Callable[..., icmp.EchoTrain]


def run(
    arguments: argparse.Namespace,
    config: Config | None,
    *,
    clock: Clock | None = None,
    get: Get = snmp.get,
    walk: Walk = snmp.walk,
    ping: Ping = icmp.ping,
) -> int:
    """Ask the device and say what came of it; return 0 if it answered and nothing went wrong.

    Raises ConfigError if an option cannot be used.
    """
    clock = clock or SystemClock()
    device = _device(arguments, config)
    # One write per line, as everywhere that a person watches.
    tell: Trace = (lambda line: print(f"# {line}\n", end="")) if arguments.debug else silent
    seconds = arguments.timeout_seconds
    context = Context(
        timeout_seconds=seconds, deadline=clock.monotonic() + seconds, clock=clock, trace=tell
    )
    try:
        if arguments.record is not None:
            return _record(arguments.record, device, partial(walk, trace=tell))
        heard = DeviceAsker(get=get, walk=walk).ask(device, context)
        if isinstance(heard, Unheard):
            reasons = snmp_wording.silence(
                heard,
                host=device.address,
                port=device.access.port,
                pings=_pings(ping, device.address, tell),
                own_address=own_address(device.address),
            )
            print(reasons)
            return 1
        name = get(device.address, (_NAME,), access=device.access, timeout_seconds=_ECHO_SECONDS)
    except CheckError as exc:
        print(f"Máy này không hỏi được: {exc}")
        return 1
    for line in snmp_wording.device(heard, host=device.address, name=text(name.values.get(_NAME))):
        print(line)
    if heard.is_empty:
        return 1
    for line in snmp_wording.contents(heard):
        print(line)
    if not heard.learnt.is_known:
        for line in snmp_wording.unknown(arguments.host):
            print(line)
    return 1 if heard.failures else 0


def _device(arguments: argparse.Namespace, config: Config | None) -> Device:
    """Return whom to ask: a device of the cached settings by its id, or an address."""
    orders = read_orders(config.state_dir, config.identity.agent) if config else None
    for each in orders.settings.checks if orders else ():
        if (
            isinstance(each, DeviceSettings)
            and each.target == arguments.host
            and each.snmp is not None
        ):
            return Device(
                target=each.target,
                address=each.address,
                access=each.snmp,
                kind=each.kind,
                family=arguments.family or each.family,
                site=Site(declared={item.mac: item.id for item in each.declared}),
            )
    if arguments.family is not None and arguments.family not in device_profiles():
        expected = "a family of docs/devices.md that this agent knows"
        raise ConfigError([f"--family: expected {expected}, got {arguments.family!r}"])
    if "/" in arguments.host:
        expected = "an address, or the id of a device that this agent was given"
        raise ConfigError([f"HOST: expected {expected}, got {arguments.host!r}"])
    return Device(
        target=arguments.host,
        address=arguments.host,
        access=access(arguments),
        family=arguments.family,
    )


def _pings(ping: Ping, address: str, trace: Trace) -> bool:
    try:
        train = ping(
            address,
            count=_ECHOES,
            interval_seconds=0.2,
            timeout_seconds=_ECHO_SECONDS,
            tcp_ports=(),
            trace=trace,
        )
    except CheckError:
        return False
    return train.received > 0


def own_address(host: str) -> str | None:
    """Return the address from which this machine would ask: what an ACL must allow."""
    try:
        found = socket.getaddrinfo(host, 161, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.connect(address)  # Sends nothing: a datagram socket only learns its way.
            return str(sock.getsockname()[0])
    except OSError:
        return None


def _record(file: Path, device: Device, walk: Walk) -> int:
    def whole(subtree: str) -> snmp.Columns:
        return walk(
            device.address,
            (subtree,),
            access=device.access,
            timeout_seconds=_RECORD_SECONDS,
            max_rows=snmp.MAX_ROWS,
        )

    troubles: list[str] = []
    written = _write(file, recording.record(whole, troubles.append))
    print(f"Đã ghi {written} giá trị vào {file}.")
    for trouble in troubles:
        print(f"Không ghi được trọn: {trouble}.")
    return 0 if written and not troubles else 1


def _write(file: Path, lines: Iterator[str]) -> int:
    count = 0
    try:
        with file.open("x", encoding="ascii") as out:
            for line in lines:
                out.write(f"{line}\n")
                count += 1
    except OSError as exc:
        problem = f"--record: expected a new file that can be written, got {str(file)!r}: {exc}"
        raise ConfigError([problem]) from exc
    return count
