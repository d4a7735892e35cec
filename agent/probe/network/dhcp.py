"""DHCP leases as Linux's usual clients write them down.

- dhclient: /var/lib/dhcp/dhclient*.leases (and under NetworkManager: dhclient-*.lease): blocks
  with `interface "eth0";` and `expire 3 2026/11/25 10:00:00;` in UTC; of an interface's blocks the
  last one counts.
- systemd-networkd: /run/systemd/netif/leases/<ifindex> with LIFETIME= in seconds from the moment
  the file was written.
- NetworkManager's own client: /run/NetworkManager/devices/<ifindex>, section [dhcp4], `expiry=`
  in epoch seconds.
"""

import calendar
import os
import re
import time
from pathlib import Path

from agent.probe.network.records import Lease

_LIMIT_BYTES = 1_000_000  # dhclient appends for years.
_DHCLIENT_PLACES = (
    ("var/lib/dhcp", "dhclient*.leases"),
    ("var/lib/dhclient", "*.leases"),
    ("var/lib/NetworkManager", "dhclient-*.lease"),
)
_BLOCK = re.compile(r"^lease\s*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
_INTERFACE = re.compile(r'^\s*interface "([^"\n]+)";', re.MULTILINE)
_EXPIRE = re.compile(
    r"^\s*expire (?:\d (\d{4}/\d\d?/\d\d? \d\d?:\d\d?:\d\d?)|epoch (\d{1,12}));?", re.MULTILINE
)
_LIFETIME = re.compile(r"^LIFETIME=(\d{1,10})$", re.MULTILINE)
_EXPIRY = re.compile(r"^\[dhcp4\]$[^\[]*?^expiry=(\d{1,12})$", re.MULTILINE)


def _tail(path: Path) -> str:
    """Return the end of a file, empty when it is gone or not ours to read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LIMIT_BYTES))
            return file.read(_LIMIT_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def parse_dhclient(text: str) -> dict[str, float]:
    """Return for each interface when its last lease ends, epoch seconds. "never" is left out."""
    found: dict[str, float] = {}
    for block in _BLOCK.findall(text):
        interface, expire = _INTERFACE.search(block), _EXPIRE.search(block)
        if interface is None:
            continue
        found.pop(interface[1], None)
        if expire is None:
            continue
        if expire[2]:
            found[interface[1]] = float(expire[2])
            continue
        try:
            moment = time.strptime(expire[1], "%Y/%m/%d %H:%M:%S")
        except ValueError:
            continue
        found[interface[1]] = float(calendar.timegm(moment))
    return found


def _names_by_index(root: Path) -> dict[str, str]:
    folder = root / "sys/class/net"
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return {}
    return {_tail(entry / "ifindex").strip(): entry.name for entry in entries}


def _numbered(folder: Path) -> list[Path]:
    """Return the files of a folder whose names are interface numbers."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.isdigit())
    except OSError:
        return []


def leases(root: Path = Path("/")) -> tuple[Lease, ...]:
    """Return the IPv4 leases found, by interface name; none is no error: addresses may be fixed."""
    found: dict[str, float] = {}
    for folder, pattern in _DHCLIENT_PLACES:
        for path in sorted((root / folder).glob(pattern)):
            found.update(parse_dhclient(_tail(path)))
    names = _names_by_index(root)
    for path in _numbered(root / "run/NetworkManager/devices"):
        expiry = _EXPIRY.search(_tail(path))
        if expiry is not None and path.name in names:
            found[names[path.name]] = float(expiry[1])
    for path in _numbered(root / "run/systemd/netif/leases"):
        lifetime = _LIFETIME.search(_tail(path))
        if lifetime is None or path.name not in names:
            continue
        try:
            written_at = path.stat().st_mtime
        except OSError:
            continue  # Given back between reading and now.
        found[names[path.name]] = written_at + float(lifetime[1])
    return tuple(Lease(name, expires_at) for name, expires_at in sorted(found.items()))
