"""The LAN as Linux tells it: /sys/class/net, /proc/net, `ip neigh`, resolv.conf, DHCP leases.

Every function takes the root folder to read under, `/` on a real machine.
"""

import ipaddress
import itertools
import re
import socket
import struct
from pathlib import Path

from agent.probe.network.dhcp import leases
from agent.probe.network.records import Gateway, Interface, Neighbour
from agent.probe.program import Run, run_program
from govnet.errors import CheckError

__all__ = ["gateways", "interfaces", "leases", "neighbours", "resolvers"]

_ROOT = Path("/")
_IFF_UP = 0x1
_RTF_UP, _RTF_GATEWAY = 0x1, 0x2
_ARPHRD_LOOPBACK = 772
_ARP_COMPLETE = 0x2
_MEGABIT = 1_000_000
_STUB_RESOLVERS = frozenset(("127.0.0.53", "127.0.0.54"))  # systemd-resolved's own listeners.
_NEIGHBOUR_STATES = frozenset(
    ("reachable", "stale", "delay", "probe", "permanent", "noarp", "failed", "incomplete")
)


def _read(path: Path) -> str:
    """Return a small file's text without its line end; empty when the kernel will not say.

    Reading `carrier` or `speed` of an adapter that is switched off fails with EINVAL.
    """
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _number(text: str, base: int = 10) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None


def interfaces(root: Path = _ROOT) -> tuple[Interface, ...]:
    """Return the adapters by name, loopback left out."""
    folder = root / "sys/class/net"
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except OSError as exc:
        raise CheckError(f"{folder}: {exc.strerror}") from exc
    return tuple(
        _interface(folder / name)
        for name in names
        if _number(_read(folder / name / "type")) != _ARPHRD_LOOPBACK
    )


def _interface(folder: Path) -> Interface:
    carrier = _read(folder / "carrier")
    speed = _number(_read(folder / "speed"))
    return Interface(
        name=folder.name,
        is_up=bool((_number(_read(folder / "flags"), 16) or 0) & _IFF_UP),
        has_carrier={"1": True, "0": False}.get(carrier),
        # -1 and 4294967295 both mean "unknown" (a signed and an unsigned reading of the same).
        speed_bits_per_second=speed * _MEGABIT if speed and 0 < speed < 2**32 - 1 else None,
        carrier_changes=_number(_read(folder / "carrier_changes")),
        mac=_read(folder / "address").lower(),
        is_physical=(folder / "device").exists(),
    )


def gateways(root: Path = _ROOT) -> tuple[Gateway, ...]:
    """Return the default routes, IPv4 before IPv6, each family by metric.

    A machine without IPv6 has no ipv6_route; one without any network namespace has neither, and
    that is a CheckError.
    """
    route4, route6 = root / "proc/net/route", root / "proc/net/ipv6_route"
    if not route4.exists() and not route6.exists():
        raise CheckError(f"{route4}: there is no routing table")
    found4 = [_gateway4(line.split()) for line in _read(route4).splitlines()[1:]]
    found6 = [_gateway6(line.split()) for line in _read(route6).splitlines()]
    known = [gateway for gateway in (*found4, *found6) if gateway is not None]
    return tuple(sorted(known, key=lambda gateway: (":" in gateway.address, gateway.metric)))


def _gateway4(fields: list[str]) -> Gateway | None:
    """Read one line of /proc/net/route: addresses are hexadecimal in the machine's byte order."""
    if len(fields) < 8:  # noqa: PLR2004 - interface to mask
        return None
    numbers = [_number(field, 16) for field in (*fields[1:4], fields[7])]
    metric = _number(fields[6])
    if None in numbers or metric is None:
        return None
    destination, gateway, flags, mask = (number or 0 for number in numbers)
    wanted = _RTF_UP | _RTF_GATEWAY
    if destination or mask or flags & wanted != wanted or not 0 <= gateway < 2**32:
        return None
    return Gateway(socket.inet_ntoa(struct.pack("=I", gateway)), fields[0], metric)


def _gateway6(fields: list[str]) -> Gateway | None:
    """Read one line of /proc/net/ipv6_route: destination, length, source, length, next hop ..."""
    if len(fields) != 10:  # noqa: PLR2004 - the format of net/ipv6/route.c
        return None
    length, metric, flags = (_number(fields[index], 16) for index in (1, 5, 8))
    wanted = _RTF_UP | _RTF_GATEWAY
    if length != 0 or metric is None or (flags or 0) & wanted != wanted:
        return None
    try:
        address = ipaddress.IPv6Address(bytes.fromhex(fields[4]))
    except ValueError:
        return None
    # A link-local address means nothing without its adapter.
    shown = f"{address}%{fields[9]}" if address.is_link_local else str(address)
    return Gateway(shown, fields[9], metric)


def neighbours(root: Path = _ROOT, run: Run = run_program) -> tuple[Neighbour, ...]:
    """Return the neighbour table: `ip neigh` for both families, or IPv4's from /proc without it."""
    try:
        finished = run(("ip", "-o", "neigh", "show"))
    except CheckError:
        return _neighbours_from_arp(root)
    if finished.status != 0:
        return _neighbours_from_arp(root)
    found = (_neighbour(line.split()) for line in finished.output.splitlines())
    return tuple(entry for entry in found if entry is not None)


def _neighbour(words: list[str]) -> Neighbour | None:
    """Read `ADDRESS dev NAME [lladdr MAC] [router] [proxy] STATE`."""
    if not words or "dev" not in words[:-1]:
        return None
    named = dict(itertools.pairwise(words))
    state = words[-1].lower()
    return Neighbour(
        address=words[0],
        mac=named.get("lladdr", "").lower(),
        interface=named["dev"],
        state=state if state in _NEIGHBOUR_STATES else "unknown",
    )


def _neighbours_from_arp(root: Path) -> tuple[Neighbour, ...]:
    path = root / "proc/net/arp"
    try:
        lines = path.read_text("ascii", "replace").splitlines()[1:]
    except OSError as exc:
        raise CheckError(f"{path}: {exc.strerror}") from exc
    found: list[Neighbour] = []
    for fields in map(str.split, lines):
        flags = _number(fields[2], 16) if len(fields) == 6 else None  # noqa: PLR2004 - the format of net/ipv4/arp.c
        if flags is None:
            continue
        is_complete = bool(flags & _ARP_COMPLETE)
        mac, state = (fields[3].lower(), "unknown") if is_complete else ("", "incomplete")
        found.append(Neighbour(fields[0], mac, fields[5], state))
    return tuple(found)


def resolvers(root: Path = _ROOT) -> tuple[str, ...]:
    """Return the DNS servers this machine was given, in order.

    Where /etc/resolv.conf names only systemd-resolved itself, the servers behind it.
    """
    path = root / "etc/resolv.conf"
    given = _nameservers(path)
    if given and set(given) <= _STUB_RESOLVERS:
        behind = root / "run/systemd/resolve/resolv.conf"
        return _nameservers(behind) or given
    return given


def _nameservers(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise CheckError(f"{path}: {exc.strerror}") from exc
    return tuple(
        dict.fromkeys(re.findall(r"^\s*nameserver\s+([0-9A-Fa-f.:%\w]+)", text, re.MULTILINE))
    )
