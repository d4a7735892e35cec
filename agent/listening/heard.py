"""What was heard of one device that notifies by itself; the first question opens the port."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.clock import Clock
from agent.listening import permission
from agent.listening.ports import PORTS
from agent.probe.resolve import resolve
from agent.probe.snmp.access import check_access
from agent.probe.snmp.library import pysnmp_needed
from agent.probe.trace import Trace, silent
from govnet.errors import CheckError
from govnet.settings import SnmpAccess, TrapSettings

_CHECK = TrapSettings.check


@dataclass(frozen=True, slots=True)
class Heard:
    """What one device notified since this process listens for it.

    `newest` are Unix seconds by the wall clock of this machine. `dropped` counts datagrams from the
    device's address that do not count, by reason, `strangers` those from addresses nobody named.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    newest: Mapping[str, float] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    strangers: int = 0


def heard_of(
    target: str,
    address: str,
    *,
    access: SnmpAccess,
    port: int,
    clock: Clock,
    timeout_seconds: float,
    trace: Trace = silent,
) -> Heard:
    """Return what the device `target` at `address` (or name) notified at our UDP `port`.

    Its notifications count from the first such question on. Raises CheckError where this agent may
    open no port, for access that cannot be used, and for a name without an address.
    """
    key = (permission.listen_address(), port)
    check_access(access)
    with pysnmp_needed():
        from agent.listening.receiver import Receiver, open_receiver  # noqa: PLC0415 - by few
    listening = PORTS.hold(_CHECK, key, lambda: open_receiver(*key, clock), Receiver)
    try:
        found = resolve(address, port, timeout_seconds=timeout_seconds)
    except OSError as exc:
        raise CheckError(f"{address}: {exc}") from exc
    addresses = frozenset(endpoint.address.partition("%")[0] for endpoint in found)
    sender, strangers = listening.follow(target, addresses, access)
    heard = Heard(dict(sender.counts), dict(sender.newest), dict(sender.dropped), strangers)
    trace(f"heard of {address} at UDP port {port}: {sum(heard.counts.values())} notifications")
    for reason, count in heard.dropped.items():
        trace(f"{count} datagrams from there do not count: {reason}")
    trace(f"{strangers} datagrams from addresses that nobody named")
    return heard
