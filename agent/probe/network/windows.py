"""The LAN as Windows tells it: psutil, `route print`, `arp -a` and the registry.

The programs' words are translated on a Vietnamese Windows, so their lines are recognised by shape:
so many columns, an address here, a number there.
"""

import ipaddress
import re
from typing import Any

from agent.probe.network.records import Gateway, Interface, Lease, Neighbour
from agent.probe.program import Run, run_program
from agent.probe.system import registry as windows_registry
from govnet.errors import CheckError

__all__ = ["gateways", "interfaces", "leases", "neighbours", "resolvers"]

_TCPIP_INTERFACES = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"
_MEGABIT = 1_000_000
_AF_LINK = -1  # psutil.AF_LINK on Windows.
_ARP_ENTRY = re.compile(
    r"^\s*(\d+\.\d+\.\d+\.\d+)\s+((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\s+\S", re.IGNORECASE
)
_ARP_ADAPTER = re.compile(r"^\S.*?(\d+\.\d+\.\d+\.\d+)\s+---\s+0x[0-9a-f]+\s*$", re.IGNORECASE)
_DEFAULT_ROUTE6_FIELDS = 4
_DEFAULT_ROUTE4_FIELDS = 5


def _load_psutil() -> Any:
    import psutil  # noqa: PLC0415 - only here; everything else comes from elsewhere

    return psutil


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text.partition("%")[0]).version == version
    except ValueError:
        return False


def interfaces(statistics: Any = None) -> tuple[Interface, ...]:
    """Return the adapters by name, loopback left out; `statistics` is psutil or shaped like it.

    Windows' "up" means switched on and connected, so one flag answers both questions, and an
    adapter that is not up may be switched off or without a cable: carrier None.
    """
    source = statistics if statistics is not None else _load_psutil()
    addresses = source.net_if_addrs()
    found: list[Interface] = []
    for name, state in sorted(source.net_if_stats().items()):
        own = addresses.get(name, ())
        macs = [entry.address for entry in own if int(entry.family) == _AF_LINK]
        if any(_is_loopback(entry.address) for entry in own):
            continue
        found.append(
            Interface(
                name=name,
                is_up=state.isup,
                has_carrier=True if state.isup else None,
                speed_bits_per_second=state.speed * _MEGABIT if state.speed > 0 else None,
                carrier_changes=None,
                mac=macs[0].replace("-", ":").lower() if macs else "",
                is_physical=bool(macs) and not name.startswith(("vEthernet", "isatap", "Teredo")),
            )
        )
    return tuple(found)


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _output(run: Run, *command: str) -> str:
    finished = run(command)
    if finished.status != 0:
        raise CheckError(f"{' '.join(command)} ended with status {finished.status}")
    return finished.output


def gateways(run: Run = run_program) -> tuple[Gateway, ...]:
    """Return the default routes, IPv4 before IPv6, each family by metric.

    IPv4 lines read `0.0.0.0 0.0.0.0 GATEWAY OWN-ADDRESS METRIC`; the persistent routes below have
    one column less. IPv6 lines read `IF METRIC ::/0 GATEWAY`.
    """
    found: list[Gateway] = []
    for fields in map(str.split, _output(run, "route", "print", "-4").splitlines()):
        if len(fields) == _DEFAULT_ROUTE4_FIELDS and fields[:2] == ["0.0.0.0", "0.0.0.0"]:
            _, _, address, own, metric = fields
            if _is_address(address, 4) and metric.isdigit():
                found.append(Gateway(address, own, int(metric)))
    for fields in map(str.split, _output(run, "route", "print", "-6").splitlines()):
        if len(fields) == _DEFAULT_ROUTE6_FIELDS and fields[2] == "::/0":
            number, metric, _, address = fields
            if _is_address(address, 6) and metric.isdigit() and number.isdigit():
                scoped = address.startswith("fe80:") and "%" not in address
                shown = f"{address}%{number}" if scoped else address
                found.append(Gateway(shown, number, int(metric)))
    return tuple(sorted(found, key=lambda gateway: (":" in gateway.address, gateway.metric)))


def neighbours(run: Run = run_program) -> tuple[Neighbour, ...]:
    """Return the IPv4 neighbour table; multicast and broadcast entries are left out."""
    found: list[Neighbour] = []
    adapter = ""
    for line in _output(run, "arp", "-a").splitlines():
        heading, entry = _ARP_ADAPTER.match(line), _ARP_ENTRY.match(line)
        if heading is not None:
            adapter = heading[1]
        elif entry is not None:
            mac = entry[2].replace("-", ":").lower()
            is_group = int(mac[:2], 16) & 1
            if not is_group:
                found.append(Neighbour(entry[1], mac, adapter, "unknown"))
    return tuple(found)


def resolvers(registry: Any = None) -> tuple[str, ...]:
    """Return the DNS servers of all adapters: those typed in by hand, otherwise DHCP's."""
    source = registry if registry is not None else windows_registry.load_registry()
    found: list[str] = []
    for guid in windows_registry.subkeys(source, _TCPIP_INTERFACES):
        path = rf"{_TCPIP_INTERFACES}\{guid}"
        given = windows_registry.text(source, path, "NameServer")
        given = given or windows_registry.text(source, path, "DhcpNameServer")
        found += [word for word in re.split(r"[\s,]+", given) if word]
    return tuple(dict.fromkeys(found))


def leases(registry: Any = None) -> tuple[Lease, ...]:
    """Return the IPv4 leases of all adapters that use DHCP and have an address from it."""
    source = registry if registry is not None else windows_registry.load_registry()
    found: list[Lease] = []
    for guid in windows_registry.subkeys(source, _TCPIP_INTERFACES):
        path = rf"{_TCPIP_INTERFACES}\{guid}"
        if windows_registry.number(source, path, "EnableDHCP") != 1:
            continue
        address = windows_registry.text(source, path, "DhcpIPAddress")
        expires_at = windows_registry.number(source, path, "LeaseTerminatesTime")
        if expires_at and address not in ("", "0.0.0.0"):
            found.append(Lease(guid, float(expires_at)))
    return tuple(found)
