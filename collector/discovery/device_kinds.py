"""What kind of device a neighbour is, by what it says of itself. Pure.

Capabilities are those of IEEE 802.1AB: bridge, router, access_point, ... A device that is no
bridge, router or access point is told by words of its description, where these are plain.
"""

import re
from typing import Final

from inventory.model import DeviceKind

_WORDS: Final = (
    (DeviceKind.PRINTER, r"printer|laserjet|officejet|jetdirect|imagerunner|bizhub|ecosys|mfp"),
    (DeviceKind.CAMERA, r"camera|ipcam|nvr|dvr|hikvision|dahua"),
    (DeviceKind.UPS, r"ups|smart-ups|galaxy"),
    (DeviceKind.SERVER_STORAGE, r"synology|qnap|diskstation"),
)
_KINDS: Final = tuple(
    (kind, re.compile(rf"\b({words})\b", re.IGNORECASE)) for kind, words in _WORDS
)
_ROUTER = re.compile(r"\b(router|routeros|mikrotik|edgerouter|gateway)\b", re.IGNORECASE)
_ACCESS_POINT = re.compile(r"\b(access point|unifi ap|uap|aironet|airengine)\b", re.IGNORECASE)


def kind_of(capabilities: frozenset[str], description: str) -> DeviceKind | None:
    """Return the kind, None if nobody can say: a PC that speaks LLDP is no device.

    A printer is a bridge too where it has two sockets, so plain words go first. What switches and
    routes is a router if it says so, else a switch: most switches of today can route.
    """
    for kind, words in _KINDS:
        if words.search(description):
            return kind
    if "access_point" in capabilities or _ACCESS_POINT.search(description):
        says_router = "router" in capabilities and _ROUTER.search(description)
        return DeviceKind.CPE if says_router else DeviceKind.ACCESS_POINT
    if "router" in capabilities and ("bridge" not in capabilities or _ROUTER.search(description)):
        return DeviceKind.CPE
    return DeviceKind.SWITCH if "bridge" in capabilities else None
