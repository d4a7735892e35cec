"""What of a machine's numbers tells it from others: UUIDs, serial numbers, network addresses.

Pure. Makers leave zeros, words and the same example in every board; such values are empty here.
"""

import re
from collections.abc import Iterable

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHARED_UUIDS = frozenset(
    (
        # As several makers of boards ship it in every one, in both byte orders.
        "03000200-0400-0500-0006-000700080009",
        "00020003-0004-0005-0006-000700080009",
        "12345678-1234-5678-90ab-cddeefaabbcc",
        "12345678-1234-1234-1234-123456789abc",
        "01234567-8910-1112-1314-151617181920",
    )
)
_PLACEHOLDER = re.compile(
    r"none|n/?a|null|unknown|default( string)?|not (specified|available|applicable|present)"
    r"|(system )?serial ?(number)?|(no |chassis )?asset[ -]?(tag|information|1234567890)"
    r"|to be filled by o\.?e\.?m\.?|0?123456789[0-9a-f]*|qm0000\d"
    r"|(?P<one>.)(?P=one)*"
)
_SHARED_MACS = (
    "00:50:56:c0:00",  # VMware's adapters of the host: the same on every PC.
    "00:05:9a:3c",  # AnyConnect's adapter.
    "00:ff",  # TAP adapters make theirs up.
)
_LOCAL_OR_GROUP = 0b11
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


def board_uuid(text: str) -> str:
    """Return a board's UUID in its usual form, empty if it tells nothing."""
    found = text.strip().lower()
    octets = re.findall("..", found.replace("-", ""))
    is_shared = len(set(octets)) == 1 or found in _SHARED_UUIDS
    return found if _UUID.fullmatch(found) and not is_shared else ""


def serial_number(text: str) -> str:
    """Return a serial number without the blanks around it, empty if it tells nothing."""
    found = " ".join(text.split())
    last = found.rpartition(" ")[2].lower()
    is_shared = _PLACEHOLDER.fullmatch(found.lower()) or _PLACEHOLDER.fullmatch(last)
    return "" if is_shared else found


def lowest_address(macs: Iterable[str]) -> str:
    """Return the lowest address that a maker gave to one adapter only, empty if there is none."""
    usable = (mac.strip().lower().replace("-", ":") for mac in macs)
    return min((mac for mac in usable if _is_makers(mac)), default="")


def _is_makers(mac: str) -> bool:
    if not _MAC.fullmatch(mac) or mac.startswith(_SHARED_MACS):
        return False
    first = int(mac[:2], 16)
    return not first & _LOCAL_OR_GROUP and mac != "00:00:00:00:00:00"
